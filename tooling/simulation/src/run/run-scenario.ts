/** Runs a scenario from its first step to the final judgement. */
import { type CollectionName, type Marked, SYNCED } from '../scenario/collections.ts'
import type { Scenario } from '../scenario/scenario.ts'
import { checkEnd, type FinalView } from '../oracle/final-checks.ts'
import type { Counts } from '../world/counts.ts'
import type { Device } from '../world/device.ts'
import { World } from '../world/world.ts'
import { checkLive, doStep } from './steps.ts'

export interface Outcome {
  readonly violations: readonly string[]
  readonly counts: Counts
}

/** Longer than any doubled request is under way. */
const LAST_DOUBLES_MS = 11 * 60_000
/** Steps between two looks at what a device shows. */
const CHECK_EVERY = 3
const PATIENCE_MS = 60 * 60_000
const MOST_HEALING_ROUNDS = 3
/** Within this, followers show what their leader shows. */
const NEWS_MS = 3_000

/** Runs it. `say` is given the trace, line by line; without, none is made. */
export async function runScenario(
  scenario: Scenario,
  say: ((line: string) => void) | null = null,
): Promise<Outcome> {
  const world = new World(scenario, say)
  const { oracle, counts, devices } = world
  try {
    for (const device of devices) void device.open()
    await world.time.settle()
    for (const [index, step] of scenario.steps.entries()) {
      await doStep(world, step)
      if (index % CHECK_EVERY === 0) {
        // What is under way on the disk is shown a moment later than it is read.
        await world.time.settle()
        // Not awaited: the process may die of it.
        void checkLive(world, devices[(index / CHECK_EVERY) % devices.length]!)
        await world.time.settle()
      }
      if (oracle.violations.length > 0) return { violations: oracle.violations, counts }
    }
    await heal(world)
    checkEnd(oracle, world.records(), await Promise.all(devices.map((device) => viewOf(world, device))))
    await checkObservers(world)
    for (const device of devices) await complete(world, device.close())
  } catch (error) {
    oracle.broken(
      `The run failed: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`,
    )
  }
  for (const violation of oracle.violations) world.trace(`BROKEN ${violation}`)
  return { violations: oracle.violations, counts }
}

/** Everything is mended, everybody comes back, and all is synced until nothing is left to do. */
async function heal(world: World): Promise<void> {
  const { time, devices } = world
  world.trace('-- all is healed')
  world.strict = false
  world.replica = null
  world.stallMs = 0
  const schema = devices.some((device) => device.schema === 2 || device.disk.takenOver) ? 2 : 1
  for (const device of devices) {
    device.calm()
    device.disk.full = false
    device.network.heal()
    device.connectivity.emit('online')
    if (device.schema !== schema || device.disk.takenOver) {
      await complete(world, device.close())
      device.schema = schema
    }
    void device.open()
  }
  await time.settle()
  for (const { process } of devices) process?.layer.resume()
  await time.advance(LAST_DOUBLES_MS)
  for (const device of devices) checkAlone(world, device)
  for (const device of devices) await complete(world, device.rescopeAgain())
  for (let round = 1; !(await syncAll(world, round === MOST_HEALING_ROUNDS)); round += 1);
  await time.advance(NEWS_MS)
}

/** I7: who syncs by itself has sent everything by now, though nobody asked for it. */
function checkAlone({ oracle }: World, { name, auto, process }: Device): void {
  if (!auto || process === null) return
  const { phase, pending } = process.layer.status
  if (pending > 0)
    oracle.broken(`I7: ${name} does not send by itself: it is ${phase} with ${pending} pending`)
}

/** Everyone syncs once. True where it is the last round, or all was at rest already. */
async function syncAll(world: World, isLast: boolean): Promise<boolean> {
  const { entries } = world.oracle.log
  const before = entries.length
  let isAtRest = true
  for (const device of world.devices) isAtRest = (await syncFully(world, device, isLast)) && isAtRest
  return isLast || (isAtRest && entries.length === before)
}

/** True where it could, and nothing is left to send. */
async function syncFully(world: World, device: Device, isLast: boolean): Promise<boolean> {
  const { process } = device
  if (process === null) {
    await complete(world, device.open())
    if (device.process === null && isLast) world.oracle.broken(`I8: ${device.name} does not open any more`)
    return false
  }
  const { layer } = process
  layer.resume()
  for (const item of await layer.outbox.list())
    if (item.status === 'parked') await layer.outbox.retry(item.id).catch(() => undefined)
  const ended = await complete(world, layer.sync())
  if (isLast && ended !== 'done')
    world.oracle.broken(`I7: ${device.name} cannot sync: ${ended ?? 'it never ends'}`)
  const { status } = layer
  return ended === 'done' && status.pending === 0 && status.parked === 0
}

/** Lets time pass until it is done; how it ended. */
async function complete(world: World, work: Promise<unknown>): Promise<string> {
  let ended = 'it never ends'
  const settled = (how: string) => (): void => void (ended = how)
  let over = false
  work.then(settled('done'), (error: unknown) => settled(String(error))()).finally(() => void (over = true))
  await world.time.until(() => over, PATIENCE_MS)
  await world.time.settle()
  return ended
}

async function viewOf({ oracle }: World, device: Device): Promise<FinalView> {
  const { process, name, scopes, schema } = device
  const documents = {} as Record<CollectionName, readonly Marked[]>
  const live = {} as Record<CollectionName, readonly Marked[] | undefined>
  if (process === null) throw new Error(`${name} is not open in the end.`)
  const { layer } = process
  for (const collection of SYNCED) {
    documents[collection] = await layer.collection(collection).getAll()
    live[collection] = process.live.current(collection)
  }
  const { phase, pending, parked } = layer.status
  const outbox = (await layer.outbox.list()).map(({ id, status }) => `${id} ${status}`)
  const unfinished = scopes.filter((scope) => oracle.feeds.isUnfinished(device.disk.memory, scope))
  const state = { status: { phase, pending, parked }, outbox, unfinished }
  return { device: name, scopes, schema, documents, live, ...state }
}

/** I4, A7: whoever followed the feed page by page holds what is there. */
async function checkObservers(world: World): Promise<void> {
  const records = world.backend.records('one')
  for (const [index, observer] of world.observers.entries()) {
    while (await observer.page());
    const difference = observer.difference(records)
    if (difference !== null) world.oracle.broken(`I4: observer ${index}: ${difference}`)
  }
}
