/** Storages broken on purpose: the suite must find each out, by the test that is there for it. */
import type { QueryPlan, RecordKey, Storage, StoredRecord } from '@synclayer/core/storage'
import { createMemoryStore, type MemoryStore, openMemoryStorage } from '@synclayer/core/testing'
import { describe, expect, test } from 'vitest'
import { TEST_TIMEOUT_MS } from '../runner.ts'
import { storageConformance } from './storage-conformance.ts'

type Break = (whole: Storage, store: MemoryStore) => Partial<Storage>

/** By what is wrong: the break, and a part of the title of a test that must fail. */
const MUTANTS: Readonly<Record<string, readonly [Break, failing: RegExp]>> = {
  'ignores preconditions': [
    (whole) => ({ commit: (batch) => whole.commit(batch) }),
    /never lose each other \(ST2\)/,
  ],
  'checks preconditions, and commits a moment later': [
    (whole) => ({
      async commit(batch, expect = []) {
        for (const condition of expect) {
          const [found] =
            'entry' in condition
              ? await whole.readEntries([condition.entry])
              : await whole.read([{ collection: condition.collection, id: condition.id }])
          if ((found?.revision ?? null) !== condition.revision) return { status: 'stale' }
        }
        return whole.commit(batch)
      },
    }),
    /equals a naive model/,
  ],
  'checks only the first precondition': [
    (whole) => ({ commit: (batch, expect = []) => whole.commit(batch, expect.slice(0, 1)) }),
    /one condition that fails among many/,
  ],
  'writes the entries of a stale batch': [
    (whole) => ({
      async commit(batch, expect) {
        const answer = await whole.commit(batch, expect)
        if (answer.status === 'stale') await whole.commit({ entries: batch.entries ?? [] })
        return answer
      },
    }),
    /holds everything back/,
  ],
  'writes rows one by one': [
    (whole) => ({
      async commit(batch, expect) {
        if (expect === undefined)
          for (const record of batch.records ?? []) await whole.commit({ records: [record] })
        return whole.commit(batch, expect)
      },
    }),
    /writes nothing of a batch/,
  ],
  'lets a former version of the app go on': [
    (whole) => ({
      open: ({ collections, durability }) =>
        whole.open({ collections: collections.map(({ name, indexes }) => ({ name, indexes })), durability }),
    }),
    /a newer version of a collection shuts out/,
  ],
  'forgets removals': [
    (whole) => ({ commit: ({ removals: _none, ...batch }, expect) => whole.commit(batch, expect) }),
    /removes rows/,
  ],
  'counts revisions anew at each opening': [
    (whole, store) => ({
      open(schema) {
        store.revision = 0
        return whole.open(schema)
      },
    }),
    /clearing and opening again/,
  ],
  'resolves before it has committed': [
    (whole) => ({
      async commit(batch, expect) {
        if (expect !== undefined) return whole.commit(batch, expect)
        setTimeout(() => void whole.commit(batch).catch(() => undefined), 1)
        return { status: 'committed' }
      },
    }),
    /reads a row as it was written/,
  ],
  'cuts texts at U+0000': [
    (whole) => ({
      read: async (keys) =>
        mapRows(await whole.read(keys), (row) => ({ ...row, sync: row.sync.split('\0')[0]! })),
    }),
    /U\+0000/,
  ],
  'takes ids in any case for the same': [
    (whole) => ({
      commit: (batch, expect) =>
        whole.commit(
          { ...batch, records: batch.records?.map((row) => ({ ...row, id: row.id.toLowerCase() })) ?? [] },
          expect,
        ),
      read: async (keys) => {
        const lower = keys.map(({ collection, id }) => ({ collection, id: id.toLowerCase() }))
        return mapRows(await whole.read(lower), (row, at) => ({ ...row, id: keys[at]!.id }))
      },
    }),
    /ids apart/,
  ],
  'leaves out rows without a document in scans': [
    (whole) => ({
      scan: async (request) =>
        (await whole.scan(request)).filter((row) => 'damaged' in row || row.document !== null),
    }),
    /those without a document too, page by page/,
  ],
  'has lower bounds that are never exclusive': [
    (whole) => ({
      query: (plan) => whole.query({ ...plan, range: { ...plan.range, lowerExclusive: false } }),
    }),
    /keeps the ends of a range/,
  ],
  'turns ids round as well': [
    (whole) => ({
      async query(plan) {
        const page = await whole.query(plan)
        return plan.reverse === true && plan.index !== null ? { ...page, rows: page.rows.toReversed() } : page
      },
    }),
    /equal keys by rising id/,
  ],
  'goes on after the key, not after the row': [
    (whole) => ({
      query: ({ after, ...plan }: QueryPlan) =>
        whole.query(
          after?.key === undefined
            ? { ...plan, ...(after && { after }) }
            : { ...plan, after: { ...after, id: '\u{10ffff}' } },
        ),
    }),
    /walks an index by key/,
  ],
  'counts without the range': [
    (whole) => ({ count: ({ range: _none, ...plan }) => whole.count(plan) }),
    /answers as a naive walk does/,
  ],
  'gives all scopes': [
    (whole) => ({ outbox: (request) => whole.outbox({ ...request, scope: null }) }),
    /gives the rows of a lane/,
  ],
  'includes the place to go on behind': [
    (whole) => ({ outbox: (request) => whole.outbox({ ...request, after: request.after - 1 }) }),
    /gives the rows of a lane/,
  ],
  'counts no rows in flight': [
    (whole) => ({ outboxSize: async (scope) => ({ ...(await whole.outboxSize(scope)), sending: 0 }) }),
    /counts the rows of each lane/,
  ],
  'lists entries by part of the name': [
    (whole) => ({
      listEntries: async (prefix) =>
        (await whole.listEntries('')).filter(({ name }) => name.includes(prefix)),
    }),
    /listed by prefix/,
  ],
  'keeps entries when cleared': [
    (whole) => ({
      async clear() {
        const entries = await whole.listEntries('')
        await whole.clear()
        await whole.commit({ entries })
      },
    }),
    /removes rows and entries/,
  ],
  'stays open': [
    (whole) => ({ close: async () => undefined, read: (keys) => whole.read(keys) }),
    /read is CLOSED/,
  ],
  'tells of its own commits': [
    (whole) => {
      const listeners = new Set<() => void>()
      return {
        async commit(batch, expect) {
          const answer = await whole.commit(batch, expect)
          for (const listener of listeners) listener()
          return answer
        },
        changes(listener) {
          const own = (): void => listener({})
          listeners.add(own)
          const stop = whole.changes!(listener)
          return () => {
            listeners.delete(own)
            stop()
          }
        },
      }
    },
    /not of their own/,
  ],
  'never tells of changes': [(_whole) => ({ changes: () => () => undefined }), /not of their own/],
}

describe('storageConformance', () => {
  for (const [name, [breakIt, failing]] of Object.entries(MUTANTS)) {
    test(
      `finds out a storage that ${name}`,
      async () => {
        const titles = collect(breakIt).filter(({ title }) => failing.test(title))
        expect(titles.length).toBeGreaterThan(0)
        const results = await Promise.all(
          titles.map(({ body }) =>
            body().then(
              () => 'passed',
              () => 'failed',
            ),
          ),
        )
        expect(results).toContain('failed')
      },
      TEST_TIMEOUT_MS,
    )
  }

  test('passes the storage that the others were made of', async () => {
    const named = collect(() => ({})).filter(({ title }) =>
      Object.values(MUTANTS).some(([, failing]) => failing.test(title)),
    )
    for (const { body } of named) await expect(body()).resolves.toBeUndefined()
  })
})

interface CollectedTest {
  readonly title: string
  readonly body: () => Promise<void>
}

/** The tests of the suite on a broken storage, to be run one by one. */
function collect(breakIt: Break): CollectedTest[] {
  const tests: CollectedTest[] = []
  const stores = new Map<string, MemoryStore>()
  storageConformance({
    describe: (_name, body) => body(),
    test: (title, body) => tests.push({ title, body }),
    create({ location }) {
      const store = stores.get(location) ?? createMemoryStore()
      stores.set(location, store)
      const whole = openMemoryStorage(store)
      return { ...whole, ...breakIt(whole, store) }
    },
  })
  return tests
}

type Answers = Awaited<ReturnType<Storage['read']>>

function mapRows(
  answers: Answers,
  change: (row: StoredRecord, at: number) => StoredRecord & RecordKey,
): Answers {
  return answers.map((answer, at) =>
    answer === undefined || 'damaged' in answer ? answer : change(answer, at),
  )
}
