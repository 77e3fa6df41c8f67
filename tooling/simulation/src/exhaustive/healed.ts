/** States from which all was seen to heal: what heals by way of one of them need not go on. */
import type { Device } from './device.ts'
import { stateOf } from './state.ts'
import { stateKey } from './state-key.ts'
import type { World } from './world.ts'

export class Healed {
  readonly #known = new Set<string>()
  #underWay: string[] = []

  /** True where all is known to heal from here, `next` being the device that would sync. Else that may be seen now. */
  isKnown(world: World, next: Device): boolean {
    const [first, second] = world.devices
    // As a rule one has something to say; else the order in which they sync matters.
    const isOrdered = world.late.length > 0 || (first.dirty && second.dirty)
    const key = stateKey(stateOf(world)) + (isOrdered ? next.name : '')
    if (this.#known.has(key)) {
      this.allGood()
      return true
    }
    this.#underWay.push(key)
    return false
  }

  /** All that was asked about has healed. */
  allGood(): void {
    for (const key of this.#underWay) this.#known.add(key)
    this.#underWay = []
  }
}
