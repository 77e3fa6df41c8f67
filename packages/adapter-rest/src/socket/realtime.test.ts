/** Subscriptions over real WebSockets, to servers that say what the tests say. */
import { once } from 'node:events'
import {
  type Cursor,
  isSyncError,
  type SubscribeRequest,
  type SyncError,
  type Wake,
} from '@synclayer/core/adapter'
import { type ClientMessage, MAX_SOCKET_MESSAGE_BYTES } from '@synclayer/core/protocol'
import { describe, expect, onTestFinished, test } from 'vitest'
import type { WebSocket } from 'ws'
import { createTokens } from '@synclayer/adapter-kit/http'
import type { RestAdapterOptions } from '../options.ts'
import { createContext, scriptServer } from '../testing/scripted-server.ts'
import { createRealtime, type Realtime } from './realtime.ts'

/** One socket, as the server sees it. */
interface Peer {
  readonly socket: WebSocket
  readonly heard: ClientMessage[]
  say(message: object): void
}

type Hears = (peer: Peer, message: ClientMessage) => void

/** Greets everyone, and follows whatever is asked for. */
const friendly: Hears = ({ say }, message) => {
  if (message.type === 'hello') say({ type: 'welcome', protocol: 1 })
  if (message.type === 'subscribe') say({ type: 'subscribed', id: message.id })
}

interface Setup {
  readonly realtime: Realtime
  readonly peers: Peer[]
  readonly counted: { readonly sent: number; readonly received: number }
}

async function setup(hears: Hears = friendly, options: Partial<RestAdapterOptions> = {}): Promise<Setup> {
  const peers: Peer[] = []
  const { url } = await scriptServer(
    (_, response) => response.writeHead(404).end(),
    (socket) => {
      const say = (message: object): void => socket.send(JSON.stringify(message))
      const peer: Peer = { socket, heard: [], say }
      peers.push(peer)
      socket.on('message', (data: Buffer) => {
        const message = JSON.parse(data.toString()) as ClientMessage
        peer.heard.push(message)
        hears(peer, message)
      })
    },
  )
  const { traffic, counted } = createContext()
  const tokens = createTokens(options.auth ?? (() => 'secret'))
  const realtime = createRealtime({ options: { url, WebSocket: options.WebSocket }, tokens, traffic })
  onTestFinished(() => realtime.close())
  return { realtime, peers, counted }
}

interface Follower {
  readonly wakes: Wake[]
  readonly losses: SyncError[]
  close(): Promise<void>
}

const follows = (scope: string, cursor: Cursor | null = 'a'): SubscribeRequest => ({
  scope,
  cursor,
  collections: [{ name: 'todos' }],
})

async function follow(realtime: Realtime, scope = 's', cursor: Cursor | null = 'a'): Promise<Follower> {
  const wakes: Wake[] = []
  const losses: SyncError[] = []
  const subscription = await realtime.subscribe(
    follows(scope, cursor),
    (wake) => wakes.push(wake),
    (error) => losses.push(error),
  )
  return { wakes, losses, close: () => subscription.close() }
}

async function codeOf(promise: Promise<unknown>): Promise<unknown> {
  const outcome = await promise.catch((error: unknown) => error)
  return isSyncError(outcome) ? outcome.code : outcome
}

const page = (from: Cursor, cursor: Cursor, changes: readonly unknown[] = []): object => ({
  from,
  cursor,
  changes,
  epoch: 'e',
  hasMore: false,
  serverTime: null,
})

/** The last subscribe that was heard, once there are so many. */
async function subscribes({ heard }: Peer, count: number): Promise<ClientMessage> {
  const asked = (): readonly ClientMessage[] => heard.filter(({ type }) => type === 'subscribe')
  await expect.poll(() => asked().length).toBe(count)
  return asked().at(-1)!
}

describe('createRealtime', () => {
  test('says hello with the token, subscribes, and passes on what it is told', async () => {
    const { realtime, peers, counted } = await setup()
    const { wakes, losses } = await follow(realtime)
    const { heard, say } = peers[0]!
    expect(heard).toEqual([
      { type: 'hello', protocol: 1, token: 'secret' },
      { type: 'subscribe', id: 1, scope: 's', collections: [{ name: 'todos' }], cursor: 'a' },
    ])
    say({ type: 'page', id: 1, page: page('a', 'b') })
    say({ type: 'wake', id: 1 })
    say({ type: 'wake', id: 7 })
    await expect.poll(() => wakes).toEqual([{ scope: 's', page: page('a', 'b') }, { scope: 's' }])
    expect(losses).toEqual([])
    expect(counted.sent).toBe(heard.reduce((sum, message) => sum + JSON.stringify(message).length, 0))
    expect(counted.received).toBeGreaterThan(100)
  })

  test('sends no token where there is none', async () => {
    const { realtime, peers } = await setup(friendly, { auth: () => null })
    await follow(realtime)
    expect(peers[0]!.heard[0]).toEqual({ type: 'hello', protocol: 1 })
  })

  test('all scopes share one connection, which goes with the last of them', async () => {
    const { realtime, peers } = await setup()
    const [first, second] = await Promise.all([follow(realtime, 'one'), follow(realtime, 'two')])
    const third = await follow(realtime, 'three')
    expect(peers).toHaveLength(1)
    await first.close()
    await first.close()
    await third.close()
    await expect
      .poll(() => peers[0]!.heard.slice(-2))
      .toEqual([
        { type: 'unsubscribe', id: 1 },
        { type: 'unsubscribe', id: 3 },
      ])
    const closed = once(peers[0]!.socket, 'close')
    await second.close()
    expect((await closed)[0]).toBe(1000)
    expect([first, second, third].flatMap(({ losses }) => losses)).toEqual([])
    await follow(realtime, 'one')
    expect(peers).toHaveLength(2)
  })

  test('after a wake it subscribes again, from where a pull of that scope has led', async () => {
    const { realtime, peers } = await setup()
    const { wakes } = await follow(realtime)
    await follow(realtime, 'other')
    const peer = peers[0]!
    realtime.pulled('s', 'b')
    peer.say({ type: 'wake', id: 1 })
    await expect.poll(() => wakes.length).toBe(1)
    realtime.pulled('other', 'x')
    realtime.pulled('s', 'c')
    realtime.pulled('s', 'd')
    expect(await subscribes(peer, 3)).toMatchObject({ id: 1, scope: 's', cursor: 'c' })
    peer.say({ type: 'page', id: 1, page: page('c', 'd') })
    await expect.poll(() => wakes.length).toBe(2)
    realtime.pulled('s', 'd')
    peer.say({ type: 'page', id: 1, page: page('x', 'y') })
    await expect.poll(() => wakes.length).toBe(3)
    realtime.pulled('s', 'e')
    expect(await subscribes(peer, 4)).toMatchObject({ id: 1, cursor: 'e' })
  })

  test('a page with parts that cannot be read is a plain wake', async () => {
    const { realtime, peers } = await setup()
    const { wakes } = await follow(realtime)
    peers[0]!.say({ type: 'page', id: 1, page: page('a', 'b', [{ kind: 'put' }]) })
    await expect.poll(() => wakes).toEqual([{ scope: 's' }])
  })

  test('a document’s text beside it is not believed', async () => {
    const { realtime, peers } = await setup()
    const { wakes } = await follow(realtime)
    const time = '018f00000000-0000-00000000000000aa'
    const record = {
      collection: 'todos',
      id: 'r',
      version: 'v',
      deleted: false,
      data: { id: 'r' },
      time,
      schema: 1,
    }
    const change = { kind: 'put', ...record }
    peers[0]!.say({ type: 'page', id: 1, page: page('a', 'b', [{ ...change, text: '{"id":"other"}' }]) })
    await expect.poll(() => wakes).toEqual([{ scope: 's', page: page('a', 'b', [change]) }])
  })

  test('answers a ping', async () => {
    const { realtime, peers } = await setup()
    await follow(realtime)
    peers[0]!.say({ type: 'ping' })
    await expect.poll(() => peers[0]!.heard.at(-1)).toEqual({ type: 'pong' })
  })

  test('a subscription that the server ends is lost alone; others go on', async () => {
    const { realtime, peers } = await setup()
    const [one, two] = await Promise.all([follow(realtime, 'one'), follow(realtime, 'two')])
    const details = { code: 'SCOPE_REVOKED' }
    peers[0]!.say({ type: 'error', id: 1, code: 'UNAUTHORIZED', message: 'taken back', details })
    peers[0]!.say({ type: 'wake', id: 1 })
    peers[0]!.say({ type: 'wake', id: 2 })
    await expect.poll(() => two.wakes.length).toBe(1)
    expect(one.losses).toMatchObject([{ code: 'SCOPE_REVOKED' }])
    expect([one.wakes, two.losses]).toEqual([[], []])
  })

  test.each<readonly [string, (peer: Peer) => void, string]>([
    ['is cut off', ({ socket }) => socket.terminate(), 'NETWORK'],
    ['is closed as the server goes away', ({ socket }) => socket.close(1001), 'NETWORK'],
    ['is closed as too slow', ({ socket }) => socket.close(1013), 'NETWORK'],
    ['is closed as its token has expired', ({ socket }) => socket.close(4401), 'UNAUTHENTICATED'],
    ['is closed as it asked too much', ({ socket }) => socket.close(4429), 'RATE_LIMITED'],
    [
      'is told an error',
      ({ say }) => say({ type: 'error', code: 'SERVER_ERROR', message: 'oh', retryAfterMs: 5 }),
      'BACKEND_FAILED',
    ],
    ['hears no JSON', ({ socket }) => socket.send('<html>'), 'NETWORK'],
    ['hears no message', ({ say }) => say({ type: 'goodbye' }), 'NETWORK'],
    ['hears welcome twice', ({ say }) => say({ type: 'welcome', protocol: 1 }), 'NETWORK'],
    ['hears bytes', ({ socket }) => socket.send(Buffer.from('{"type":"ping"}')), 'NETWORK'],
    ['hears half a page', ({ say }) => say({ type: 'page', id: 1, page: { from: 'a' } }), 'NETWORK'],
    [
      'hears far too much',
      ({ say }) => say({ type: 'ping', x: 'x'.repeat(MAX_SOCKET_MESSAGE_BYTES) }),
      'NETWORK',
    ],
  ])('a connection that %s is lost, once, to everyone; the next begins anew', async (_, harm, code) => {
    const { realtime, peers } = await setup()
    const followers = await Promise.all([follow(realtime, 'one'), follow(realtime, 'two')])
    const closed = once(peers[0]!.socket, 'close')
    harm(peers[0]!)
    await closed
    for (const { losses } of followers) await expect.poll(() => losses).toMatchObject([{ code }])
    await Promise.all(followers.map(({ close }) => close()))
    const again = await follow(realtime, 'one')
    peers[1]!.say({ type: 'wake', id: 3 })
    await expect.poll(() => again.wakes.length).toBe(1)
    expect(followers.flatMap(({ losses }) => losses)).toHaveLength(2)
  })

  test('close ends the connection, and tells nobody who stands', async () => {
    const { realtime, peers } = await setup()
    const { wakes, losses } = await follow(realtime)
    const closed = once(peers[0]!.socket, 'close')
    peers[0]!.say({ type: 'wake', id: 1 })
    realtime.close()
    realtime.close()
    await closed
    expect([wakes.length <= 1, losses]).toEqual([true, []])
    expect(await codeOf(follow(realtime))).toBe('CLOSED')
  })

  test('close ends those who wait', async () => {
    const { realtime, peers } = await setup(({ say }, { type }) => {
      if (type === 'hello') say({ type: 'welcome', protocol: 1 })
    })
    const waiting = codeOf(follow(realtime))
    await expect.poll(() => peers[0]?.heard.length).toBe(2)
    realtime.close()
    expect(await waiting).toBe('CLOSED')
  })

  test('what is no request is PROTOCOL, and opens nothing', async () => {
    const { realtime, peers } = await setup()
    expect(await codeOf(follow(realtime, 'a\n'))).toBe('PROTOCOL')
    expect(await codeOf(follow(realtime, 's', ''))).toBe('PROTOCOL')
    expect(peers).toEqual([])
  })
})

describe('a subscription is rejected', () => {
  test('where the server refuses the scope; another scope is followed all the same', async () => {
    const { realtime } = await setup((peer, message) => {
      if (message.type === 'subscribe' && message.scope === 'theirs')
        peer.say({ type: 'error', id: message.id, code: 'UNAUTHORIZED', message: 'no' })
      else friendly(peer, message)
    })
    const outcomes = await Promise.all([codeOf(follow(realtime, 'theirs')), follow(realtime, 'mine')])
    expect(outcomes[0]).toBe('FORBIDDEN')
    expect(await codeOf(follow(realtime, 'theirs'))).toBe('FORBIDDEN')
  })

  test.each<readonly [string, Hears]>([
    ['no welcome, but the end', ({ socket }) => socket.close(1001)],
    ['subscribed before welcome', ({ say }) => say({ type: 'subscribed', id: 1 })],
    ['HTML', ({ socket }) => socket.send('<html>')],
  ])('with NETWORK where there is %s', async (_, hears) => {
    const { realtime } = await setup(hears)
    expect(await codeOf(follow(realtime))).toBe('NETWORK')
  })

  test('with NETWORK where a proxy takes no WebSockets, for all who ask', async () => {
    const { url } = await scriptServer((_, response) => response.writeHead(403).end('blocked'))
    const { traffic } = createContext()
    const realtime = createRealtime({
      options: { url, WebSocket: undefined },
      tokens: createTokens(() => null),
      traffic,
    })
    const outcomes = await Promise.all([codeOf(follow(realtime, 'one')), codeOf(follow(realtime, 'two'))])
    expect(outcomes).toEqual(['NETWORK', 'NETWORK'])
  })

  test('with NETWORK where the platform refuses to open one', async () => {
    class Refusing {
      constructor() {
        throw new Error('insecure')
      }
    }
    const { realtime } = await setup(friendly, { WebSocket: Refusing })
    expect(await codeOf(follow(realtime))).toBe('NETWORK')
  })
})

describe('a token that is refused', () => {
  const needing =
    (good: string): Hears =>
    (peer, message) => {
      if (message.type !== 'hello' || message.token === good) friendly(peer, message)
      else {
        peer.say({ type: 'error', code: 'AUTH_FAILED', message: 'no' })
        peer.socket.close(4401)
      }
    }

  test('is asked for anew, once', async () => {
    const asked: (string | undefined)[] = []
    const { realtime, peers } = await setup(needing('new'), {
      auth: ({ refused }) => {
        asked.push(refused)
        return refused === undefined ? 'old' : 'new'
      },
    })
    await follow(realtime)
    expect(asked).toEqual([undefined, 'old'])
    expect(peers).toHaveLength(2)
  })

  test.each<readonly [string, () => string, number]>([
    ['the same', () => 'old', 1],
    ['another bad one', () => `old${Math.random()}`, 2],
  ])('and replaced by %s is UNAUTHENTICATED', async (_, auth, connections) => {
    const { realtime, peers } = await setup(needing('new'), { auth })
    expect(await codeOf(follow(realtime))).toBe('UNAUTHENTICATED')
    expect(peers).toHaveLength(connections)
  })
})
