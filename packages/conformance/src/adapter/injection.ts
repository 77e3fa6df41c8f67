import { assertEqual } from '../expect.ts'
import type { BenchTest } from './bench.ts'
import { HOSTILE_COLLECTIONS, HOSTILE_IDS, HOSTILE_SCOPES } from './hostile-values.ts'
import { acceptedVersion, COLLECTION, SIGNAL } from './test-client.ts'

/** Nothing from a document ever becomes part of a statement, key or URL unescaped (A9). */
export function injectionTests(test: BenchTest): void {
  test('ids that are hostile, or alike, are ids and no more (A9)', async ({ client, adapter }) => {
    const alice = client()
    const edits = HOSTILE_IDS.map((recordId, n) => alice.edit({ recordId, data: { id: recordId, n } }))
    for (const result of await alice.push(edits)) acceptedVersion(result)
    await alice.pullAll(() => 7)
    assertEqual(alice.view.size, HOSTILE_IDS.length, 'records pulled')
    const request = { scope: alice.scope, collection: COLLECTION, ids: HOSTILE_IDS }
    const fetched = await adapter.fetch(request, SIGNAL)
    assertEqual(fetched.length, HOSTILE_IDS.length, 'records fetched')
    for (const [n, id] of HOSTILE_IDS.entries()) {
      const expected = { id, n }
      assertEqual(alice.get(id)?.data, expected, `pulled ${JSON.stringify(id)}`)
      assertEqual(fetched.find((record) => record.id === id)?.data, expected, `fetched ${JSON.stringify(id)}`)
    }
  })

  test('each hostile id is changed and deleted alone (A9)', async ({ client }) => {
    const alice = client()
    const creates = await alice.push(HOSTILE_IDS.map((recordId) => alice.edit({ recordId })))
    const deletes = HOSTILE_IDS.map((recordId, index) =>
      alice.edit({ recordId, kind: 'delete', base: acceptedVersion(creates[index]) }),
    )
    for (const [index, mutation] of deletes.entries()) {
      acceptedVersion((await alice.push([mutation]))[0])
      if (index % 10 !== 0) continue
      await alice.pullAll()
      assertEqual(alice.view.size, HOSTILE_IDS.length - index - 1, `records left after ${mutation.recordId}`)
    }
  })

  test('scopes that are hostile, or alike, are kept apart (A9)', async ({ client }) => {
    for (const [n, scope] of HOSTILE_SCOPES.entries()) {
      await client({ id: `writer${n}`, scope }).write({ recordId: 'a', data: { id: 'a', n } })
    }
    for (const [n, scope] of HOSTILE_SCOPES.entries()) {
      const reader = client({ id: `reader${n}`, scope })
      await reader.pullAll()
      assertEqual(
        [...reader.view.values()].map(({ data }) => data),
        [{ id: 'a', n }],
        JSON.stringify(scope),
      )
    }
  })

  test('collections that are hostile, or alike, are kept apart (A9)', async ({ client }) => {
    const alice = client({ collections: HOSTILE_COLLECTIONS.map((name) => ({ name })) })
    const edits = HOSTILE_COLLECTIONS.map((collection, n) =>
      alice.edit({ collection, recordId: 'a', data: { id: 'a', n } }),
    )
    for (const result of await alice.push(edits)) acceptedVersion(result)
    await alice.pullAll(() => 4)
    for (const [n, collection] of HOSTILE_COLLECTIONS.entries()) {
      assertEqual(alice.get('a', collection)?.data, { id: 'a', n }, `pulled ${collection}`)
      assertEqual((await alice.stored('a', collection))?.data, { id: 'a', n }, `fetched ${collection}`)
      const one = client({ id: `reader${n}`, collections: [{ name: collection }] })
      await one.pullAll()
      assertEqual(one.view.size, 1, `records of ${collection}`)
    }
  })

  test('keys and values in filters are keys and values and no more (A9)', async ({ client }) => {
    const alice = client()
    // No document has that key.
    const ids = HOSTILE_IDS.filter((id) => id !== '__proto__')
    await alice.push(
      ids.map((recordId) => alice.edit({ recordId, data: { id: recordId, [recordId]: recordId } })),
    )
    for (const [n, id] of ids.entries()) {
      const filter = { op: '==', path: [id], value: id } as const
      const reader = client({ id: `reader${n}`, collections: [{ name: COLLECTION, filter }] })
      await reader.pullAll()
      assertEqual([...reader.view.keys()], [`${COLLECTION}/${id}`], JSON.stringify(id))
    }
  })
}
