/** One run: as long as anything may happen, the choices pick what; then all heals, and the oracle judges. */
import type { Bounds } from './bounds.ts'
import { type Choice, Choices } from './choices.ts'
import type { Device, Item } from './device.ts'
import { type Move, movesOf } from './moves.ts'
import { Violation } from './oracle.ts'
import type { Healed } from './healed.ts'
import { type Counted, World } from './world.ts'

const STEP_MS = 1_000
const MOST_HEALING_ROUNDS = 8

export interface Run {
  readonly choices: readonly Choice[]
  readonly trace: readonly string[]
  readonly counted: readonly Counted[]
  /** Which rule was broken; null where all were kept. */
  readonly why: string | null
}

/** Runs the choices given, and from then on the first of every one. */
export async function runChoices(bounds: Bounds, given: readonly number[]): Promise<Run> {
  const world = new World(bounds, new Choices(given))
  const why = await reasonOf(async () => {
    await begin(world, bounds.shared)
    while (await step(world));
    await heal(world)
  })
  end(world)
  return { choices: world.choices.made, trace: world.trace, counted: world.counted, why }
}

/** Which rule was broken; null where all were kept. */
export async function reasonOf(run: () => Promise<void>): Promise<string | null> {
  try {
    await run()
    return null
  } catch (error) {
    return error instanceof Violation ? error.message : String((error as Error).stack ?? error)
  }
}

/** No process of it does anything from here on. */
export function end(world: World): void {
  for (const device of world.devices) device.kill()
}

export async function begin(world: World, shared: boolean): Promise<void> {
  const [first] = world.devices
  for (const device of world.devices) await device.open()
  if (shared) {
    await first.edit((item) => Object.assign(item, { x: 0, y: 0, n: 0, t0: true }))
    world.oracle.tookPlace({ number: 0, kind: 'x', device: first.name, seen: new Set() })
    for (const device of world.devices) await syncCalmly(world, device)
    for (const device of world.devices) device.dirty = false
    await world.look()
  }
  world.calm = false
}

/** False where only healing is left. */
export async function step(world: World): Promise<boolean> {
  const moves = movesOf(world)
  if (moves.length === 0) return false
  const mayHeal = world.operationsLeft === 0 && world.devices.every(({ gate }) => gate === null)
  const taken = world.choices.take(moves.length + (mayHeal ? 1 : 0))
  if (taken === moves.length) return false
  await make(world, moves[taken]!)
  return true
}

async function make(world: World, move: Move): Promise<void> {
  world.trace.push(move.label)
  if (move.step !== undefined) world.last = move.step
  await move.make()
  await world.time.advance(STEP_MS)
  for (const device of world.devices) {
    if (device.sync instanceof Error) device.dirty = true
    if (device.alive) continue
    world.trace.push(`${device.name} starts again`)
    device.dirty = true
    await device.open()
  }
  if (world.active?.gate == null) world.active = world.devices.find(({ gate }) => gate !== null) ?? null
  await world.look()
}

/** No more faults: everyone syncs until nobody has anything to say, and then all must be equal. */
export async function heal(world: World, healed?: Healed): Promise<void> {
  world.calm = true
  healed?.begin()
  const [first, second] = world.devices
  // Who comes first matters where both have something to say.
  const isReversed = first.dirty && second.dirty && world.choices.take(2) === 1
  const order = isReversed ? [second, first] : [first, second]
  world.trace.push(`${order.map(({ name }) => name).join(', then ')}: sync until all is quiet`)
  for (let round = 0; world.late.length > 0 || order.some(({ dirty }) => dirty); round += 1) {
    if (round === MOST_HEALING_ROUNDS) throw new Violation('it does not come to rest (I7)')
    for (const device of order) {
      if (!device.dirty) continue
      if (healed?.isKnown(world, device)) {
        // What it came by on the way may have broken a rule still.
        await world.look()
        healed.end()
        return
      }
      await syncCalmly(world, device)
    }
    // What is still under way arrives when nobody expects it any more.
    for (const { device, push } of world.late) await device.deliver(push)
    world.late = []
  }
  for (const device of order) {
    await device.wake()
    if (device.unsent() > 0) throw new Violation(`${device.name} has ${device.unsent()} changes unsent (I7)`)
  }
  await world.look()
  judge(world)
  healed?.end()
}

function judge(world: World): void {
  const record = world.record()
  const truth = record === undefined || record.deleted ? undefined : (record.data as Item)
  for (const [{ name }, item] of world.shown)
    if (canonical(item) !== canonical(truth))
      throw new Violation(`${name} has ${canonical(item)}, the backend ${canonical(truth)} (I1)`)
  world.oracle.finally(truth)
}

async function syncCalmly(world: World, device: Device): Promise<void> {
  await device.wake()
  device.dirty = false
  device.startSync()
  await world.time.advance(STEP_MS)
  if (device.sync !== 'done') throw new Violation(`${device.name} cannot sync: ${String(device.sync)} (I7)`)
}

function canonical(item: Item | undefined): string {
  if (item === undefined) return 'nothing'
  return JSON.stringify(Object.entries(item).sort(([a], [b]) => (a < b ? -1 : 1)))
}
