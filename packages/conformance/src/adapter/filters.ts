import type { Filter, Json, PullCollection } from '@synclayer/core/adapter'
import { assert, assertEqual, assertRejects } from '../expect.ts'
import type { BenchTest } from './bench.ts'
import { COLLECTION, neverAborted } from './test-client.ts'

const DONE: Filter = { op: '==', path: ['done'], value: true }

/** Filters, leaves and projections (A7). */
export function filterTests(test: BenchTest): void {
  test('a record that ceases to match leaves, and comes back when it matches again (A7)', async ({
    client,
  }) => {
    const writer = client({ id: 'writer' })
    const reader = client({ collections: [{ name: COLLECTION, filter: DONE }] })
    let base = await writer.write({ recordId: 'a', data: { id: 'a', done: true } })
    await reader.pullAll()
    assertEqual(reader.get('a')?.version, base, 'what matches')
    base = await writer.write({ recordId: 'a', base, data: { id: 'a', done: false, secret: 1 } })
    const [leave] = await reader.pullAll()
    assertEqual(leave, { kind: 'leave', collection: COLLECTION, id: 'a', version: base }, 'the leave')
    base = await writer.write({ recordId: 'a', base, data: { id: 'a', done: true } })
    const [back] = await reader.pullAll()
    assertEqual([back?.kind, back?.version], ['put', base], 'what comes back')
  })

  test('a record that never matched is told by its id alone, outside of a snapshot (A7)', async ({
    client,
  }) => {
    const writer = client({ id: 'writer' })
    const reader = client({ collections: [{ name: COLLECTION, filter: DONE }] })
    await writer.write({ recordId: 'before', data: { id: 'before', done: false } })
    const snapshot = await reader.pullAll()
    assert(
      snapshot.every(({ kind }) => kind === 'leave'),
      'A record that does not match is in a snapshot',
    )
    const version = await writer.write({ recordId: 'after', data: { id: 'after', done: false } })
    const changes = await reader.pullAll()
    assertEqual(changes, [{ kind: 'leave', collection: COLLECTION, id: 'after', version }], 'changes')
  })

  test('a delete is told whatever the filter (A7)', async ({ client }) => {
    const writer = client({ id: 'writer' })
    const reader = client({ collections: [{ name: COLLECTION, filter: DONE }] })
    const base = await writer.write({ recordId: 'a', data: { id: 'a', done: true } })
    await reader.pullAll()
    const version = await writer.write({ recordId: 'a', kind: 'delete', base })
    const [change] = await reader.pullAll()
    assertEqual([change?.kind, change?.id, change?.version], ['delete', 'a', version], 'the delete')
    assertEqual(reader.view.size, 0, 'records')
  })

  for (const { title, filter, matching, others } of FILTERS) {
    test(`a filter by ${title} lets through what core's evaluator does (A7)`, async ({ client }) => {
      const writer = client({ id: 'writer' })
      const documents = [...matching, ...others].map((fields, n) => ({ id: `r${n}`, ...fields }))
      await writer.push(documents.map((data) => writer.edit({ recordId: data.id, data })))
      const reader = client({ collections: [{ name: COLLECTION, filter }] })
      await reader.pullAll(() => 2)
      const expected = documents.slice(0, matching.length)
      const seen = [...reader.view.values()].map(({ data }) => data as { id: string })
      assertEqual(
        seen.toSorted((a, b) => (a.id < b.id ? -1 : 1)),
        expected,
        'the documents',
      )
    })
  }

  test('only the collections asked for come, each with its own filter (A7)', async ({ client }) => {
    const writer = client({ id: 'writer' })
    for (const collection of ['todos', 'lists', 'notes']) {
      for (const done of [true, false]) {
        const recordId = `${collection}-${String(done)}`
        await writer.write({ collection, recordId, data: { id: recordId, done } })
      }
    }
    const reader = client({ collections: [{ name: 'todos', filter: DONE }, { name: 'lists' }] })
    await reader.pullAll(() => 1)
    const keys = [...reader.view.keys()].toSorted()
    assertEqual(keys, ['lists/lists-false', 'lists/lists-true', 'todos/todos-true'], 'records')
  })

  test('a cursor knows nothing of filters: another filter goes on from it (A7)', async ({
    client,
    adapter,
  }) => {
    const writer = client({ id: 'writer' })
    await writer.write({ recordId: 'a', data: { id: 'a', done: true } })
    const reader = client({ collections: [{ name: COLLECTION, filter: DONE }] })
    await reader.pullAll()
    await writer.write({ recordId: 'b', data: { id: 'b', done: false } })
    const collections: readonly PullCollection[] = [{ name: COLLECTION, filter: { op: 'not', filter: DONE } }]
    const page = await adapter.pull(
      { scope: reader.scope, collections, cursor: reader.cursor, limit: 10 },
      neverAborted(),
    )
    assertEqual(
      page.changes.map(({ kind, id }) => [kind, id]),
      [['put', 'b']],
      'changes',
    )
  })

  test('a projection shows the named fields, and always the id (A5, A7)', async ({ client, adapter }) => {
    const writer = client({ id: 'writer' })
    const data = { id: 'a', text: 'milk', done: true, large: ['x'], constructor: null }
    await writer.write({ recordId: 'a', data })
    const only = client({
      collections: [{ name: COLLECTION, fields: { only: ['text', 'constructor', 'toString'] } }],
    })
    const except = client({ collections: [{ name: COLLECTION, fields: { except: ['large', 'id'] } }] })
    if (!adapter.capabilities.patch) {
      await assertRejects(() => only.pullAll(), 'NOT_SUPPORTED', 'pull with a projection')
      return
    }
    await only.pullAll()
    await except.pullAll()
    assertEqual(only.get('a')?.data, { id: 'a', text: 'milk', constructor: null }, 'only')
    assertEqual(except.get('a')?.data, { id: 'a', text: 'milk', done: true, constructor: null }, 'except')
    const request = { scope: only.scope, collection: COLLECTION, ids: ['a'], fields: { only: ['done'] } }
    const [fetched] = await adapter.fetch(request, neverAborted())
    assertEqual(fetched?.data, { id: 'a', done: true }, 'fetched')
  })

  test('a filter may look at what the projection hides (A7)', async ({ client, adapter }) => {
    if (!adapter.capabilities.patch) return
    const writer = client({ id: 'writer' })
    await writer.write({ recordId: 'a', data: { id: 'a', done: true, text: 'milk' } })
    await writer.write({ recordId: 'b', data: { id: 'b', done: false, text: 'eggs' } })
    const reader = client({ collections: [{ name: COLLECTION, filter: DONE, fields: { only: ['text'] } }] })
    await reader.pullAll()
    assertEqual([reader.view.size, reader.get('a')?.data], [1, { id: 'a', text: 'milk' }], 'what is seen')
  })

  test('a patch through a projection keeps what the client never saw (A5)', async ({ client, adapter }) => {
    if (!adapter.capabilities.patch) return
    const writer = client({ id: 'writer' })
    await writer.write({ recordId: 'a', data: { id: 'a', text: 'milk', hidden: { deep: [null] } } })
    const reader = client({ collections: [{ name: COLLECTION, fields: { only: ['text'] } }] })
    await reader.pullAll()
    const base = reader.get('a')?.version ?? null
    await reader.write({ recordId: 'a', kind: 'patch', base, patch: { set: { '/text': 'oat milk' } } })
    const expected = { id: 'a', text: 'oat milk', hidden: { deep: [null] } }
    assertEqual((await writer.stored('a'))?.data, expected, 'the document')
  })
}

type Fields = Readonly<Record<string, Json>>

const FILTERS: readonly {
  readonly title: string
  readonly filter: Filter
  readonly matching: readonly Fields[]
  readonly others: readonly Fields[]
}[] = [
  {
    title: 'null, which absent equals',
    filter: { op: '==', path: ['a'], value: null },
    matching: [{ a: null }, {}],
    others: [{ a: 0 }, { a: '' }, { a: false }, { a: [] }],
  },
  {
    title: 'an exact complement',
    filter: { op: '!=', path: ['a'], value: 1 },
    matching: [{ a: 2 }, { a: null }, {}, { a: '1' }, { a: [1] }],
    others: [{ a: 1 }],
  },
  {
    title: 'order within one type',
    filter: { op: '>=', path: ['a'], value: 5 },
    matching: [{ a: 5 }, { a: 1e300 }],
    others: [{ a: 4.999 }, { a: '9' }, { a: null }, {}, { a: true }, { a: [9] }],
  },
  {
    title: 'text with letters that databases like to fold',
    filter: { op: 'starts-with', path: ['a'], value: 'A_%' },
    matching: [{ a: 'A_%' }, { a: 'A_%b' }],
    others: [{ a: 'a_%' }, { a: 'Ax%' }, { a: 'A_' }, { a: 'xA_%' }],
  },
  {
    title: 'deep equality and nested keys',
    filter: { op: '==', path: ['u', 'x.y'], value: { b: [1, null], a: 'é' } },
    matching: [{ u: { 'x.y': { a: 'é', b: [1, null] } } }],
    others: [{ u: { 'x.y': { a: 'e\u0301', b: [1, null] } } }, { u: { x: { y: 1 } } }, { u: null }],
  },
  {
    title: 'members of lists, composed',
    filter: {
      op: 'and',
      filters: [
        { op: 'array-contains-any', path: ['tags'], value: ['x', null] },
        { op: 'or', filters: [DONE, { op: 'not', filter: { op: 'in', path: ['n'], value: [1, 2] } }] },
      ],
    },
    matching: [
      { tags: ['x'], done: true, n: 1 },
      { tags: [null, 'y'], n: 3 },
    ],
    others: [
      { tags: ['x'], n: 1 },
      { tags: 'x', done: true },
      { tags: [['x']], done: true },
    ],
  },
]
