import { gunzipSync, gzipSync } from 'node:zlib'
import { assert, assertEqual } from '../expect.ts'
import type { ProtocolTest } from './bench.ts'
import { type Answer, assertRefused } from './http.ts'

/** gzip both ways, and types with parameters. */
export function compressionTests(test: ProtocolTest): void {
  test('an answer is compressed only for who takes it, and says the same', async ({
    call,
    client,
    name,
    server,
  }) => {
    const alice = await client()
    const ids = Array.from({ length: 20 }, () => name())
    await alice.push(
      ids.map((id) => alice.edit({ recordId: id, data: { id, text: 'The same again. '.repeat(20) } })),
    )
    const body = { scope: server.scope, collection: 'todos', ids }
    const ask = (encoding: string): Promise<Answer> =>
      call({ path: '/sync/fetch', body, headers: { 'accept-encoding': encoding } })
    const plain = await ask('identity')
    assertEqual(
      plain.headers.get('content-encoding') ?? 'identity',
      'identity',
      'encoding of the plain answer',
    )
    const small = await ask('gzip')
    assertEqual(small.headers.get('content-encoding'), 'gzip', 'encoding of 20 equal documents')
    const sorted = ({ json }: Answer): unknown =>
      (json as readonly { readonly id: string }[]).toSorted((a, b) => (a.id < b.id ? -1 : 1))
    assertEqual(sorted(small), sorted(plain), 'what was compressed')
  })

  test('a body may be compressed', async ({ call, server }) => {
    const body = { scope: server.scope, collections: [{ name: 'todos' }], cursor: null, limit: 0 }
    const raw = gzipSync(JSON.stringify(body))
    assertEqual(JSON.parse(gunzipSync(raw).toString()), body, 'what is sent')
    const answer = await call({ path: '/sync/pull', raw, headers: { 'content-encoding': 'gzip' } })
    assertEqual(answer.status, 200, 'status')
  })

  test('a body that only says it is compressed, or breaks off, is refused', async ({ call, server }) => {
    const body = { scope: server.scope, collections: [], cursor: null, limit: 0, filler: 'x'.repeat(1_000) }
    const whole = gzipSync(JSON.stringify(body))
    for (const raw of [JSON.stringify(body), whole.subarray(0, whole.length - 9)]) {
      const answer = await call({ path: '/sync/pull', raw, headers: { 'content-encoding': 'gzip' } })
      assertRefused(answer, 400, 'PROTOCOL')
    }
  })

  test('a body that is small only as long as it is compressed is refused', async ({ call, hello }) => {
    const raw = gzipSync(Buffer.alloc(hello.maxRequestBytes + 1, ' '))
    assert(raw.length < hello.maxRequestBytes / 100, 'It is small')
    const answer = await call({ path: '/sync/push', raw, headers: { 'content-encoding': 'gzip' } })
    assertRefused(answer, 413, 'RECORD_TOO_LARGE')
  })

  test('the type of a body may have a parameter', async ({ call, server }) => {
    const body = { scope: server.scope, collections: [], cursor: null, limit: 0 }
    const headers = { 'content-type': 'application/json; charset=utf-8' }
    assertEqual((await call({ path: '/sync/pull', body, headers })).status, 200, 'status')
  })
}
