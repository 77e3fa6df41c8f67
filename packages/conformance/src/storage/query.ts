import type { PagePosition, QueryPlan, RecordWrite, Storage, StoredRecord } from '@synclayer/core/storage'
import { assert, assertEqual, assertRejects } from '../expect.ts'
import { forEachSeed } from '../runner.ts'
import { compareIds, naiveWalk, utf8 } from './naive-walk.ts'
import { randomPlan, randomRow } from './random-rows.ts'
import { assertStored, bytes, COLLECTIONS, commit, row, type StorageSuite } from './storage-suite.ts'

const NAMES = COLLECTIONS.map(({ name }) => name)

/** Walks by index and by id. */
export function queryTests({ group, test, seeds }: StorageSuite): void {
  group('query', () => {
    test('walks an index by key, then by id; equal keys by rising id when reversed too (ST5)', async ({
      open,
    }) => {
      const storage = await open()
      if (!storage.capabilities.indexes) return
      await commit(storage, {
        records: [
          row('c', { keys: [bytes(1), bytes()] }),
          row('a', { keys: [bytes(2), bytes()] }),
          row('b', { keys: [bytes(1), bytes()] }),
          row('d', { keys: [bytes(2), bytes()] }),
          row('gone', { document: null }),
        ],
      })
      const plan = { collection: 'notes', index: 'size' }
      assertEqual(await idsOf(storage, plan), ['b', 'c', 'a', 'd'])
      assertEqual(await idsOf(storage, { ...plan, reverse: true }), ['a', 'd', 'b', 'c'])
    })

    test('keeps the ends of a range in or out, as it is told (ST5)', async ({ open }) => {
      const storage = await open()
      if (!storage.capabilities.indexes) return
      const ids = ['0', '1', '2', '3', '4']
      await commit(storage, { records: ids.map((id) => row(id, { keys: [bytes(Number(id)), bytes()] })) })
      const range = { lower: bytes(1), upper: bytes(3) }
      const walk = (more: object): Promise<string[]> =>
        idsOf(storage, { collection: 'notes', index: 'size', range: { ...range, ...more } })
      assertEqual(await walk({}), ['1', '2', '3'])
      assertEqual(await walk({ lowerExclusive: true }), ['2', '3'])
      assertEqual(await walk({ upperExclusive: true }), ['1', '2'])
      assertEqual(await walk({ lowerExclusive: true, upperExclusive: true }), ['2'])
      assertEqual(await walk({ lower: bytes(4) }), [], 'an empty range')
    })

    test('compares keys byte by byte, a prefix first (ST5)', async ({ open }) => {
      const storage = await open()
      if (!storage.capabilities.indexes) return
      const keys = [
        bytes(),
        bytes(0),
        bytes(0, 0),
        bytes(0, 255),
        bytes(1),
        bytes(127),
        bytes(128),
        bytes(255),
      ]
      const records = keys.map((key, index) => row(`n${9 - index}`, { keys: [key, bytes()] }))
      await commit(storage, { records })
      const ids = await idsOf(storage, { collection: 'notes', index: 'size' })
      assertEqual(
        ids,
        records.map(({ id }) => id),
      )
    })

    test('walks by id in code point order without an index, with bounds on UTF-8 bytes (ST5)', async ({
      open,
    }) => {
      const storage = await open()
      const ids = ['\ue000', '😀', 'a', 'B', '\uffff', 'aa', 'é', 'z']
      await commit(storage, { records: [...ids.map((id) => row(id)), row('0', { document: null })] })
      const sorted = [...ids].sort(compareIds)
      const plan = { collection: 'notes', index: null }
      assertEqual(await idsOf(storage, plan), sorted)
      assertEqual(await idsOf(storage, { ...plan, reverse: true }), sorted.toReversed())
      const range = { lower: utf8('a'), upper: bytes(0xf0), lowerExclusive: true }
      assertEqual(await idsOf(storage, { ...plan, range }), ['aa', 'z', 'é', '\ue000', '\uffff'])
    })

    test('changes with the rows: keys, documents and removals (ST5)', async ({ open }) => {
      const storage = await open()
      if (!storage.capabilities.indexes) return
      const key = (size: number) => ({ keys: [bytes(size), bytes()] })
      await commit(storage, {
        records: [row('a', key(1)), row('b', key(2)), row('c', key(3)), row('d', key(4))],
      })
      await commit(storage, {
        records: [row('a', key(9)), row('b', { document: null })],
        removals: [{ collection: 'notes', id: 'c' }],
      })
      assertEqual(await idsOf(storage, { collection: 'notes', index: 'size' }), ['d', 'a'])
      await commit(storage, { records: [row('b', key(5))] })
      assertEqual(await idsOf(storage, { collection: 'notes', index: 'size' }), ['d', 'b', 'a'])
      assertEqual(await storage.count({ collection: 'notes', index: 'size' }), 3)
    })

    test('answers whole rows, and a limit of 0 is empty (ST5)', async ({ open }) => {
      const storage = await open()
      const write = row('a', { base: '{}', lane: 'parked', order: 5, scope: 's' })
      await commit(storage, { records: [write] })
      const { rows } = await storage.query({ collection: 'notes', index: null, limit: 5 })
      assertStored(rows[0], write)
      assertEqual(await storage.read([write]), rows, 'the same by read')
      assertEqual((await storage.query({ collection: 'notes', index: null, limit: 0 })).rows, [])
    })

    test('goes on after a position whose row is gone or has moved (ST5)', async ({ open }) => {
      const storage = await open()
      if (!storage.capabilities.indexes) return
      const key = (size: number) => ({ keys: [bytes(size), bytes()] })
      const ids = ['a', 'b', 'c', 'd', 'e']
      for (const reverse of [false, true]) {
        await commit(storage, { records: ids.map((id) => row(id, key(7))) })
        const plan = { collection: 'notes', index: 'size', reverse }
        const first = await storage.query({ ...plan, limit: 2 })
        assertEqual(
          first.rows.map(({ id }) => id),
          ['a', 'b'],
        )
        const after = first.next
        assert(after !== null, 'a full page has a next one')
        await commit(storage, { records: [row('b', key(7)), row('a', key(reverse ? 9 : 1))] })
        await commit(storage, { removals: [{ collection: 'notes', id: 'b' }] })
        assertEqual(await idsOf(storage, { ...plan, after }), ['c', 'd', 'e'])
      }
    })

    test('refuses an index that is not declared', async ({ open }) => {
      const storage = await open()
      const plan = { collection: 'notes', index: 'other', limit: 1 }
      const code = storage.capabilities.indexes ? 'STORAGE_FAILED' : 'NOT_SUPPORTED'
      await assertRejects(() => storage.query(plan), code)
      await assertRejects(() => storage.count(plan), code)
    })

    test('answers as a naive walk does, for random rows and plans, page by page (ST5)', async ({ open }) => {
      await forEachSeed(seeds, async (random) => {
        const storage = await open()
        await storage.clear()
        const rows = new Map<string, RecordWrite>()
        for (let step = 0; step < 200; step++) {
          const write = randomRow(random, step + 1, NAMES)
          rows.set(`${write.collection}/${write.id}`, write)
        }
        const records = [...rows.values()]
        await commit(storage, { records })
        for (let step = 0; step < 150; step++) {
          const collection = random.pick(COLLECTIONS)
          const plan = randomPlan(random, collection.name, storage.capabilities.indexes)
          const expected = naiveWalk(records, collection.indexes, plan)
          const what = `plan ${JSON.stringify(plan, showBytes)}`
          const walked = await walkPages(storage, plan, 1 + random.whole(expected.length + 2))
          assertEqual(
            walked.map(({ id }) => id),
            expected.map(({ id }) => id),
            what,
          )
          walked.forEach((each, index) => assertStored(each, expected[index]!))
          assertEqual(await storage.count(plan), expected.length, `count of ${what}`)
        }
        await storage.close()
      })
    })
  })
}

/** Walks to the end in pages of a size, and checks each page. */
export async function walkPages(
  storage: Storage,
  plan: Omit<QueryPlan, 'limit'>,
  limit: number,
): Promise<StoredRecord[]> {
  const walked: StoredRecord[] = []
  let after: PagePosition | null = plan.after ?? null
  for (let pages = 0; ; pages++) {
    assert(pages < 10_000, 'the pages do not end')
    const page = await storage.query({ ...plan, limit, ...(after === null ? {} : { after }) })
    assert(page.rows.length <= limit, `a page has ${page.rows.length} rows, more than its limit ${limit}`)
    assert(page.next === null || page.rows.length > 0, 'an empty page has no next one')
    walked.push(...page.rows.map((each) => each as StoredRecord))
    if (page.next === null) return walked
    after = page.next
  }
}

async function idsOf(storage: Storage, plan: Omit<QueryPlan, 'limit'>): Promise<string[]> {
  const { rows } = await storage.query({ ...plan, limit: 100 })
  const paged = await walkPages(storage, plan, 1)
  assertEqual(
    paged.map(({ id }) => id),
    rows.map(({ id }) => id),
    'in pages of one',
  )
  return rows.map(({ id }) => id)
}

function showBytes(_key: string, value: unknown): unknown {
  return value instanceof Uint8Array ? [...value] : value
}
