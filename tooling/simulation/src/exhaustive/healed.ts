/** States from which all was seen to heal: what heals by way of one of them need not go on. */
import type { Device } from './device.ts'
import { stateOf } from './state.ts'
import { stateKey } from './state-key.ts'
import type { World } from './world.ts'

export class Healed {
  readonly #known = new Set<string>()
  /** Those that the world under way has come by. */
  #passed: string[] = []

  /** A world begins to heal. */
  begin(): void {
    this.#passed = []
  }

  /** True where all is known to heal from here on, `next` being the device that would sync. */
  isKnown(world: World, next: Device): boolean {
    const [first, second] = world.devices
    // As a rule one has something to say; else the order in which they sync matters.
    const isOrdered = world.late.length > 0 || (first.dirty && second.dirty)
    const key = stateKey(stateOf(world)) + (isOrdered ? next.name : '')
    this.#passed.push(key)
    return this.#known.has(key)
  }

  /** It has healed. */
  end(): void {
    for (const key of this.#passed) this.#known.add(key)
  }
}
