import { SyncError } from '@synclayer/core/adapter'
import type { ServerMessage } from '@synclayer/core/protocol'
import { describe, expect, test } from 'vitest'
import type { Principal, ServerSocket } from '../contract.ts'
import { createSession, type SessionDeps } from './session.ts'

const HEAD = { method: 'GET', url: new URL('http://localhost/sync/ws'), header: () => null }

/** One session on a scripted socket. Tokens are the names of principals; seconds pass as told. */
function start(options: Partial<SessionDeps> & { readonly expiresAt?: number } = {}) {
  const { expiresAt, ...more } = options
  const sent: ServerMessage[] = []
  const ended: (Principal | undefined)[] = []
  const socket: ServerSocket & { bufferedBytes: number; stuck: boolean } = {
    bufferedBytes: 0,
    stuck: false,
    send(text) {
      sent.push(JSON.parse(text) as ServerMessage)
      if (socket.stuck) socket.bufferedBytes += text.length
    },
    close: (code, reason) => void (session.closed = { code, reason }),
  }
  const clock = { at: 0 }
  const handler = createSession(
    {
      clock: { now: () => clock.at },
      now: () => clock.at,
      collections: null,
      limits: { subscriptions: 1, sockets: 1, pageChanges: 1, requestMs: 1_000 },
      logger: { log: () => undefined },
      ready: () => Promise.resolve(),
      authenticate: async ({ token }) => {
        if (token === null || token === 'nobody') throw new SyncError('UNAUTHENTICATED', 'Who are you?')
        const expiry = expiresAt === undefined ? {} : { expiresAt }
        return { principal: { id: token, scopes: ['x'], ...expiry }, tag: token }
      },
      countRequest: () => undefined,
      feedOf: () => {
        throw new Error('Nobody follows anything here')
      },
      admit: () => undefined,
      onEnd: (_, principal) => void ended.push(principal),
      ...more,
    },
    socket,
    HEAD,
  )
  const session = {
    handler,
    socket,
    clock,
    ended,
    closed: undefined as { code: number; reason: string } | undefined,
    say: (message: unknown) => handler.message(JSON.stringify(message)),
    /** What was sent since the last time, once all promises have come to rest. */
    async news() {
      await new Promise((resolve) => setImmediate(resolve))
      return sent.splice(0)
    },
    async hello(token = 'ada') {
      session.say({ type: 'hello', protocol: 1, token })
      return session.news()
    },
    pass(seconds: number) {
      for (let second = 0; second < seconds; second++) {
        clock.at += 1_000
        handler.pulse()
      }
    },
  }
  return session
}

async function open(options: Parameters<typeof start>[0] = {}) {
  const session = start(options)
  expect(await session.hello()).toEqual([{ type: 'welcome', protocol: 1 }])
  return session
}

describe('hello', () => {
  test.each<readonly [string, unknown, string, number]>([
    ['a message before it', { type: 'ping' }, 'INVALID_MESSAGE', 4400],
    ['another version', { type: 'hello', protocol: 2, token: 'ada' }, 'INVALID_MESSAGE', 4400],
    ['no message at all', [], 'INVALID_MESSAGE', 4400],
    ['a bad token', { type: 'hello', protocol: 1, token: 'nobody' }, 'AUTH_FAILED', 4401],
    ['no token', { type: 'hello', protocol: 1 }, 'AUTH_FAILED', 4401],
  ])('%s closes the connection', async (_, message, code, close) => {
    const session = start()
    session.say(message)
    expect(await session.news()).toMatchObject([{ type: 'error', code }])
    expect(session.closed).toEqual({ code: close, reason: code })
    expect(session.ended).toEqual([undefined])
    expect(await session.hello()).toEqual([])
    expect(session.ended).toHaveLength(1)
  })

  test('says which version is spoken here', async () => {
    const session = start()
    session.say({ type: 'hello', protocol: 2 })
    expect(await session.news()).toMatchObject([{ details: { protocol: 1 } }])
  })

  test('nothing may be sent before welcome', async () => {
    const session = start()
    session.say({ type: 'hello', protocol: 1, token: 'ada' })
    session.say({ type: 'ping' })
    expect(await session.news()).toMatchObject([{ type: 'error', code: 'INVALID_MESSAGE' }])
    expect(session.closed?.code).toBe(4400)
  })

  test('is said once', async () => {
    const session = await open()
    expect(await session.hello()).toMatchObject([{ type: 'error', code: 'INVALID_MESSAGE' }])
    expect(session.ended).toMatchObject([{ id: 'ada' }])
  })

  test('is due within 10 seconds', () => {
    const session = start()
    session.pass(9)
    expect(session.closed).toBeUndefined()
    session.pass(1)
    expect(session.closed?.code).toBe(4400)
  })

  test('a server that is not ready says no more than that', async () => {
    const session = start({ ready: () => Promise.reject(new Error('ECONNREFUSED db.internal:5432')) })
    const [error] = await session.hello()
    expect(error).toMatchObject({ code: 'SERVER_ERROR' })
    expect(JSON.stringify(error)).not.toContain('db.internal')
    expect(session.closed?.code).toBe(1011)
  })

  test('who closes while the token is checked is gone', async () => {
    const admitted: Principal[] = []
    const session = start({ admit: (principal) => void admitted.push(principal) })
    session.say({ type: 'hello', protocol: 1, token: 'ada' })
    session.handler.closed()
    session.handler.closed()
    expect(await session.news()).toEqual([])
    expect(admitted).toEqual([])
    expect(session.ended).toEqual([undefined])
  })

  test('a principal with too many sockets is turned away, and not counted', async () => {
    const session = start({
      admit: () => {
        throw new SyncError('RATE_LIMITED', 'Too many')
      },
    })
    expect(await session.hello()).toMatchObject([{ code: 'RATE_LIMIT_EXCEEDED' }])
    expect(session.closed?.code).toBe(4429)
    expect(session.ended).toEqual([undefined])
  })
})

describe('messages', () => {
  test.each([
    ['not JSON', '{"type"'],
    ['deeper than any message', `{"type":"ping","more":${'['.repeat(1_000)}${']'.repeat(1_000)}}`],
    ['nothing', ''],
    ['too large', JSON.stringify({ type: 'ping', with: 'é'.repeat(512 * 1024) })],
  ])('what is %s closes the connection', async (_, text) => {
    const session = await open()
    session.handler.message(text)
    expect(await session.news()).toMatchObject([{ type: 'error', code: 'INVALID_MESSAGE' }])
    expect(session.closed?.code).toBe(4400)
  })

  test('too many of them close it, and it is said when to try again', async () => {
    let left = 2
    const session = await open({
      countRequest: () => {
        if (left-- === 0)
          throw new SyncError('RATE_LIMITED', 'Too many', { details: { retryAfterMs: 900.5 } })
      },
    })
    for (let n = 0; n < 5; n++) session.say({ type: 'ping' })
    expect(await session.news()).toMatchObject([
      { type: 'pong' },
      { type: 'pong' },
      { type: 'error', code: 'RATE_LIMIT_EXCEEDED', retryAfterMs: 901 },
    ])
    expect(session.closed?.code).toBe(4429)
  })

  test('a subscription that fails for a reason of the server’s ends alone', async () => {
    const session = await open()
    session.say({ type: 'subscribe', id: 3, scope: 'x', collections: [], cursor: null })
    expect(await session.news()).toMatchObject([{ type: 'error', id: 3, code: 'SERVER_ERROR' }])
    expect(session.closed).toBeUndefined()
  })

  test('who asks without reading the answers is not answered, and closed at last', async () => {
    const session = await open()
    session.socket.stuck = true
    for (let n = 0; n < 20_000; n++) session.say({ type: 'ping' })
    expect(session.socket.bufferedBytes).toBeLessThan(257 * 1024)
    for (let n = 0; n < 100_000 && session.closed === undefined; n++)
      session.say({ type: 'subscribe', id: 1, scope: 'x', collections: [], cursor: null })
    expect(session.closed?.code).toBe(1013)
    expect(session.socket.bufferedBytes).toBeLessThan(2.1 * 1024 * 1024)
  })
})

describe('over time', () => {
  test('it pings after 30 quiet seconds, answers pings, and is closed after a minute of silence', async () => {
    const session = await open()
    session.say({ type: 'ping' })
    expect(await session.news()).toEqual([{ type: 'pong' }])
    session.pass(29)
    expect(await session.news()).toEqual([])
    session.pass(1)
    expect(await session.news()).toEqual([{ type: 'ping' }])
    session.say({ type: 'pong' })
    session.pass(59)
    expect(session.closed).toBeUndefined()
    session.pass(1)
    expect(session.closed?.code).toBe(1001)
  })

  test('a token that expires closes it, by the time or by what is said', async () => {
    const [quiet, busy] = [await open({ expiresAt: 5_000 }), await open({ expiresAt: 5_000 })]
    quiet.pass(4)
    expect(quiet.closed).toBeUndefined()
    quiet.pass(1)
    busy.clock.at = 5_000
    busy.say({ type: 'ping' })
    for (const session of [quiet, busy]) {
      expect(await session.news()).toMatchObject([{ type: 'error', code: 'AUTH_FAILED' }])
      expect(session.closed).toEqual({ code: 4401, reason: 'AUTH_FAILED' })
    }
  })

  test('who takes nothing for 30 seconds is closed with 1013; who takes a little is not', async () => {
    const [stuck, slow] = [await open(), await open()]
    for (const { socket } of [stuck, slow]) socket.bufferedBytes = 300 * 1024
    for (let second = 0; second < 32; second++) {
      slow.socket.bufferedBytes -= 10
      for (const session of [stuck, slow]) session.pass(1)
    }
    expect([stuck.closed?.code, slow.closed]).toEqual([1013, undefined])
  })

  test('what is sent meanwhile does not pass for what is taken', async () => {
    const session = await open()
    session.socket.stuck = true
    for (let second = 0; second < 31; second++) {
      session.say({ type: 'ping' })
      session.pass(1)
    }
    expect(session.closed?.code).toBe(1013)
  })

  test('ended from here, it closes once, whatever the platform thinks of it', async () => {
    const session = await open()
    let closes = 0
    session.socket.close = () => {
      closes += 1
      throw new Error('closed already')
    }
    session.handler.end(1001, 'Going')
    session.handler.end(1001, 'Going')
    session.pass(1)
    expect(closes).toBe(1)
    expect(session.ended).toHaveLength(1)
  })
})
