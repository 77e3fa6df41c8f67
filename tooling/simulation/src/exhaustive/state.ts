/**
 * A world at rest, as a value: nothing is under way that anybody waits for, so that what may still happen depends on what
 * is stored and on what is left to happen, and on no process. From the value a world can be put up again, on other threads too.
 */
import type { PushRequest } from '@synclayer/core/adapter'
import type { Bounds } from './bounds.ts'
import type { Choices } from './choices.ts'
import type { DeviceState, Item } from './device.ts'
import type { OracleState } from './oracle.ts'
import { World } from './world.ts'

export interface WorldState {
  readonly backend: readonly FeedState[]
  readonly devices: readonly DeviceState[]
  readonly shown: readonly (Item | null)[]
  readonly late: readonly { readonly label: string; readonly device: number; readonly push: PushRequest }[]
  readonly last: { readonly device: number; readonly isSync: boolean } | null
  readonly oracle: OracleState
  readonly operationsLeft: number
  readonly operations: number
  readonly hasX: boolean
  readonly faultsLeft: number
  readonly switchesLeft: number
  /** The time, in milliseconds since 1970. */
  readonly now: number
}

/** One feed of the model backend, in lists. */
export interface FeedState {
  readonly scope: string
  readonly horizon: number
  readonly records: readonly (readonly [name: string, record: unknown])[]
  /** By client: what is remembered of its mutations, by number. */
  readonly results: readonly (readonly [
    client: string,
    memory: readonly (readonly [n: number, result: unknown])[],
  ])[]
  /** Epoch, marks, head and the like. */
  readonly rest: Readonly<Record<string, unknown>>
}

/** What a backup of the model backend is. */
type Backup = ReadonlyMap<
  string,
  {
    readonly feed: {
      readonly records: ReadonlyMap<string, unknown>
      readonly results: ReadonlyMap<string, ReadonlyMap<number, unknown>>
    }
    readonly horizon: number
  }
>

/**
 * From one step to the next a minute passes: far more than the clocks of devices, as they take them to differ from the
 * backend's, can be wrong here. So whatever is stored is earlier than all that is to come.
 */
const REST_MS = 60_000

/** True where no request is held and no sync runs. */
export function isAtRest({ devices }: World): boolean {
  return devices.every(({ gate, sync, isOpen }) => gate === null && !(isOpen && sync === 'running'))
}

/** The state of a world at rest. */
export function stateOf(world: World): WorldState {
  const { devices, last, late, oracle, operationsLeft, operations, hasX, faultsLeft, switchesLeft } = world
  return {
    backend: feedsOf(world.backend.backup() as Backup),
    devices: devices.map((device) => device.state()),
    shown: devices.map((device) => world.shown.get(device) ?? null),
    late: late.map(({ label, device, push }) => ({ label, device: devices.indexOf(device), push })),
    last: last === null ? null : { device: devices.indexOf(last.device), isSync: last.isSync },
    oracle: oracle.state(),
    operationsLeft,
    operations,
    hasX,
    faultsLeft,
    switchesLeft,
    now: world.time.clock.now(),
  }
}

/** A world in that state: no process runs in it yet. */
export async function worldOf(bounds: Bounds, choices: Choices, state: WorldState): Promise<World> {
  const { devices, shown, late, last, oracle, operationsLeft, operations, hasX, faultsLeft, switchesLeft } =
    state
  const world = new World(bounds, choices, { stored: backupOf(state.backend), now: state.now + REST_MS })
  for (const [index, device] of world.devices.entries()) {
    await device.restore(devices[index]!)
    world.shown.set(device, shown[index] ?? undefined)
  }
  world.late = late.map(({ label, device, push }) => ({ label, device: world.devices[device]!, push }))
  world.last = last === null ? null : { device: world.devices[last.device]!, isSync: last.isSync }
  world.oracle.restore(oracle)
  world.calm = false
  return Object.assign(world, { operationsLeft, operations, hasX, faultsLeft, switchesLeft })
}

function feedsOf(backup: Backup): readonly FeedState[] {
  return [...backup].map(([scope, { feed, horizon }]) => {
    const { records, results, ...rest } = feed
    const memories = [...results].map(([client, memory]) => [client, [...memory]] as const)
    return { scope, horizon, records: [...records], results: memories, rest }
  })
}

function backupOf(feeds: readonly FeedState[]): Backup {
  return new Map(
    feeds.map(({ scope, horizon, records, results, rest }) => {
      const memories = new Map(results.map(([client, memory]) => [client, new Map(memory)]))
      return [scope, { feed: { ...rest, records: new Map(records), results: memories }, horizon }]
    }),
  )
}
