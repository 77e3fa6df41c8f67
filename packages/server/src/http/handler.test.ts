import { type ErrorCode, SyncError } from '@synclayer/core/adapter'
import { describe, expect, test } from 'vitest'
import { type Asked, createServerLab, FETCH, PULL, put, refusal } from '../testing/server-lab.ts'

describe('who asks', () => {
  const cases: readonly (readonly [string, Asked, string])[] = [
    ['nobody', { token: null }, '401 UNAUTHENTICATED'],
    ['somebody unknown', { token: 'mallory' }, '401 UNAUTHENTICATED'],
    ['somebody whose time is over', { token: 'old' }, '401 UNAUTHENTICATED'],
    ['another way', { token: null, headers: { Authorization: 'Basic YWRhOmFkYQ==' } }, '401 UNAUTHENTICATED'],
    ['somebody without scopes', { token: 'nil' }, '403 FORBIDDEN'],
    ['somebody it was taken from', { token: 'eve' }, '403 SCOPE_REVOKED'],
  ]
  test.each(cases)('%s', async (_, asked, expected) => {
    const { send, adapter } = createServerLab()
    for (const [path, body] of [
      ['/sync/pull', PULL],
      ['/sync/fetch', FETCH],
      [
        '/sync/push',
        { scope: 'a', clientId: 'c', settled: 0, epoch: 'e', cursor: 'c', mutations: [put(1, {}, 'c')] },
      ],
    ] as const) {
      const answer = await send(path, JSON.stringify(body), asked)
      if (answer.status === 401) expect(answer.headers.get('www-authenticate')).toBe('Bearer')
      expect(await refusal(answer)).toBe(expected)
    }
    const { changes } = await adapter.pull(PULL, new AbortController().signal)
    expect(changes).toEqual([])
  })

  test.each([
    '?token=ada',
    '?a=1&access_token=x',
    '?Authorization=x',
    '?x=eyJhbGciOiJub25lIn0.eyJzdWIiOiJhIn0.',
  ])('a token in the query is refused: %s', async (query) => {
    const { send, logged } = createServerLab()
    expect(await refusal(send(`/sync${query}`, null))).toBe('400 PROTOCOL')
    expect(await refusal(send(`/sync/ws${query}`, null))).toBe('400 PROTOCOL')
    expect(logged.join()).not.toContain(query.slice(1))
  })

  test.each<readonly [string, () => never, string]>([
    ['UNAUTHENTICATED', () => fail('UNAUTHENTICATED'), '401 UNAUTHENTICATED'],
    ['FORBIDDEN', () => fail('FORBIDDEN'), '403 FORBIDDEN'],
    ['NETWORK', () => fail('NETWORK'), '503 NETWORK'],
    ['what it did not mean to', () => fail(), '500 BACKEND_FAILED'],
  ])('authenticate may throw %s', async (_, authenticate, expected) => {
    const { send } = createServerLab({ authenticate })
    expect(await refusal(send('/sync', null))).toBe(expected)
  })

  test.each([[{}], [{ id: '', scopes: [] }], [{ id: 'ada' }], ['ada'], [{ id: 5, scopes: ['a'] }]])(
    'authenticate that answers %j lets nobody in',
    async (principal) => {
      const { send } = createServerLab({ authenticate: () => principal as never })
      expect(await refusal(send('/sync', null))).toBe('500 BACKEND_FAILED')
    },
  )
})

describe('scopes', () => {
  test('of others are closed, and their cursors and epochs open nothing', async () => {
    const { send, pull, push, ask } = createServerLab()
    await push([put(1)])
    const { cursor, epoch } = await pull()
    const eve = { token: 'eve' }
    const own = { ...PULL, scope: 'b' }
    expect((await ask('/sync/pull', own, eve)).body).toMatchObject({ changes: [] })
    expect(await refusal(send('/sync/pull', JSON.stringify({ ...own, cursor }), eve))).toBe(
      '409 EPOCH_CHANGED',
    )
    const request = { scope: 'b', clientId: 'phone', settled: 0, epoch, cursor, mutations: [put(1)] }
    expect((await ask('/sync/push', request, eve)).body).toMatchObject({
      results: [{ status: 'retry', code: 'EPOCH_CHANGED' }],
    })
    expect((await ask('/sync/fetch', { ...FETCH, scope: 'b' }, eve)).body).toEqual([])
  })

  test('may be decided by a function, by nothing but true', async () => {
    const scopes = (scope: string): boolean => (scope === 'a' ? true : ('yes' as never))
    const { send } = createServerLab({ authenticate: () => ({ id: 'ada', scopes }) })
    expect((await send('/sync/pull', JSON.stringify(PULL))).status).toBe(200)
    expect(await refusal(send('/sync/pull', JSON.stringify({ ...PULL, scope: 'b' })))).toBe('403 FORBIDDEN')
  })
})

describe('addresses and methods', () => {
  test.each([
    ['/', 'GET', '404 NOT_FOUND'],
    ['/sync/', 'GET', '404 NOT_FOUND'],
    ['/sync/push/', 'POST', '404 NOT_FOUND'],
    ['/sync/__proto__', 'GET', '404 NOT_FOUND'],
    ['/sync/a%2Fb', 'GET', '404 NOT_FOUND'],
    ['/other/sync/push', 'POST', '404 NOT_FOUND'],
    ['/sync', 'POST', '405 PROTOCOL'],
    ['/sync/push', 'GET', '405 PROTOCOL'],
    ['/sync/pull', 'DELETE', '405 PROTOCOL'],
    ['/sync/ws', 'GET', '426 PROTOCOL'],
  ])('%s by %s is %s', async (path, method, expected) => {
    const { send } = createServerLab()
    const answer = await send(path, null, { method })
    if (answer.status === 405) expect(answer.headers.get('allow')).not.toBeNull()
    expect(await refusal(answer)).toBe(expected)
  })

  test('may be behind a path', async () => {
    const { send } = createServerLab({ basePath: '/api/v1' })
    expect((await send('/api/v1/sync', null)).status).toBe(200)
    expect((await send('/api/v1/health', null)).status).toBe(200)
    expect((await send('/sync', null)).status).toBe(404)
    expect((await send('/api/v1x/sync', null)).status).toBe(404)
  })

  test('another version of the protocol is refused, and told which is spoken', async () => {
    const { ask } = createServerLab()
    const headers = { 'Synclayer-Protocol': '2' }
    const error = { code: 'PROTOCOL', details: { protocol: 1 } }
    expect(await ask('/sync', undefined, { headers })).toMatchObject({ status: 400, body: { error } })
    expect((await ask('/sync', undefined, { headers: { 'Synclayer-Protocol': '1' } })).status).toBe(200)
  })
})

describe('pages of other origins', () => {
  const from = (origin: string): Asked => ({ headers: { Origin: origin } })

  test('are refused, if they are not named; those of the same host are not', async () => {
    const { send } = createServerLab()
    expect(await refusal(send('/sync', null, from('https://evil.test')))).toBe('403 FORBIDDEN')
    expect(await refusal(send('/sync', null, from('null')))).toBe('403 FORBIDDEN')
    expect(await refusal(send('/sync/ws', null, from('https://evil.test')))).toBe('403 FORBIDDEN')
    expect((await send('/sync', null, from('https://sync.test'))).status).toBe(200)
  })

  test.each([
    ['a list', ['https://app.test']],
    ['a function', (origin: string) => origin === 'https://app.test'],
  ])('are told apart by %s', async (_, cors) => {
    const { send } = createServerLab({ cors })
    const answer = await send('/sync', null, from('https://app.test'))
    expect([answer.status, answer.headers.get('access-control-allow-origin')]).toEqual([
      200,
      'https://app.test',
    ])
    expect(answer.headers.get('vary')).toContain('Origin')
    expect(await refusal(send('/sync', null, from('https://evil.test')))).toBe('403 FORBIDDEN')
    const failed = await send('/sync', null, { ...from('https://app.test'), token: null })
    expect([failed.status, failed.headers.get('access-control-allow-origin')]).toEqual([
      401,
      'https://app.test',
    ])
  })

  test('are answered what they may send before they send it', async () => {
    const { send } = createServerLab({ cors: '*' })
    const headers = {
      Origin: 'https://app.test',
      'Access-Control-Request-Method': 'POST',
      'Access-Control-Request-Headers': 'authorization,content-type',
    }
    const answer = await send('/sync/push', null, { token: null, method: 'OPTIONS', headers })
    expect(answer.status).toBe(204)
    expect(Object.fromEntries(answer.headers)).toMatchObject({
      'access-control-allow-origin': '*',
      'access-control-allow-methods': 'GET, POST',
      'access-control-allow-headers': 'authorization,content-type',
    })
  })

  test('get no socket', () => {
    const { server } = createServerLab()
    const closed: number[] = []
    const socket = {
      send: () => undefined,
      close: (code: number) => void closed.push(code),
      bufferedBytes: 0,
    }
    const url = new URL('http://sync.test/sync/ws')
    const header = (name: string): string | null => (name === 'origin' ? 'https://evil.test' : null)
    const handler = server.connect(socket, { method: 'GET', url, header })
    handler.message('{}')
    handler.drained()
    handler.closed()
    expect(closed).toEqual([4403])
  })
})

describe('requests', () => {
  test('are counted for each principal, and one too many is told when to come again', async () => {
    let now = 1_000_000
    const { send } = createServerLab({
      clock: { now: () => now },
      limits: { requestsPerSecond: 2, burst: 3 },
    })
    const ask = async (token: string): Promise<number> => (await send('/sync', null, { token })).status
    expect([await ask('ada'), await ask('ada'), await ask('ada'), await ask('bob')]).toEqual([
      200, 200, 200, 200,
    ])
    const refused = await send('/sync', null)
    expect(refused.headers.get('retry-after')).toBe('1')
    expect(await refused.json()).toMatchObject({ error: { code: 'RATE_LIMITED', retryAfterMs: 500 } })
    now += 500
    expect([await ask('ada'), await ask('ada')]).toEqual([200, 429])
    now -= 3_600_000
    expect(await ask('ada')).toBe(429)
  })
})

describe('the log', () => {
  test('holds what was asked, and no token, document, id or query', async () => {
    const { send, push, logged } = createServerLab({ authenticate: () => ({ id: 'ada', scopes: ['a'] }) })
    const secret = { token: 'secret-token' }
    await push([put(1, { data: { id: 'r1', text: 'secret-text' } })], {}, secret)
    await send('/sync/todos?scope=a&limit=1&since=secret-since', null, secret)
    await send('/sync/pull', '{"scope":"secret-body', secret)
    await send('/sync/pull?secret-query', JSON.stringify({ ...PULL, scope: 5 }), secret)
    await send('/secret-path', null, secret)
    expect(logged.length).toBeGreaterThan(5)
    expect(logged.join('\n')).not.toMatch(/secret/)
    expect(logged.join('\n')).toContain('"route":"push","principal":"ada","status":200')
  })
})

function fail(code?: ErrorCode): never {
  throw code === undefined ? new TypeError('x is undefined') : new SyncError(code, 'No')
}
