import type { RemoteRecord } from '@synclayer/core/adapter'
import { assertEqual } from '../expect.ts'
import type { ProtocolTest } from './bench.ts'
import { assertRefused } from './http.ts'

/** Records by their ids. */
export function fetchTests(test: ProtocolTest): void {
  test('gives those that are there, deleted ones as such, and no others', async ({
    client,
    call,
    server,
    name,
  }) => {
    const alice = await client()
    const [here, deleted, absent] = [name(), name(), name()]
    const version = await alice.write({ recordId: here, data: { id: here, n: 1 } })
    const base = await alice.write({ recordId: deleted })
    const tombstone = await alice.write({ recordId: deleted, kind: 'delete', base })
    const body = { scope: server.scope, collection: 'todos', ids: [absent, deleted, here] }
    const records = (await call({ path: '/sync/fetch', body })).json as readonly RemoteRecord[]
    const found = new Map(records.map((record) => [record.id, record]))
    assertEqual([...found.keys()].toSorted(), [here, deleted].toSorted(), 'ids')
    assertEqual(
      [found.get(here)?.version, found.get(here)?.data],
      [version, { id: here, n: 1 }],
      'the record',
    )
    assertEqual(
      [found.get(deleted)?.version, found.get(deleted)?.deleted],
      [tombstone, true],
      'the tombstone',
    )
    const other = (await call({ path: '/sync/fetch', body: { ...body, collection: 'lists' } })).json
    assertEqual(other, [], 'of another collection')
    assertEqual((await call({ path: '/sync/fetch', body: { ...body, ids: [] } })).json, [], 'of no ids')
  })

  test('with a projection gives what it lets through', async ({ client, call, server, name, hello }) => {
    const alice = await client()
    const recordId = name()
    await alice.write({ recordId, data: { id: recordId, text: 'Milk', secret: 1 } })
    for (const fields of [{ only: ['text'] }, { except: ['secret', 'id'] }]) {
      const body = { scope: server.scope, collection: 'todos', ids: [recordId], fields }
      const answer = await call({ path: '/sync/fetch', body })
      if (!hello.capabilities.patch) {
        assertRefused(answer, 501, 'NOT_SUPPORTED')
        continue
      }
      const [record] = answer.json as readonly RemoteRecord[]
      assertEqual(record?.data, { id: recordId, text: 'Milk' }, 'document')
    }
  })

  test('ids of all kinds are told apart, and are never taken for anything else (A9)', async ({
    client,
    name,
  }) => {
    const alice = await client()
    const run = name()
    const ids = ['A', 'a', 'ü', 'u\u0308', '..', '/', '%2F', "'; --", '"', '\\', '*', '{}', '😀', ' '].map(
      (id) => `${id}${run}`,
    )
    for (const recordId of ids) await alice.write({ recordId, data: { id: recordId, own: recordId } })
    for (const recordId of ids)
      assertEqual((await alice.stored(recordId))?.data, { id: recordId, own: recordId }, recordId)
  })
}
