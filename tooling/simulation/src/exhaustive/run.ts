/**
 * One run: two devices, one record, and at every moment a list of what may happen next, from which the choices pick.
 *
 * Left out are runs that differ from others in names only (the first operation is the first device's, y is edited only
 * after x), moves that change nothing (a sync of a device that has nothing to send or to learn), and crashes whose store
 * is that of the crash after the commit before.
 */
import {
  createModelBackend,
  createVirtualTime,
  type ModelBackend,
  type VirtualTime,
} from '@synclayer/core/testing'
import type { PushRequest, PushResponse } from '@synclayer/core/adapter'
import { Choices } from './choices.ts'
import { Device, type Gate, type Item, RECORD } from './device.ts'
import { type Kind, marksOf, Oracle, Violation } from './oracle.ts'

export interface Bounds {
  /** How many edits and deletes there are. */
  readonly operations: number
  /** How many requests and answers may get lost, late or doubled, and how often a process may die. */
  readonly faults: number
  /** How often something else may come between a request and its answer. */
  readonly switches: number
  /** Both have the record at the start. Else it has to be created. */
  readonly shared: boolean
}

export type Counted =
  | 'crashes before a commit'
  | 'crashes after a commit'
  | 'crashes before an answer'
  | 'requests lost'
  | 'answers lost'
  | 'requests late'
  | 'requests doubled'
  | 'switches during a request'

interface Move {
  readonly label: string
  /** A step of one device, where that is all it is. */
  readonly step?: Step | null
  readonly make: () => Promise<void> | void
}

interface Step {
  readonly device: Device
  readonly isSync: boolean
}

const STEP_MS = 1_000
const MOST_HEALING_ROUNDS = 8

export class Run {
  readonly #bounds: Bounds
  readonly choices: Choices
  /** What happened, for people. */
  readonly trace: string[] = []
  /** What went wrong on purpose. */
  readonly counted: Counted[] = []
  readonly #time: VirtualTime = createVirtualTime()
  readonly #backend: ModelBackend = createModelBackend({ now: () => this.#time.clock.now() })
  readonly #oracle = new Oracle()
  readonly #devices: readonly Device[]
  /** Whose request is under way and went on last. */
  #active: Device | null = null
  #late: { readonly label: string; readonly arrive: Gate['arrive'] }[] = []
  #calm = true
  #healing = false
  /** The last step, where nothing is under way since. */
  #last: Step | null = null
  #operations = 0
  #faultsLeft: number
  #switchesLeft: number
  #hasX = false
  #violation: Violation | null = null
  /** What each device shows, as of the last step. */
  readonly #shown = new Map<Device, Item | undefined>()

  constructor(bounds: Bounds, given: readonly number[]) {
    this.#bounds = bounds
    this.choices = new Choices(given)
    this.#faultsLeft = bounds.faults
    this.#switchesLeft = bounds.switches
    const world = {
      time: this.#time,
      backend: this.#backend,
      calm: () => this.#calm,
      atCommit: (device: Device) => this.#atCommit(device),
      pushed: (device: Device, request: PushRequest, response: PushResponse) =>
        this.#pushed(device, request, response),
    }
    this.#devices = ['A', 'B'].map((name, index) => new Device(name, index, world))
  }

  /** Runs it to its end. Throws a Violation where a rule is broken. */
  async finish(): Promise<void> {
    for (const device of this.#devices) await device.open()
    if (this.#bounds.shared) await this.#share()
    this.#calm = false
    for (;;) {
      const moves = this.#moves()
      if (moves.length === 0) break
      await this.#make(moves[this.choices.take(moves.length)]!)
    }
    await this.#heal()
    for (const device of this.#devices) device.kill()
  }

  async #share(): Promise<void> {
    const [first] = this.#devices
    await first!.edit((item) => Object.assign(item, { x: 0, y: 0, n: 0, t0: true }))
    this.#oracle.tookPlace({ number: 0, kind: 'x', device: first!.name, seen: new Set() })
    for (const device of this.#devices) await this.#syncCalmly(device)
    for (const device of this.#devices) device.dirty = false
    await this.#look()
  }

  #moves(): readonly Move[] {
    const busy = this.#devices.some(({ gate }) => gate !== null)
    const isOver = this.#operations === this.#bounds.operations
    const unsynced = this.#devices.some(({ dirty }) => dirty)
    if (this.#healing || (!busy && isOver && (this.#faultsLeft === 0 || !unsynced))) return []
    const moves: Move[] = []
    const mayMove = (device: Device): boolean =>
      this.#active === null || this.#active === device || this.#switchesLeft > 0
    for (const device of this.#devices) if (mayMove(device)) moves.push(...this.#gateMoves(device))
    if (busy && this.#switchesLeft === 0) return moves
    if (!isOver)
      for (const device of this.#devices)
        if (!this.#cameEarlier(device, false)) moves.push(...this.#operationMoves(device))
    for (const device of this.#devices)
      if (device.sync !== 'running' && device.dirty && !this.#cameEarlier(device, true))
        moves.push(this.#syncMove(device))
    for (const late of this.#late) moves.push(this.#arrival(late))
    if (!busy && isOver) moves.push({ label: 'all heals', make: () => void (this.#healing = true) })
    return moves
  }

  /**
   * Steps of two devices, one of which only edits, are independent: one order of them is enough. The other differs in
   * times alone.
   */
  #cameEarlier(device: Device, isSync: boolean): boolean {
    const last = this.#last
    if (last === null || (last.isSync && isSync)) return false
    return this.#devices.indexOf(device) < this.#devices.indexOf(last.device)
  }

  #gateMoves(device: Device): readonly Move[] {
    const { gate } = device
    if (gate === null) return []
    const { at, call } = gate
    const name = `${device.name}: the ${at === 'request' ? 'request' : 'answer'} of its ${call}`
    const go = (how: () => void): Move['make'] => {
      return () => {
        if (this.#active !== null && this.#active !== device) this.#switch()
        this.#active = device
        how()
      }
    }
    const fault = (label: string, counted: Counted, how: () => void): Move => ({
      label: `${name} ${label}`,
      make: go(() => {
        this.#fault(counted)
        how()
      }),
    })
    const moves: Move[] = [{ label: `${name} arrives`, make: go(() => gate.go()) }]
    if (this.#faultsLeft === 0) return moves
    if (at === 'answer') {
      moves.push(fault('is lost', 'answers lost', () => gate.lose()))
      moves.push(fault('finds it dead', 'crashes before an answer', () => device.kill()))
      return moves
    }
    moves.push(fault('is lost', 'requests lost', () => gate.lose()))
    if (call !== 'push') return moves
    const keep = (): void => void this.#late.push({ label: name, arrive: gate.arrive })
    moves.push(
      fault('is late', 'requests late', () => {
        keep()
        gate.lose()
      }),
      fault('is doubled', 'requests doubled', () => {
        keep()
        gate.go()
      }),
    )
    return moves
  }

  #operationMoves(device: Device): readonly Move[] {
    const isFirst = this.#operations === 0
    if (isFirst && device !== this.#devices[0]) return []
    const kinds: Kind[] = ['x', ...(this.#hasX ? (['y'] as const) : []), 'n']
    if (this.#shown.get(device) !== undefined) kinds.push('delete')
    return kinds.map((kind) => ({
      label: `${device.name} ${kind === 'delete' ? 'deletes' : kind === 'n' ? 'increments n' : `sets ${kind}`}`,
      step: this.#active === null ? { device, isSync: false } : null,
      make: () => this.#operate(device, kind),
    }))
  }

  async #operate(device: Device, kind: Kind): Promise<void> {
    if (this.#active !== null) this.#switch()
    const number = (this.#operations += 1)
    if (kind === 'x') this.#hasX = true
    const seen = marksOf(this.#shown.get(device))
    const before = device.commits
    const done =
      kind === 'delete'
        ? device.delete()
        : device.edit((item) => {
            item[kind] = kind === 'n' ? Number(item['n'] ?? 0) + 1 : number
            item[`t${number}`] = true
          })
    let isDone = false
    void done.then(() => (isDone = true))
    await this.#time.settle()
    if (isDone !== device.alive) throw new Violation(`operation ${number} never came to an end (D5)`)
    if (device.commits === before) {
      if (isDone) throw new Violation(`operation ${number} was done without a commit (D5)`)
      return
    }
    device.dirty = true
    this.#oracle.tookPlace({ number, kind, device: device.name, seen })
  }

  #syncMove(device: Device): Move {
    return {
      label: `${device.name} syncs`,
      step: this.#active === null ? { device, isSync: true } : null,
      make: () => {
        if (this.#active !== null) this.#switch()
        this.#active = device
        // What comes from now on is for the next sync.
        device.dirty = false
        device.startSync()
      },
    }
  }

  #arrival(late: { readonly label: string; readonly arrive: Gate['arrive'] }): Move {
    return {
      label: `${late.label} arrives at last`,
      step: null,
      make: async () => {
        if (this.#active !== null) this.#switch()
        this.#late = this.#late.filter((other) => other !== late)
        await late.arrive()
      },
    }
  }

  async #make({ label, make, step }: Move): Promise<void> {
    this.trace.push(label)
    if (step !== undefined) this.#last = step
    await make()
    await this.#time.advance(STEP_MS)
    if (this.#violation !== null) throw this.#violation
    for (const device of this.#devices) {
      if (device.alive) {
        if (device.sync instanceof Error) device.dirty = true
        continue
      }
      this.trace.push(`${device.name} starts again`)
      device.dirty = true
      await device.open()
    }
    if (this.#active?.gate == null) this.#active = this.#devices.find(({ gate }) => gate !== null) ?? null
    await this.#look()
  }

  async #look(): Promise<void> {
    for (const device of this.#devices) {
      if (!device.alive) continue
      const item = await device.read()
      this.#shown.set(device, item)
      this.#oracle.sees(device.name, item)
    }
  }

  #atCommit(device: Device): 'commit' | 'crash before' | 'crash after' {
    if (this.#faultsLeft === 0) return 'commit'
    const fate = (['commit', 'crash before', 'crash after'] as const)[this.choices.take(3)]!
    if (fate === 'commit') return fate
    this.trace.push(`${device.name} dies ${fate === 'crash before' ? 'before' : 'after'} a commit`)
    this.#fault(fate === 'crash before' ? 'crashes before a commit' : 'crashes after a commit')
    return fate
  }

  #pushed(device: Device, request: PushRequest, response: PushResponse): void {
    const record = this.#record()
    for (const other of this.#devices) if (other !== device || this.#late.length > 0) other.dirty = true
    try {
      this.#oracle.pushed(request, response, record)
    } catch (error) {
      // Thrown here it would be taken for a failure of the request.
      this.#violation ??= error as Violation
    }
  }

  #record() {
    return this.#backend.records('default').find(({ id }) => id === RECORD)
  }

  #fault(counted: Counted): void {
    this.#faultsLeft -= 1
    this.counted.push(counted)
  }

  #switch(): void {
    this.#switchesLeft -= 1
    this.counted.push('switches during a request')
  }

  /** No more faults: everyone syncs until nobody has anything to say, and then all must be equal. */
  async #heal(): Promise<void> {
    this.#calm = true
    const [first, second] = this.#devices as [Device, Device]
    // Who comes first matters where both have something to say.
    const order =
      first.dirty && second.dirty && this.choices.take(2) === 1 ? [second, first] : [first, second]
    this.trace.push(`${order.map(({ name }) => name).join(', then ')}: sync until all is quiet`)
    for (let round = 0; this.#late.length > 0 || this.#devices.some(({ dirty }) => dirty); round += 1) {
      if (round === MOST_HEALING_ROUNDS) throw new Violation(`it does not come to rest (I7)`)
      for (const device of order) if (device.dirty) await this.#syncCalmly(device)
      // What is still under way arrives when nobody expects it any more.
      for (const { arrive } of this.#late.splice(0)) await arrive()
    }
    for (const device of this.#devices)
      if (device.unsent() > 0)
        throw new Violation(`${device.name} has ${device.unsent()} changes unsent (I7)`)
    await this.#look()
    const record = this.#record()
    const truth = record === undefined || record.deleted ? undefined : (record.data as Item)
    for (const [{ name }, item] of this.#shown)
      if (canonical(item) !== canonical(truth))
        throw new Violation(`${name} has ${canonical(item)}, the backend ${canonical(truth)} (I1)`)
    this.#oracle.finally(truth)
  }

  async #syncCalmly(device: Device): Promise<void> {
    device.dirty = false
    device.startSync()
    await this.#time.advance(STEP_MS)
    if (this.#violation !== null) throw this.#violation
    if (device.sync !== 'done') throw new Violation(`${device.name} cannot sync: ${String(device.sync)} (I7)`)
  }
}

function canonical(item: Item | undefined): string {
  return item === undefined
    ? 'nothing'
    : JSON.stringify(Object.entries(item).sort(([a], [b]) => (a < b ? -1 : 1)))
}
