/**
 * What may happen next. Left out are runs that differ from others in names only (the first operation is the first
 * device's, y is edited only after x), moves that change nothing (a sync of a device with nothing to send or to learn),
 * crashes whose store is that of the crash after the commit before, and all but one order of independent steps.
 */
import type { Device } from './device.ts'
import { type Kind, marksOf, Violation } from './oracle.ts'
import type { Counted, Late, Step, World } from './world.ts'

export interface Move {
  readonly label: string
  /** The step it is, where it is nothing but that. */
  readonly step?: Step | null
  readonly make: () => Promise<void> | void
}

/** All that may happen now; nothing where only healing is left. */
export function movesOf(world: World): readonly Move[] {
  const { devices, active, switchesLeft } = world
  const busy = devices.some(({ gate }) => gate !== null)
  const isOver = world.operationsLeft === 0
  if (!busy && isOver && (world.faultsLeft === 0 || !devices.some(({ dirty }) => dirty))) return []
  const moves: Move[] = []
  for (const device of devices) {
    if (active === null || active === device || switchesLeft > 0) moves.push(...gateMoves(world, device))
  }
  if (busy && switchesLeft === 0) return moves
  for (const device of devices) {
    if (!isOver && !cameEarlier(world, { device, isSync: false })) moves.push(...operations(world, device))
  }
  for (const device of devices) {
    const isIdle = device.sync !== 'running' && device.dirty
    if (isIdle && !cameEarlier(world, { device, isSync: true })) moves.push(sync(world, device))
  }
  for (const late of world.late) moves.push(arrival(world, late))
  return moves
}

/**
 * Steps of two devices, one of which only edits, are independent: one order of them is enough. The other differs in times
 * alone.
 */
function cameEarlier({ last, devices }: World, step: Step): boolean {
  if (last === null || (last.isSync && step.isSync)) return false
  return devices.indexOf(step.device) < devices.indexOf(last.device)
}

function gateMoves(world: World, device: Device): readonly Move[] {
  const { gate } = device
  if (gate === null) return []
  const { at, call } = gate
  const name = `${device.name}: the ${at} of its ${call}`
  const going = (how: () => void) => (): void => {
    if (world.active !== device) world.interrupt()
    world.active = device
    how()
  }
  const fault = (label: string, counted: Counted, how: () => void): Move => ({
    label: `${name} ${label}`,
    make: going(() => {
      world.fault(counted)
      how()
    }),
  })
  const arrives: Move = { label: `${name} arrives`, make: going(() => gate.go()) }
  if (world.faultsLeft === 0) return [arrives]
  if (at === 'answer') {
    return [
      arrives,
      fault('is lost', 'answers lost', () => gate.lose()),
      fault('finds it dead', 'crashes before an answer', () => device.kill()),
    ]
  }
  const lost = fault('is lost', 'requests lost', () => gate.lose())
  if (call !== 'push') return [arrives, lost]
  const keep = (): void => void (world.late = [...world.late, { label: name, device, push: gate.push! }])
  const late = fault('is late', 'requests late', () => {
    keep()
    gate.lose()
  })
  const doubled = fault('is doubled', 'requests doubled', () => {
    keep()
    gate.go()
  })
  return [arrives, lost, late, doubled]
}

function operations(world: World, device: Device): readonly Move[] {
  if (world.operations === 0 && device !== world.devices[0]) return []
  const kinds: Kind[] = ['x', ...(world.hasX ? (['y'] as const) : []), 'n']
  if (world.shown.get(device) !== undefined) kinds.push('delete')
  return kinds.map((kind) => ({
    label: `${device.name} ${kind === 'delete' ? 'deletes' : kind === 'n' ? 'increments n' : `sets ${kind}`}`,
    step: world.active === null ? { device, isSync: false } : null,
    make: () => operate(world, device, kind),
  }))
}

async function operate(world: World, device: Device, kind: Kind): Promise<void> {
  await device.wake()
  world.interrupt()
  world.operationsLeft -= 1
  const number = (world.operations += 1)
  if (kind === 'x') world.hasX = true
  const seen = marksOf(world.shown.get(device))
  const before = device.commits
  const call = kind === 'delete' ? device.delete() : device.edit((item) => change(item, kind, number))
  let isDone = false
  void call.then(() => (isDone = true))
  await world.time.settle()
  if (isDone !== device.alive) throw new Violation(`operation ${number} never came to an end (D5)`)
  const isCommitted = device.commits > before
  if (isDone && !isCommitted) throw new Violation(`operation ${number} was done without a commit (D5)`)
  if (!isCommitted) return
  device.dirty = true
  world.oracle.tookPlace({ number, kind, device: device.name, seen })
}

function change(item: Record<string, unknown>, kind: Kind, number: number): void {
  item[kind] = kind === 'n' ? Number(item['n'] ?? 0) + 1 : number
  item[`t${number}`] = true
}

function sync(world: World, device: Device): Move {
  return {
    label: `${device.name} syncs`,
    step: world.active === null ? { device, isSync: true } : null,
    make: async () => {
      await device.wake()
      world.interrupt()
      world.active = device
      // What comes from now on is for the next sync.
      device.dirty = false
      device.startSync()
    },
  }
}

function arrival(world: World, late: Late): Move {
  return {
    label: `${late.label} arrives at last`,
    step: null,
    make: async () => {
      world.interrupt()
      await late.device.deliver(late.push)
      world.late = world.late.filter((other) => other !== late)
    },
  }
}
