import { assertOutcome } from '../adapter/test-client.ts'
import { assert, assertEqual } from '../expect.ts'
import { given, type ProtocolBench, type ProtocolTest } from './bench.ts'
import { assertRefused, type Call, send } from './http.ts'

/** More than a small limit lets through, however slow the machine. */
const AT_ONCE = 200

/** Which status says what. */
export function statusTests(test: ProtocolTest): void {
  test('400: a body that is no JSON, or no message', async (bench) => {
    for (const path of ['/sync/push', '/sync/pull', '/sync/fetch']) {
      for (const raw of [
        '',
        '{',
        'null',
        '[]',
        '"text"',
        '{}',
        '{"scope":"default"}',
        '\u0000',
        '{"scope":1e999}',
      ])
        assertRefused(await bench.call({ path, raw }), 400, 'PROTOCOL')
    }
    for (const broken of brokenRequests(bench)) assertRefused(await bench.call(broken), 400, 'PROTOCOL')
  })

  test('400: a body that is no UTF-8', async ({ call }) => {
    const raw = new Uint8Array([0x7b, 0x22, 0xff, 0xfe, 0x22, 0x3a, 0x31, 0x7d])
    assertRefused(await call({ path: '/sync/pull', raw }), 400, 'PROTOCOL')
  })

  test('400: a body nested as deep as it is long, and the server goes on', async ({
    call,
    server,
    hello,
  }) => {
    const depth = Math.min(200_000, Math.floor(hello.maxRequestBytes / 10))
    for (const raw of ['['.repeat(depth), `${'{"a":'.repeat(depth)}1${'}'.repeat(depth)}`])
      assertRefused(await call({ path: '/sync/pull', raw }), 400, 'PROTOCOL')
    const deep = `${'{"op":"not","filter":'.repeat(5_000)}{"op":"is-null","path":["a"]}${'}'.repeat(5_000)}`
    const collections = `[{"name":"todos","filter":${deep}}]`
    const raw = `{"scope":${JSON.stringify(server.scope)},"collections":${collections},"cursor":null,"limit":1}`
    assertRefused(await call({ path: '/sync/pull', raw }), 400, 'PROTOCOL')
    assertEqual((await call({ path: '/sync' })).status, 200, 'status afterwards')
  })

  test('404: what is not there', async ({ call }) => {
    const body = { scope: 'default' }
    for (const request of [
      { path: '/sync/push/more', body },
      { path: '/sync/not/there' },
      { path: '/sync/..%2fhealth' },
    ]) {
      const answer = await call(request)
      assertRefused(answer, 404, ['NOT_FOUND', 'UNKNOWN_COLLECTION'])
    }
  })

  test('405: another method than is answered there', async ({ call }) => {
    for (const path of ['/sync/push', '/sync/pull', '/sync/fetch']) {
      for (const method of ['GET', 'PUT', 'DELETE'])
        assertRefused(await call({ path, method }), 405, 'PROTOCOL')
    }
    assertRefused(await call({ path: '/sync', method: 'POST', body: {} }), 405, 'PROTOCOL')
  })

  test('409: a cursor of another history', async ({ call, another, server, client }) => {
    const other = await another()
    const collections = [{ name: 'todos' }]
    const head = await send(other, {
      path: '/sync/pull',
      body: { scope: other.scope, collections, cursor: null, limit: 0 },
    })
    const { cursor } = head.json as { readonly cursor: string }
    await client()
    const answer = await call({
      path: '/sync/pull',
      body: { scope: server.scope, collections, cursor, limit: 10 },
    })
    assertRefused(answer, 409, 'EPOCH_CHANGED')
  })

  test('410: a cursor from before deletes that were purged', async ({ call, server, client, name }) => {
    const purge = given(server.purge, 'nothing can be purged')
    const behind = await client()
    const writer = await client()
    const recordId = name()
    const base = await writer.write({ recordId })
    await writer.write({ recordId, kind: 'delete', base })
    await purge()
    const { cursor, epoch, scope } = behind
    const body = { scope, collections: [{ name: 'todos' }], cursor, limit: 10 }
    assertRefused(await call({ path: '/sync/pull', body }), 410, 'CURSOR_EXPIRED')
    const [result] = await behind.push([behind.edit({ recordId: name() })], { epoch })
    assertOutcome(result, 'retry', 'CURSOR_EXPIRED')
  })

  test('413: more bytes than are taken', async ({ call, hello }) => {
    const raw = `{${' '.repeat(hello.maxRequestBytes)}}`
    assertRefused(await call({ path: '/sync/push', raw }), 413, 'RECORD_TOO_LARGE')
  })

  test('413: more mutations, or ids, than are taken', async ({ call, client, hello, server }) => {
    const alice = await client()
    const { scope, epoch, cursor } = alice
    const mutations = Array.from({ length: hello.capabilities.maxBatch + 1 }, (_, n) =>
      alice.edit({ recordId: `${n}` }),
    )
    const push = { scope, clientId: alice.id, settled: 0, epoch, cursor, mutations }
    assertRefused(await call({ path: '/sync/push', body: push }), 413, 'RECORD_TOO_LARGE')
    assertEqual(await alice.pullAll(), [], 'what was applied')
    const ids = Array.from({ length: hello.maxIds + 1 }, (_, n) => `${n}`)
    const fetched = await call({
      path: '/sync/fetch',
      body: { scope: server.scope, collection: 'todos', ids },
    })
    assertRefused(fetched, 413, 'RECORD_TOO_LARGE')
  })

  test('415: a type or an encoding that is not taken', async ({ call, server }) => {
    const body = { scope: server.scope, collections: [], cursor: null, limit: 0 }
    for (const headers of [{ 'content-type': 'text/plain' }, { 'content-encoding': 'br' }])
      assertRefused(await call({ path: '/sync/pull', body, headers }), 415, 'PROTOCOL')
  })

  test('429: more requests than are taken, and when to come again', async ({ server }) => {
    const url = given(server.limitedUrl, 'no server with a small limit')
    const limited = { ...server, url }
    const ask = (): ReturnType<typeof send> =>
      send(limited, { path: '/sync/fetch', body: { scope: server.scope, collection: 'todos', ids: [] } })
    // All at once: one after the other may be slower than what the limit lets through.
    const answers = await Promise.all(Array.from({ length: AT_ONCE }, ask))
    const refused = answers.filter(({ status }) => status !== 200)
    for (const answer of refused) {
      assertRefused(answer, 429, 'RATE_LIMITED')
      const wait = answer.headers.get('retry-after') ?? 'nothing'
      assert(/^\d+$/.test(wait), `Retry-After says when, in seconds, and says ${wait}`)
    }
    assert(refused.length > 0, `${AT_ONCE} requests at once, and none was refused`)
  })
}

/** Right but for one thing. */
function brokenRequests({ server: { scope } }: ProtocolBench): readonly Call[] {
  const push = { scope, clientId: 'c', settled: 0, epoch: 'e', cursor: 'c', mutations: [] }
  const pull = { scope, collections: [{ name: 'todos' }], cursor: null, limit: 1 }
  const fetched = { scope, collection: 'todos', ids: ['a'] }
  const mutation = { id: 'c.0', collection: 'todos', recordId: 'a', kind: 'delete', base: 'v', schema: 1 }
  return [
    ...[
      { ...push, clientId: '' },
      { ...push, settled: -1 },
      { ...push, cursor: null },
      { ...push, mutations: {} },
      { ...push, mutations: [null] },
      { ...push, mutations: [{ ...mutation, id: 'another.0' }] },
      { ...push, mutations: [mutation, mutation] },
      { ...push, fields: { todos: {} } },
    ].map((body) => ({ path: '/sync/push', body })),
    ...[
      { ...pull, limit: -1 },
      { ...pull, limit: 1.5 },
      { ...pull, cursor: 7 },
      { ...pull, collections: [{ name: 'no name!' }] },
      { ...pull, collections: [{ name: 'todos', fields: { only: ['a'], except: ['b'] } }] },
    ].map((body) => ({ path: '/sync/pull', body })),
    ...[
      { ...fetched, ids: [''] },
      { ...fetched, ids: ['a'.repeat(129)] },
      { ...fetched, ids: 'a' },
    ].map((body) => ({ path: '/sync/fetch', body })),
  ]
}
