/** Everything there is in a run: two devices, the backend, what is under way between them, and what was allowed. */
import type { PushRequest, PushResponse, RemoteRecord } from '@synclayer/core/adapter'
import {
  createModelBackend,
  createVirtualTime,
  type ModelBackend,
  type VirtualTime,
} from '@synclayer/core/testing'
import type { Bounds } from './bounds.ts'
import type { Choices } from './choices.ts'
import { Device, type Item, RECORD } from './device.ts'
import { Oracle, type Violation } from './oracle.ts'

/** What went wrong on purpose. */
export type Counted =
  | 'crashes before a commit'
  | 'crashes after a commit'
  | 'crashes before an answer'
  | 'requests lost'
  | 'answers lost'
  | 'requests late'
  | 'requests doubled'
  | 'switches during a request'

/** A step of one device: an edit, or a sync. */
export interface Step {
  readonly device: Device
  readonly isSync: boolean
}

/** A request that is still under way, though nobody waits for it. */
export interface Late {
  readonly label: string
  readonly device: Device
  readonly push: PushRequest
}

export class World {
  readonly choices: Choices
  readonly time: VirtualTime
  readonly backend: ModelBackend
  readonly oracle: Oracle = new Oracle()
  readonly devices: readonly [Device, Device]
  /** What happened, for people. */
  readonly trace: string[] = []
  readonly counted: Counted[] = []
  /** What each device shows, as of the last look. */
  readonly shown = new Map<Device, Item | undefined>()
  /** Nothing is held, and nothing goes wrong: at the start and at the end. */
  calm = true
  /** Whose request is under way and went on last. */
  active: Device | null = null
  late: readonly Late[] = []
  /** The last step, where nothing is under way since. */
  last: Step | null = null
  operationsLeft: number
  operations = 0
  hasX = false
  faultsLeft: number
  switchesLeft: number
  #violation: Violation | null = null

  /** `from`: what the backend has at the start, a backup of another, and what time it is. */
  constructor(
    bounds: Bounds,
    choices: Choices,
    from: { readonly stored?: unknown; readonly now?: number } = {},
  ) {
    this.choices = choices
    this.time = createVirtualTime(from.now, 'tick')
    const now = (): number => this.time.clock.now()
    this.backend = createModelBackend({ now, stored: from.stored })
    this.operationsLeft = bounds.operations
    this.faultsLeft = bounds.faults
    this.switchesLeft = bounds.switches
    const surroundings = {
      time: this.time,
      backend: this.backend,
      calm: () => this.calm,
      atCommit: (device: Device) => this.#atCommit(device),
      pushed: (device: Device, request: PushRequest, response: PushResponse) =>
        this.#pushed(device, request, response),
    }
    this.devices = [new Device('A', 0, surroundings), new Device('B', 1, surroundings)]
  }

  /** What the backend holds; undefined where it never had it. */
  record(): RemoteRecord | undefined {
    return this.backend.records('default').find(({ id }) => id === RECORD)
  }

  /** Looks at what every device shows. Throws a Violation where that must not be, or where one was found since. */
  async look(): Promise<void> {
    if (this.#violation !== null) throw this.#violation
    for (const device of this.devices) {
      if (!device.isOpen) continue
      const item = await device.read()
      this.shown.set(device, item)
      this.oracle.sees(device.name, item)
    }
  }

  fault(counted: Counted): void {
    this.faultsLeft -= 1
    this.counted.push(counted)
  }

  /** Something else comes in, where a request is under way. */
  interrupt(): void {
    if (this.active === null) return
    this.switchesLeft -= 1
    this.counted.push('switches during a request')
  }

  #atCommit(device: Device): 'commit' | 'crash before' | 'crash after' {
    if (this.faultsLeft === 0) return 'commit'
    const fate = (['commit', 'crash before', 'crash after'] as const)[this.choices.take(3)]!
    if (fate === 'commit') return fate
    this.trace.push(`${device.name} dies ${fate === 'crash before' ? 'before' : 'after'} a commit`)
    this.fault(fate === 'crash before' ? 'crashes before a commit' : 'crashes after a commit')
    return fate
  }

  #pushed(device: Device, request: PushRequest, response: PushResponse): void {
    for (const other of this.devices) if (other !== device || this.late.length > 0) other.dirty = true
    try {
      this.oracle.pushed(request, response, this.record())
    } catch (error) {
      // Thrown here it would be taken for a failure of the request.
      this.#violation ??= error as Violation
    }
  }
}
