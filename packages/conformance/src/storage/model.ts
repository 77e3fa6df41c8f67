/** Random commands against the storage and against the plainest model of it. */
import type {
  Precondition,
  RecordKey,
  RecordWrite,
  Storage,
  StoredRecord,
  WriteBatch,
} from '@synclayer/core/storage'
import { assert, assertEqual } from '../expect.ts'
import { forEachSeed, type SeededRandom } from '../runner.ts'
import { compareIds, naiveWalk } from './naive-walk.ts'
import { walkPages } from './query.ts'
import { randomId, randomPlan, randomRow } from './random-rows.ts'
import { assertStored, COLLECTIONS, type StorageSuite, type TestStore, whole } from './storage-suite.ts'

const COMMAND_COUNT = 300
const NAMES = COLLECTIONS.map(({ name }) => name)
const ENTRY_NAMES = ['a', 'a/1', 'a/2', 'b', 'b/😀']
const LANES = ['waiting', 'sending', 'parked'] as const

/** What the storage should hold. Revisions are learnt from it, and must be new with every write. */
interface Model {
  readonly rows: Map<string, RecordWrite>
  readonly entries: Map<string, string>
  readonly revisions: Map<string, number>
  /** All revisions there ever were, by key. */
  readonly used: Map<string, Set<number>>
  order: number
}

/** Random commands against a model. */
export function modelTests({ group, test, seeds, shared }: StorageSuite): void {
  group('model', () => {
    test('equals a naive model after any commands (ST1, ST2, ST3, ST4, ST5)', async (store) => {
      await forEachSeed(seeds, async (random) => {
        const model: Model = {
          rows: new Map(),
          entries: new Map(),
          revisions: new Map(),
          used: new Map(),
          order: 0,
        }
        const handles = [await store.open(), ...(shared ? [await store.open()] : [])]
        await handles[0]!.clear()
        for (let step = 0; step < COMMAND_COUNT; step++) {
          const at = random.whole(handles.length)
          try {
            if (random.chance(0.03)) handles[at] = await reopen(store, handles[at]!)
            else await runCommand(random, handles[at]!, model)
          } catch (error) {
            const reason = error instanceof Error ? error.message : String(error)
            throw new Error(`command ${step}: ${reason}`, { cause: error })
          }
        }
        for (const handle of handles) await handle.close()
      })
    })
  })
}

async function reopen(store: TestStore, old: Storage): Promise<Storage> {
  await old.close()
  return store.open()
}

async function runCommand(random: SeededRandom, storage: Storage, model: Model): Promise<void> {
  const kind = random.whole(10)
  if (kind < 5) return commitRandomly(random, storage, model)
  if (kind === 5) return readRandomly(random, storage, model)
  if (kind < 8) return queryRandomly(random, storage, model)
  if (kind === 8) return compareWalks(random, storage, model)
  if (random.chance(0.05)) {
    await storage.clear()
    model.rows.clear()
    model.entries.clear()
    model.revisions.clear()
  }
}

async function commitRandomly(random: SeededRandom, storage: Storage, model: Model): Promise<void> {
  const batch = randomBatch(random, model)
  const expect = randomExpectations(random, batch, model)
  const holds = expect.every(
    (condition) => (model.revisions.get(keyOf(condition)) ?? null) === condition.revision,
  )
  const { status } = await storage.commit(batch, expect)
  assertEqual(status, holds ? 'committed' : 'stale', 'status')
  if (!holds) return
  const { records = [], removals = [], entries = [] } = batch
  for (const write of records) model.rows.set(keyOf(write), write)
  for (const key of removals) {
    model.rows.delete(keyOf(key))
    model.revisions.delete(keyOf(key))
  }
  for (const { name, value } of entries) {
    if (value === null) model.entries.delete(name)
    else model.entries.set(name, value)
    model.revisions.delete(keyOf({ entry: name }))
  }
  const stored = await storage.read(records)
  records.forEach((write, at) => learn(model, keyOf(write), assertStored(stored[at], write).revision))
  const written = entries.filter(({ value }) => value !== null).map(({ name }) => name)
  const values = await storage.readEntries(written)
  written.forEach((name, at) => {
    assertEqual(values[at]?.value, model.entries.get(name), `entry ${name}`)
    learn(model, keyOf({ entry: name }), values[at]!.revision)
  })
}

function learn(model: Model, key: string, revision: number): void {
  const used = model.used.get(key) ?? new Set()
  assert(!used.has(revision), `${key} got revision ${revision} twice`)
  model.used.set(key, used.add(revision))
  model.revisions.set(key, revision)
}

function randomBatch(random: SeededRandom, model: Model): WriteBatch {
  const records = new Map<string, RecordWrite>()
  for (let count = random.whole(6); count > 0; count--) {
    const write = randomRow(random, ++model.order, NAMES)
    records.set(keyOf(write), write)
  }
  const removals = new Map<string, RecordKey>()
  for (let count = random.whole(3); count > 0; count--) {
    const key = { collection: random.pick(NAMES), id: randomId(random) }
    if (!records.has(keyOf(key))) removals.set(keyOf(key), key)
  }
  const names = ENTRY_NAMES.filter(() => random.chance(0.2))
  return {
    records: [...records.values()],
    removals: [...removals.values()],
    entries: names.map((name) => ({ name, value: random.chance(0.7) ? `v${random.whole(1000)}` : null })),
    ...(random.chance(0.1) ? { flush: true } : {}),
  }
}

/** Mostly right, sometimes not: an old revision, or absent for present and the other way round. */
function randomExpectations(random: SeededRandom, batch: WriteBatch, model: Model): Precondition[] {
  const others = [{ collection: random.pick(NAMES), id: randomId(random) }]
  const keys = [...(batch.records ?? []), ...(batch.removals ?? []), ...others].filter(() => random.chance())
  const conditions: Precondition[] = keys.map((key) => ({
    collection: key.collection,
    id: key.id,
    revision: randomRevision(random, model, keyOf(key)),
  }))
  for (const entry of ENTRY_NAMES.filter(() => random.chance(0.1))) {
    conditions.push({ entry, revision: randomRevision(random, model, keyOf({ entry })) })
  }
  return conditions
}

function randomRevision(random: SeededRandom, model: Model, key: string): number | null {
  if (random.chance(0.95)) return model.revisions.get(key) ?? null
  return random.pick([null, 0, ...(model.used.get(key) ?? [])])
}

async function readRandomly(random: SeededRandom, storage: Storage, model: Model): Promise<void> {
  const keys = Array.from({ length: random.whole(8) }, () => ({
    collection: random.pick(NAMES),
    id: randomId(random),
  }))
  const answers = await storage.read(keys)
  assertEqual(answers.length, keys.length, 'answers')
  keys.forEach((key, at) => assertSame(model, keyOf(key), answers[at]))
  const prefix = random.pick(['', 'a', 'a/', 'b/', 'c'])
  const expected = [...model.entries]
    .filter(([name]) => name.startsWith(prefix))
    .sort(([l], [r]) => compareIds(l, r))
  const listed = await storage.listEntries(prefix)
  assertEqual(
    listed.map(({ name, value }) => [name, value]),
    expected,
    `entries of "${prefix}"`,
  )
}

async function queryRandomly(random: SeededRandom, storage: Storage, model: Model): Promise<void> {
  const { name, indexes } = random.pick(COLLECTIONS)
  const plan = randomPlan(random, name, storage.capabilities.indexes)
  const expected = naiveWalk([...model.rows.values()], indexes, plan)
  const walked = await walkPages(storage, plan, 1 + random.whole(20))
  assertEqual(
    walked.map(({ id }) => id),
    expected.map(({ id }) => id),
    'query',
  )
  for (const each of walked) assertSame(model, keyOf(each), each)
  assertEqual(await storage.count(plan), expected.length, 'count')
}

async function compareWalks(random: SeededRandom, storage: Storage, model: Model): Promise<void> {
  const rows = [...model.rows.values()]
  const collection = random.pick(NAMES)
  const scanned = await storage.scan({ collection, after: null, limit: 1_000_000 })
  const ids = rows.filter((each) => each.collection === collection).map(({ id }) => id)
  assertEqual(
    scanned.map(({ id }) => id),
    ids.sort(compareIds),
    'scan',
  )
  for (const each of scanned) assertSame(model, keyOf(each), each)

  const scope = random.pick([null, 'default', 'user:1', 'nobody'])
  const size = await storage.outboxSize(scope)
  for (const lane of LANES) {
    const after = random.whole(model.order + 1)
    const inLane = rows.filter((each) => each.lane === lane && (scope === null || each.scope === scope))
    assertEqual(size[lane], inLane.length, `size of ${lane}`)
    const expected = inLane
      .filter(({ order }) => order > after)
      .sort((left, right) => left.order - right.order)
    const limit = 1 + random.whole(10)
    const found = await storage.outbox({ lane, scope, after, limit })
    assertEqual(
      found.map((each) => whole(each).order),
      expected.slice(0, limit).map(({ order }) => order),
      lane,
    )
    for (const each of found) assertSame(model, keyOf(each), each)
  }
}

function assertSame(model: Model, key: string, answer: Parameters<typeof assertStored>[0]): void {
  const expected = model.rows.get(key)
  if (expected === undefined) {
    assertEqual(answer, undefined, key)
    return
  }
  const stored: StoredRecord = assertStored(answer, expected)
  assertEqual(stored.revision, model.revisions.get(key), `revision of ${key}`)
}

function keyOf(key: RecordKey | { readonly entry: string }): string {
  return 'entry' in key ? `entry ${key.entry}` : `${key.collection}/${key.id}`
}
