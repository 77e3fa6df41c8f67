import { assert, assertEqual } from '../expect.ts'
import { given, type ProtocolBench, type ProtocolTest } from './bench.ts'
import { assertRefused, type Call } from './http.ts'

/** Who may ask what. */
export function authTests(test: ProtocolTest): void {
  test('401: no token, a wrong one, or one under another scheme', async (bench) => {
    const token = given(bench.server.token, 'the server asks for no token')
    const wrong = [
      null,
      'Bearer',
      'Bearer nobody',
      `Bearer ${token}x`,
      `Bearer ${token.slice(0, -2)}`,
      `Basic ${Buffer.from(`user:${token}`).toString('base64')}`,
      token,
    ]
    for (const call of everyCall(bench)) {
      for (const authorization of wrong) {
        const answer = await bench.call({ ...call, token: null, headers: { authorization } })
        assertRefused(answer, 401, 'UNAUTHENTICATED')
        // A short one may stand in a message by chance.
        assert(token.length < 16 || !answer.text.includes(token), 'The answer repeats the token')
      }
    }
  })

  test('401: a token whose header says that none is needed', async (bench) => {
    given(bench.server.token, 'the server asks for no token')
    const part = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString('base64url')
    const claims = { sub: 'anyone', scopes: [bench.server.scope], exp: 4_102_444_800 }
    const token = `${part({ alg: 'none', typ: 'JWT' })}.${part(claims)}.`
    for (const call of everyCall(bench))
      assertRefused(await bench.call({ ...call, token }), 401, 'UNAUTHENTICATED')
  })

  test('401: a token that has expired', async (bench) => {
    const token = given(bench.server.expiredToken, 'no expired token')
    for (const call of everyCall(bench))
      assertRefused(await bench.call({ ...call, token }), 401, 'UNAUTHENTICATED')
  })

  test('403: a scope the token does not grant, and nothing is told of it', async (bench) => {
    const token = given(bench.server.otherToken, 'no token without the scope')
    const alice = await bench.client()
    const recordId = bench.name()
    await alice.write({ recordId, data: { id: recordId, secret: 'between us' } })
    const fetched = { scope: bench.server.scope, collection: 'todos', ids: [recordId] }
    const forged = alice.edit({ recordId: bench.name() })
    const { scope, epoch, cursor } = alice
    const push = {
      scope,
      clientId: 'other',
      settled: 0,
      epoch,
      cursor,
      mutations: [{ ...forged, id: 'other.0' }],
    }
    const calls = [
      ...everyCall(bench).filter(({ body }) => body !== undefined),
      { path: '/sync/fetch', body: fetched },
      { path: '/sync/push', body: push },
    ]
    for (const call of calls) {
      const answer = await bench.call({ ...call, token })
      assertRefused(answer, 403, 'FORBIDDEN')
      assert(!answer.text.includes('between us'), 'The answer tells what is stored')
    }
    assertEqual(await alice.stored(forged.recordId), undefined, 'what was written')
  })

  test('403: scopes nobody granted, however they are written', async (bench) => {
    given(bench.server.token, 'the server asks for no token')
    for (const scope of ['not granted', `${bench.server.scope} `, `${bench.server.scope}/x`, '*', '%']) {
      const body = { scope, collections: [], cursor: null, limit: 0 }
      assertRefused(await bench.call({ path: '/sync/pull', body }), 403, 'FORBIDDEN')
    }
  })

  test('403: a scope that was taken back is told by its own code', async (bench) => {
    const token = given(bench.server.revokedToken, 'no token whose scope was taken back')
    for (const call of everyCall(bench).filter(({ body }) => body !== undefined))
      assertRefused(await bench.call({ ...call, token }), 403, 'SCOPE_REVOKED')
  })

  test('401: a token from the moment it expires', async (bench) => {
    const brief = given(bench.server.briefToken, 'no token that expires soon')
    const token = await brief()
    assertEqual((await bench.call({ path: '/sync', token })).status, 200, 'status before')
    const deadline = Date.now() + bench.patienceMs
    let answer = await bench.call({ path: '/sync', token })
    while (answer.status === 200 && Date.now() < deadline) {
      await new Promise((resolve) => setTimeout(resolve, 100))
      answer = await bench.call({ path: '/sync', token })
    }
    assertRefused(answer, 401, 'UNAUTHENTICATED')
  })

  test('400: a token in the address, where logs would keep it', async (bench) => {
    const token = given(bench.server.token, 'the server asks for no token')
    for (const call of everyCall(bench)) {
      for (const name of ['token', 'access_token']) {
        const path = `${call.path}?${name}=${encodeURIComponent(token)}`
        assertRefused(await bench.call({ ...call, path, token: null }), 400, 'PROTOCOL')
        assertRefused(await bench.call({ ...call, path }), 400, 'PROTOCOL')
      }
    }
  })

  test('the scheme may be written in any case', async ({ call, server }) => {
    const token = given(server.token, 'the server asks for no token')
    for (const scheme of ['bearer', 'BEARER']) {
      const headers = { authorization: `${scheme} ${token}` }
      assertEqual((await call({ path: '/sync', headers })).status, 200, `status of ${scheme}`)
    }
  })
}

/** One sound request to each address that needs a token. */
function everyCall({ server: { scope } }: ProtocolBench): readonly Call[] {
  return [
    { path: '/sync' },
    {
      path: '/sync/push',
      body: { scope, clientId: 'c', settled: 0, epoch: 'e', cursor: 'c', mutations: [] },
    },
    { path: '/sync/pull', body: { scope, collections: [{ name: 'todos' }], cursor: null, limit: 0 } },
    { path: '/sync/fetch', body: { scope, collection: 'todos', ids: [] } },
  ]
}
