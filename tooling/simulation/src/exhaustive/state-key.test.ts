import { describe, expect, test } from 'vitest'
import type { RecordRow } from '@synclayer/core/storage'
import type { Mutation } from '@synclayer/core/adapter'
import type { FeedState, WorldState } from './state.ts'
import { stateKey } from './state-key.ts'

/** What a test changes of the world below. */
interface Parts {
  /** When A edited, and when the backend's record was edited before that. */
  readonly edited?: number
  readonly before?: number
  readonly client?: string
  readonly place?: number
  readonly base?: string
  readonly inFlight?: Partial<Mutation>
  readonly remembered?: readonly number[]
  readonly storedAt?: number
  readonly world?: Partial<WorldState>
}

const NODE = 'ab'.repeat(8)
const CLIENT = 'cd'.repeat(10)

function timeOf(ms: number, last = 'ef'.repeat(8)): string {
  return `${ms.toString(16).padStart(12, '0')}-0000-${last}`
}

/** A world in which A has a mutation in flight, upon a record that the backend has. */
function worldWith(parts: Parts = {}): WorldState {
  const { edited = 1_700_000_200_000, before = 1_700_000_100_000, client = CLIENT, base = 'v1' } = parts
  const { place = 1_700_000_200_000_000, remembered = [1], storedAt = 5 } = parts
  const time = timeOf(edited, NODE)
  const mutation = { id: `${client}.2`, kind: 'delete', base, time, ...parts.inFlight }
  const record: RecordRow = {
    collection: 'items',
    id: 'a',
    scope: 'default',
    document: '{"id":"a","x":2}',
    base: '{"id":"a"}',
    sync: JSON.stringify({ version: base, time, inFlight: mutation, editedAt: place + 1 }),
    lane: 'sending',
    order: place,
  }
  const feed: FeedState = {
    scope: 'default',
    horizon: 1,
    records: [
      ['items/a', { record: { id: 'a', version: 'v1', time: timeOf(before) }, position: 1, storedAt }],
    ],
    results: [
      [client, remembered.map((n) => [n, { time: timeOf(before), result: 'accepted', at: storedAt }])],
    ],
    rest: { head: 1 },
  }
  const entries = [['client', JSON.stringify({ id: client, next: 3 })]] as const
  return {
    backend: [feed],
    devices: [
      { records: [record], entries, dirty: true, lives: 1, names: [NODE, client] },
      { records: [], entries: [], dirty: false, lives: 1, names: [] },
    ],
    shown: [{ id: 'a', x: 2 }, null],
    late: [],
    last: null,
    oracle: { operations: [], applied: [`${client}.1`], version: 'v1', sent: [], settled: [[client, 1]] },
    operationsLeft: 1,
    operations: 2,
    hasX: true,
    faultsLeft: 0,
    switchesLeft: 0,
    now: edited + 1_000,
    ...parts.world,
  }
}

describe('stateKey', () => {
  test.each<[string, Parts]>([
    [
      'the time of day',
      { edited: 1_800_000_200_000, before: 1_800_000_100_000, place: 1_800_000_200_000_000 },
    ],
    ['how long ago it was', { before: 1_700_000_000_007 }],
    ['the id of a client', { client: '12'.repeat(10) }],
    ['when the backend stored it', { storedAt: 9 }],
    ['what is left to go wrong', { world: { faultsLeft: 1, switchesLeft: 1 } }],
  ])('is the same whatever %s', (_name, parts) => {
    const names = parts.client === undefined ? {} : { names: [NODE, parts.client] }
    const world = worldWith(parts)
    const [first, second] = world.devices
    const renamed = { ...world, devices: [{ ...first!, ...names }, second!] }
    expect(stateKey(renamed)).toBe(stateKey(worldWith()))
  })

  test.each<[string, Parts]>([
    ['which edit came first', { before: 1_700_000_300_000 }],
    ['two edits of one moment', { before: 1_700_000_200_000 }],
    ['the version an edit was made on', { base: 'v0' }],
    ['what is in flight', { inFlight: { kind: 'put', data: {} } }],
    ['the id it has', { inFlight: { id: `${CLIENT}.1` } }],
    ['what the backend remembers', { remembered: [] }],
    ['the operations left', { world: { operationsLeft: 0 } }],
    ['what is late', { world: { late: [{ label: 'l', device: 0, push: { settled: 1 } as never }] } }],
    ['what the oracle knows', { world: { oracle: { ...worldWith().oracle, applied: [] } } }],
    ['what a device shows', { world: { shown: [null, null] } }],
  ])('tells apart %s', (_name, parts) => {
    expect(stateKey(worldWith(parts))).not.toBe(stateKey(worldWith()))
  })
})
