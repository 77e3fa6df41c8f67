/** Random commands against the storage and against the plainest model of it. */
import type { Precondition, RecordKey, RecordWrite, Storage, WriteBatch } from '@synclayer/core/storage'
import { assertEqual } from '../expect.ts'
import { forEachSeed, type SeededRandom, TEST_TIMEOUT_MS } from '../runner.ts'
import { applyBatch, assertSame, createModel, holds, keyOf, type Model, revisionOf } from './naive-model.ts'
import { compareIds, naiveWalk } from './naive-walk.ts'
import { walkPages } from './query.ts'
import { randomId, randomPlan, randomRow } from './random-rows.ts'
import { COLLECTIONS, type StorageSuite, type TestStore, whole } from './storage-suite.ts'

const COMMAND_COUNT = 300
const HANDLES = 3
const NAMES = COLLECTIONS.map(({ name }) => name)
const ENTRY_NAMES = ['a', 'a/1', 'a/2', 'b', 'b/😀']
const LANES = ['waiting', 'sending', 'parked'] as const

/** Random commands against a model. */
export function modelTests({ group, test, seeds, shared, random: { ms, seed } }: StorageSuite): void {
  group('model', () => {
    test(
      'equals a naive model after any commands (ST1, ST2, ST3, ST4, ST5)',
      async (store) => {
        const run = (random: SeededRandom): Promise<void> =>
          compareWithModel(store, random, shared ? HANDLES : 1)
        await forEachSeed(seeds, run)
        const until = Date.now() + ms
        for (let next = seed; Date.now() < until; next++) await forEachSeed([next], run)
      },
      TEST_TIMEOUT_MS + ms * 2,
    )
  })
}

async function compareWithModel(store: TestStore, random: SeededRandom, handleCount: number): Promise<void> {
  const model = createModel()
  const handles: Storage[] = []
  while (handles.length < handleCount) handles.push(await store.open())
  await handles[0]!.clear()
  for (let step = 0; step < COMMAND_COUNT; step++) {
    const at = random.whole(handles.length)
    try {
      if (random.chance(0.03)) handles[at] = await reopen(store, handles[at]!)
      else if (random.chance(0.08)) await raceRandomly(random, handles, model)
      else await runCommand(random, handles[at]!, model)
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error)
      throw new Error(`command ${step}: ${reason}`, { cause: error })
    }
  }
  for (const handle of handles) {
    await compareAll(handle, model)
    await handle.close()
  }
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
  const isCommitted = holds(model, expect)
  const { status } = await storage.commit(batch, expect)
  assertEqual(status, isCommitted ? 'committed' : 'stale', 'status')
  if (isCommitted) await applyBatch(storage, model, batch)
}

/** Several commits at once, all on the same state of one row, of one entry or of both: one of them wins. */
async function raceRandomly(random: SeededRandom, handles: readonly Storage[], model: Model): Promise<void> {
  const target = randomRow(random, ++model.order, NAMES)
  const key = { collection: target.collection, id: target.id }
  const entry = random.pick(ENTRY_NAMES)
  const conditions: readonly Precondition[] = [
    { ...key, revision: revisionOf(model, key) },
    { entry, revision: revisionOf(model, { entry }) },
  ]
  const expect = random.pick([conditions, conditions.slice(0, 1), conditions.slice(1)])
  const batches = Array.from({ length: 4 }, (_, n): WriteBatch => ({
    // The order of a lane is each row's own.
    records: [{ ...target, sync: `{"racer":${n}}` }],
    entries: [{ name: entry, value: `racer ${n}` }],
  }))
  const results = await Promise.all(batches.map((batch) => random.pick(handles).commit(batch, expect)))
  const statuses = results.map(({ status }) => status)
  assertEqual(statuses.toSorted(), ['committed', 'stale', 'stale', 'stale'], 'statuses of a race')
  await applyBatch(random.pick(handles), model, batches[statuses.indexOf('committed')]!)
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

/** Everything there is, by every way to read it. */
async function compareAll(storage: Storage, model: Model): Promise<void> {
  const rows = [...model.rows.values()]
  for (const { name: collection, indexes } of COLLECTIONS) {
    const ways = [null, ...(storage.capabilities.indexes ? indexes : [])]
    for (const plan of ways.flatMap((index) =>
      [false, true].map((reverse) => ({ collection, index, reverse })),
    )) {
      const walked = await walkPages(storage, plan, 7)
      const expected = naiveWalk(rows, indexes, plan).map(({ id }) => id)
      assertEqual(
        walked.map(({ id }) => id),
        expected,
        `in the end, ${JSON.stringify(plan)}`,
      )
      for (const each of walked) assertSame(model, keyOf(each), each)
    }
    const scanned = await storage.scan({ collection, after: null, limit: 1_000_000 })
    const count = rows.filter((each) => each.collection === collection).length
    assertEqual(scanned.length, count, `rows of ${collection} in the end`)
    for (const each of scanned) assertSame(model, keyOf(each), each)
  }
  const listed = await storage.listEntries('')
  const revisions = listed.map(({ name, revision }) => [name, revision])
  const expected = [...model.entries.keys()].sort(compareIds)
  assertEqual(
    revisions,
    expected.map((entry) => [entry, revisionOf(model, { entry })]),
    'entries in the end',
  )
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
