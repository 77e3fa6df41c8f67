import { assert, assertEqual, assertNotEqual } from '../expect.ts'
import type { ProtocolTest } from './bench.ts'
import { assertRefused } from './http.ts'

/** What the server says of itself, and the version it speaks. */
export function helloTests(test: ProtocolTest): void {
  test('GET /sync says what the server can do, in version 1', async ({ hello }) => {
    assertEqual(hello.protocol, 1, 'protocol')
    const { maxRecordBytes, maxBatch } = hello.capabilities
    assert(maxRecordBytes < hello.maxRequestBytes, 'A record of the largest size fits into a request')
    assert(maxBatch >= 1 && hello.maxIds >= 1, 'Something can be sent')
  })

  test('its clock moves on, where it has one', async ({ hello, call }) => {
    if (hello.serverTime === null) return
    const later = (await call({ path: '/sync' })).json as typeof hello
    assert((later.serverTime ?? 0) >= hello.serverTime, `${later.serverTime} after ${hello.serverTime}`)
    assertNotEqual(hello.serverTime, 0, 'serverTime')
  })

  test('a client may name the version or not', async ({ call, server }) => {
    const body = { scope: server.scope, collections: [{ name: 'todos' }], cursor: null, limit: 0 }
    for (const version of [null, '1']) {
      const answer = await call({ path: '/sync/pull', body, headers: { 'synclayer-protocol': version } })
      assertEqual(answer.status, 200, `status with version ${version}`)
    }
  })

  for (const version of ['999', '0', 'one']) {
    test(`the version ${version}, which nobody speaks, is refused`, async ({ call, server }) => {
      const headers = { 'synclayer-protocol': version }
      const body = { scope: server.scope, collections: [], cursor: null, limit: 0 }
      for (const request of [{ path: '/sync' }, { path: '/sync/pull', body }])
        assertRefused(await call({ ...request, headers }), 400, ['PROTOCOL', 'NOT_SUPPORTED'])
    })
  }

  test('members nobody knows are passed over', async ({ call, client, server }) => {
    const alice = await client()
    const record = alice.edit({ recordId: alice.id })
    const place = { scope: server.scope, cursor: alice.cursor, futureMember: { deep: [1] } }
    const push = await call({
      path: '/sync/push',
      body: {
        ...place,
        clientId: alice.id,
        settled: 0,
        epoch: alice.epoch,
        mutations: [{ ...record, futureMember: 1 }],
      },
    })
    assertEqual(push.status, 200, 'status of the push')
    const collections = [{ name: 'todos', futureMember: true }]
    const pull = await call({ path: '/sync/pull', body: { ...place, collections, limit: 10 } })
    assertEqual(pull.status, 200, 'status of the pull')
    const fetched = await call({
      path: '/sync/fetch',
      body: { ...place, collection: 'todos', ids: [alice.id] },
    })
    assertEqual(
      (fetched.json as readonly { id: string }[]).map(({ id }) => id),
      [alice.id],
      'ids fetched',
    )
  })

  test('health and readiness need no token', async ({ call }) => {
    for (const path of ['/health', '/ready'])
      assertEqual((await call({ path, token: null })).status, 200, `status of ${path}`)
  })
}
