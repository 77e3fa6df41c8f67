import { type BackendAdapter, type Cursor, type PullRequest, SyncError } from '@synclayer/core/adapter'
import type { ServerMessage } from '@synclayer/core/protocol'
import { createModelBackend, createVirtualTime, seededRandom } from '@synclayer/core/testing'
import { describe, expect, test } from 'vitest'
import type { Principal, ServerSocket, SocketHandler } from '../contract.ts'
import type { RealtimeDeps } from '../realtime-deps.ts'
import { createRealtime } from './hub.ts'

const HEAD = { method: 'GET', url: new URL('http://localhost/sync/ws'), header: () => null }
const TODOS = [{ name: 'todos' }]

interface Lab {
  /** What the adapter does in place of the model's. */
  readonly adapter?: Partial<BackendAdapter>
  readonly deps?: Partial<RealtimeDeps>
  readonly limits?: Partial<RealtimeDeps['limits']>
}

function tagFor(name: string): string {
  return name.padEnd(16, '-')
}

/** A hub over a backend in memory, on a time of its own. Tokens are the names of principals. */
function createLab({ adapter: faults, deps, limits }: Lab = {}) {
  const time = createVirtualTime()
  const backend = createModelBackend({ now: () => time.clock.now() })
  const model = backend.adapter()
  const pulls: PullRequest[] = []
  const follows: { closed: boolean; lost: () => void }[] = []
  const adapter: BackendAdapter = {
    ...model,
    pull: (request, signal) => {
      pulls.push(request)
      return model.pull(request, signal)
    },
    subscribe: async (request, wake, lost) => {
      const inner = await model.subscribe!(request, wake, lost)
      const follow = {
        closed: false,
        lost: () => (void inner.close(), lost(new SyncError('NETWORK', 'cut'))),
      }
      follows.push(follow)
      return { close: () => ((follow.closed = true), inner.close()) }
    },
    ...faults,
  }
  const principals = new Map<string, Principal>()
  const hub = createRealtime({
    adapter,
    ready: () => Promise.resolve(),
    clock: time.clock,
    timers: time.scheduler,
    random: seededRandom(1),
    logger: { log: () => undefined },
    collections: ['todos', 'notes'],
    limits: { subscriptions: 3, sockets: 2, pageChanges: 1_000, requestMs: 30_000, ...limits },
    authenticate: async ({ token }) => {
      if (token === null || token === 'nobody') throw new SyncError('UNAUTHENTICATED', 'Who are you?')
      return { principal: principals.get(token) ?? { id: token, scopes: ['a', 'b'] }, tag: tagFor(token) }
    },
    countRequest: () => undefined,
    ...deps,
  })

  let written = 0
  const headOf = async (scope = 'a'): Promise<Cursor> =>
    (await model.pull({ scope, collections: [], cursor: null, limit: 0 }, new AbortController().signal))
      .cursor
  const write = async (
    recordId: string,
    { collection = 'todos', scope = 'a', by = 'ada', data = { id: recordId } as object } = {},
  ): Promise<void> => {
    const { signal } = new AbortController()
    const asked = { scope, collections: [], cursor: null, limit: 0 }
    const { cursor, epoch } = await model.pull(asked, signal)
    const [current] = await model.fetch({ scope, collection, ids: [recordId] }, signal)
    const mutation = {
      id: `w~${tagFor(by)}.${++written}`,
      collection,
      recordId,
      kind: 'put' as const,
      base: current?.version ?? null,
      data: data as never,
      time: `${written.toString(16).padStart(12, '0')}-0000-0000000000000001`,
      schema: 1,
    }
    const request = { scope, clientId: `w~${tagFor(by)}`, settled: 1, epoch, cursor, mutations: [mutation] }
    const { results } = await model.push(request, signal)
    expect(results).toMatchObject([{ status: 'accepted' }])
  }

  const connect = () => {
    const sent: ServerMessage[] = []
    const socket: ServerSocket & { bufferedBytes: number; stuck: boolean } = {
      bufferedBytes: 0,
      // Nothing of what is sent is taken.
      stuck: false,
      send(text: string) {
        sent.push(JSON.parse(text) as ServerMessage)
        if (socket.stuck) socket.bufferedBytes += text.length
      },
      close: (code: number, reason: string) => void (client.closed = { code, reason }),
    }
    const client = {
      socket,
      sent,
      closed: undefined as { code: number; reason: string } | undefined,
      handler: undefined as unknown as SocketHandler,
      say: (message: unknown) => client.handler.message(JSON.stringify(message)),
      /** What was sent since the last time. */
      news: () => sent.splice(0),
      async hello(token = 'ada') {
        client.say({ type: 'hello', protocol: 1, token })
        await time.settle()
        return client.news()
      },
      async follow(cursor: Cursor | null, { id = 1, scope = 'a', collections = TODOS as unknown[] } = {}) {
        client.say({ type: 'subscribe', id, scope, collections, cursor })
        await time.settle()
        return client.news()
      },
      drain() {
        socket.stuck = false
        socket.bufferedBytes = 0
        client.handler.drained()
      },
    }
    client.handler = hub.connect(socket, HEAD)
    return client
  }
  const open = async (token = 'ada') => {
    const client = connect()
    expect(await client.hello(token)).toEqual([{ type: 'welcome', protocol: 1 }])
    return client
  }
  return { time, backend, hub, pulls, follows, principals, headOf, write, connect, open }
}

/** What matters of what was sent: ids of the changes, and how pages chain. */
function brief(messages: readonly ServerMessage[]): unknown[] {
  return messages.map((message) => {
    if (message.type !== 'page') return 'code' in message ? message.code : message.type
    return message.page.changes.map(({ id }) => id)
  })
}

describe('sockets', () => {
  test('who says nothing is closed, and nobody is looked after any more', async () => {
    const { connect, time } = createLab()
    const client = connect()
    await time.advance(11_000)
    expect(client.closed?.code).toBe(4400)
    expect(time.timers).toBe(0)
  })

  test('so many of a principal, and no more; one that has gone makes room', async () => {
    const { open, connect } = createLab()
    const first = await open()
    await open()
    const third = connect()
    expect(brief(await third.hello())).toEqual(['RATE_LIMIT_EXCEEDED'])
    expect(third.closed?.code).toBe(4429)
    await open('bob')
    first.handler.closed()
    await open()
  })

  test('so many who have not said who they are, and no more; those who have do not count', async () => {
    const { connect, open } = createLab()
    await open()
    const strangers = Array.from({ length: 10_001 }, connect)
    expect(strangers.filter(({ closed }) => closed !== undefined)).toEqual([strangers.at(-1)])
    expect(strangers.at(-1)?.closed?.code).toBe(1013)
    await strangers[0]!.hello()
    expect(connect().closed).toBeUndefined()
    expect(connect().closed?.code).toBe(1013)
  })

  test('closing says so to everyone, and lets go of the adapter', async () => {
    const { open, headOf, hub, follows, connect, time } = createLab()
    const [one, two] = [await open(), await open()]
    await one.follow(await headOf())
    await hub.close()
    expect([one.closed?.code, two.closed?.code]).toEqual([1001, 1001])
    expect(follows.every(({ closed }) => closed)).toBe(true)
    expect(connect().closed?.code).toBe(1001)
    await time.advance(2_000)
    expect(time.timers).toBe(0)
  })
})

describe('following a scope', () => {
  test('tells at once what was written between the pull and the subscription', async () => {
    const { open, headOf, write } = createLab()
    const client = await open()
    const cursor = await headOf()
    await write('between')
    const news = await client.follow(cursor)
    expect(brief(news)).toEqual(['subscribed', ['between']])
    expect(news[1]).toMatchObject({ id: 1, page: { from: cursor, hasMore: false, cursor: await headOf() } })
  })

  test('chains pages by their cursors', async () => {
    const { open, headOf, write, time } = createLab()
    const client = await open()
    const cursor = await headOf()
    expect(brief(await client.follow(cursor))).toEqual(['subscribed'])
    let from = cursor
    for (const id of ['x', 'y', 'x']) {
      await write(id)
      await time.settle()
      const [message, ...more] = client.news()
      expect(more).toEqual([])
      expect(message).toMatchObject({ type: 'page', page: { from, changes: [{ id }] } })
      from = (message as ServerMessage & { type: 'page' }).page.cursor
    }
    expect(from).toBe(await headOf())
  })

  test('one pull and one subscription serve all who are at one place', async () => {
    const { open, headOf, write, pulls, follows, time } = createLab()
    const clients = await Promise.all(['ada', 'ada', 'bob', 'cy'].map((name) => open(name)))
    const cursor = await headOf()
    for (const client of clients) await client.follow(cursor)
    pulls.length = 0
    await write('x')
    await time.settle()
    expect(clients.map((client) => brief(client.news()))).toEqual(clients.map(() => [['x']]))
    expect(pulls).toHaveLength(1)
    expect(follows).toHaveLength(1)
  })

  test('where the adapter tells of nothing, what is pushed here is told at once', async () => {
    const { open, headOf, write, hub, time } = createLab({
      adapter: { subscribe: () => Promise.reject(new SyncError('NOT_SUPPORTED', 'no')) },
    })
    const client = await open()
    expect(brief(await client.follow(await headOf()))).toEqual(['subscribed'])
    await write('x')
    hub.wake('a')
    hub.wake('b')
    await time.settle()
    expect(brief(client.news())).toEqual([['x']])
  })

  test('the id of a mutation is shown to its owner as it was sent, and to others with the tag', async () => {
    const { open, headOf, write, time } = createLab()
    const cursor = await headOf()
    const ids: unknown[] = []
    const clients = await Promise.all(['ada', 'bob', 'cy'].map((name) => open(name)))
    for (const client of clients) await client.follow(cursor)
    await write('x', { by: 'bob' })
    await time.settle()
    for (const client of clients) ids.push(client.news())
    expect(ids).toMatchObject(
      [`w~${tagFor('bob')}.1`, 'w.1', `w~${tagFor('bob')}.1`].map((id) => [
        { page: { changes: [{ mutation: id }] } },
      ]),
    )
  })

  test('filters and collections are each follower’s own', async () => {
    const { open, headOf, write, time } = createLab()
    const client = await open()
    const cursor = await headOf()
    await client.follow(cursor, { id: 1 })
    await client.follow(cursor, { id: 2, collections: [{ name: 'notes' }] })
    const filter = { op: '==', path: 'done', value: true }
    await client.follow(cursor, { id: 3, collections: [{ name: 'todos', filter }] })
    await write('n', { collection: 'notes' })
    await time.settle()
    // Those who see nothing of it are not bothered.
    expect(client.news()).toMatchObject([{ id: 2, page: { from: cursor, changes: [{ id: 'n' }] } }])
    await write('t', { data: { id: 't', done: true } })
    await time.settle()
    expect(client.news()).toMatchObject([
      { id: 1, page: { from: cursor, changes: [{ id: 't', kind: 'put' }] } },
      { id: 3, page: { from: cursor, changes: [{ id: 't', kind: 'put' }] } },
    ])
    await write('t', { data: { id: 't', done: false } })
    await time.settle()
    expect(client.news()).toMatchObject([
      { id: 1, page: { changes: [{ id: 't', kind: 'put' }] } },
      { id: 3, page: { changes: [{ id: 't', kind: 'leave' }] } },
    ])
  })

  test('without a cursor changes are only told of, until it subscribes from one', async () => {
    const { open, headOf, write, time } = createLab()
    const client = await open()
    expect(brief(await client.follow(null))).toContain('wake')
    await write('x')
    await time.settle()
    expect(brief(client.news())).toEqual(['wake'])
    expect(brief(await client.follow(await headOf()))).toEqual(['subscribed'])
    await write('y')
    await time.settle()
    expect(brief(client.news())).toEqual([['y']])
  })

  test('more than a page holds is a wake-up, and so is what follows, until it subscribes again', async () => {
    const { open, headOf, write, time } = createLab()
    const client = await open()
    await client.follow(await headOf())
    await write('large', { data: { id: 'large', text: 'é'.repeat(130 * 1024) } })
    await time.settle()
    await write('small')
    await time.settle()
    expect(brief(client.news())).toEqual(['wake', 'wake'])
    await client.follow(await headOf())
    await write('small')
    await time.settle()
    expect(brief(client.news())).toEqual([['small']])
  })

  test('more changes than are read for one page are a wake-up', async () => {
    const { open, headOf, write, time } = createLab({ limits: { pageChanges: 2 } })
    const client = await open()
    const cursor = await headOf()
    for (const id of ['x', 'y', 'z']) await write(id)
    expect(brief(await client.follow(cursor))).toEqual(['subscribed', 'wake'])
    await time.settle()
  })

  test('a cursor that can no longer be served is a wake-up', async () => {
    const { open, headOf, write, backend } = createLab()
    const client = await open()
    const before = backend.backup()
    await write('x')
    const cursor = await headOf()
    backend.restore(before)
    expect(brief(await client.follow(cursor))).toEqual(['subscribed', 'wake'])
  })

  test('an id in use moves to its new place, and the scope is not let go of meanwhile', async () => {
    const { open, headOf, write, follows, time } = createLab()
    const client = await open()
    const first = await headOf()
    await client.follow(first)
    await client.follow(await headOf())
    await write('x')
    await time.settle()
    expect(brief(client.news())).toEqual([['x']])
    expect(follows).toHaveLength(1)
    await client.follow(await headOf('b'), { scope: 'b' })
    await write('y')
    await write('z', { scope: 'b' })
    await time.settle()
    expect(brief(client.news())).toEqual([['z']])
    expect(follows.map(({ closed }) => closed)).toEqual([true, false])
  })

  test('what is unsubscribed is silent, and the adapter is told when nobody is left', async () => {
    const { open, headOf, write, follows, time } = createLab()
    const [one, two] = [await open(), await open()]
    await one.follow(await headOf())
    await two.follow(await headOf())
    one.say({ type: 'unsubscribe', id: 1 })
    one.say({ type: 'unsubscribe', id: 99 })
    await write('x')
    await time.settle()
    expect([brief(one.news()), brief(two.news())]).toEqual([[], [['x']]])
    expect(follows[0]?.closed).toBe(false)
    two.handler.closed()
    await time.settle()
    expect(follows[0]?.closed).toBe(true)
  })

  test.each<readonly [string, { readonly scope?: string; readonly collections?: unknown[] }, object]>([
    ['a scope that is not granted', { scope: 'theirs' }, { code: 'UNAUTHORIZED' }],
    [
      'a scope that was taken back',
      { scope: 'gone' },
      { code: 'UNAUTHORIZED', details: { code: 'SCOPE_REVOKED' } },
    ],
    [
      'a collection that is not served',
      { collections: [{ name: 'secrets' }] },
      { code: 'COLLECTION_NOT_FOUND', details: { collection: 'secrets' } },
    ],
  ])('%s is refused, and the connection stays', async (_, options, error) => {
    const { open, headOf, principals, write, time } = createLab()
    principals.set('ada', { id: 'ada', scopes: ['a'], revokedScopes: ['gone'] })
    const client = await open()
    await client.follow(await headOf())
    expect(await client.follow(null, { id: 7, ...options })).toMatchObject([
      { type: 'error', id: 7, ...error },
    ])
    await write('x')
    await time.settle()
    expect(brief(client.news())).toEqual([['x']])
    expect(client.closed).toBeUndefined()
  })

  test('a scope that is taken back later is told no more of', async () => {
    const { open, headOf, write, principals, follows, time } = createLab()
    principals.set('ada', { id: 'ada', scopes: ['a'], revokedScopes: [] })
    const client = await open()
    await client.follow(await headOf(), { id: 1 })
    await client.follow(null, { id: 2 })
    ;(principals.get('ada')!.revokedScopes as string[]).push('a')
    await write('x')
    await time.settle()
    const error = { type: 'error', code: 'UNAUTHORIZED', details: { code: 'SCOPE_REVOKED' } }
    expect(client.news()).toMatchObject([
      { ...error, id: 2 },
      { ...error, id: 1 },
    ])
    expect(follows.every(({ closed }) => closed)).toBe(true)
    expect(client.closed).toBeUndefined()
  })

  test('what is wrong with the backend is not told', async () => {
    const { open } = createLab({
      adapter: {
        subscribe: () => Promise.reject(new SyncError('UNAUTHENTICATED', 'password of db.internal')),
        pull: () => Promise.reject(new SyncError('UNAUTHENTICATED', 'password of db.internal')),
      },
    })
    const client = await open()
    const [error] = await client.follow('x', { id: 5 })
    expect(error).toMatchObject({ type: 'error', id: 5, code: 'SERVER_ERROR' })
    expect(JSON.stringify(error)).not.toContain('db.internal')
    expect(client.closed).toBeUndefined()
  })

  test('a filter that makes no sense ends its subscription', async () => {
    const { open, headOf, write, follows } = createLab()
    const client = await open()
    const cursor = await headOf()
    await write('x')
    const collections = [{ name: 'todos', filter: { op: 'resembles', path: 'done', value: 1 } }]
    const news = await client.follow(cursor, { id: 4, collections })
    expect(news.at(-1)).toMatchObject({ type: 'error', id: 4, code: 'INVALID_MESSAGE' })
    expect(client.closed).toBeUndefined()
    expect(follows.every(({ closed }) => closed)).toBe(true)
  })

  test('so many subscriptions of a socket, and no more; one that moves is none more', async () => {
    const { open } = createLab()
    const client = await open()
    for (const id of [1, 2, 3, 3]) expect(brief(await client.follow(null, { id }))).toContain('subscribed')
    expect(await client.follow(null, { id: 4 })).toMatchObject([{ id: 4, code: 'RATE_LIMIT_EXCEEDED' }])
    client.say({ type: 'unsubscribe', id: 2 })
    expect(brief(await client.follow(null, { id: 4 }))).toContain('subscribed')
  })

  test('filters without measure are refused', async () => {
    const { open } = createLab()
    const client = await open()
    const filter = { op: '==', path: 'done', value: 'x'.repeat(600 * 1024) }
    const collections = [{ name: 'todos', filter }]
    await client.follow(null, { id: 1, collections })
    expect(await client.follow(null, { id: 2, collections })).toMatchObject([
      { id: 2, code: 'RATE_LIMIT_EXCEEDED' },
    ])
  })
})

describe('a socket over time', () => {
  test('a token that expires closes it, and nothing more is told', async () => {
    const { open, headOf, write, principals, time, follows } = createLab()
    principals.set('ada', { id: 'ada', scopes: ['a'], expiresAt: time.clock.now() + 5_500 })
    const [quiet, told] = [await open(), await open()]
    await told.follow(await headOf())
    await time.advance(5_500)
    expect([quiet.closed, told.closed]).toEqual([undefined, undefined])
    await write('x')
    await time.settle()
    expect(brief(told.news())).toEqual(['AUTH_FAILED'])
    expect(told.closed).toEqual({ code: 4401, reason: 'AUTH_FAILED' })
    await time.advance(1_000)
    expect(quiet.closed).toEqual({ code: 4401, reason: 'AUTH_FAILED' })
    expect(follows[0]?.closed).toBe(true)
  })

  test('who has no room gets nothing, is not read for, and goes on where it was once there is room', async () => {
    const { open, headOf, write, pulls, time } = createLab()
    const [slow, quick] = [await open('ada'), await open('bob')]
    const cursor = await headOf()
    await slow.follow(cursor)
    await quick.follow(cursor)
    slow.socket.bufferedBytes = 300 * 1024
    slow.socket.stuck = true
    for (const id of ['x', 'y', 'x']) {
      await write(id)
      await time.settle()
    }
    expect(brief(quick.news())).toEqual([['x'], ['y'], ['x']])
    expect(slow.news()).toEqual([])
    quick.handler.closed()
    pulls.length = 0
    await write('z')
    await time.settle()
    expect(pulls).toEqual([])
    slow.drain()
    await time.settle()
    const news = slow.news()
    expect(news).toMatchObject([{ type: 'page', page: { from: cursor } }])
    expect(brief(news)).toEqual([['y', 'x', 'z']])
  })

  test('a platform that never says that it drained is looked after', async () => {
    const { open, headOf, write, time } = createLab()
    const client = await open()
    await client.follow(await headOf())
    client.socket.bufferedBytes = 300 * 1024
    await write('x')
    await time.settle()
    client.socket.bufferedBytes = 100 * 1024
    await time.advance(1_000)
    expect(brief(client.news())).toEqual([['x']])
  })

  test('a wake-up is not repeated before the last one was taken', async () => {
    const { open, write, time } = createLab()
    const client = await open()
    await client.follow(null)
    client.socket.stuck = true
    for (const id of ['x', 'y', 'z']) {
      await write(id)
      await time.settle()
    }
    expect(brief(client.news())).toEqual(['wake'])
    client.drain()
    expect(brief(client.news())).toEqual(['wake'])
    client.handler.drained()
    expect(client.news()).toEqual([])
  })

  test('a socket that breaks while it subscribes leaves nothing behind', async () => {
    const { open, headOf, follows, time } = createLab()
    const [one, two] = [await open('ada'), await open('bob')]
    await one.follow(await headOf())
    two.socket.send = () => {
      throw new Error('EPIPE')
    }
    await two.follow(await headOf())
    expect(two.closed?.code).toBe(1013)
    one.handler.closed()
    await time.settle()
    expect(follows.every(({ closed }) => closed)).toBe(true)
  })

  test('a socket that throws is closed, and harms no other', async () => {
    const { open, headOf, write, time } = createLab()
    const [broken, sound] = [await open(), await open()]
    const cursor = await headOf()
    await broken.follow(cursor, { id: 1 })
    await broken.follow(cursor, { id: 2 })
    await sound.follow(cursor)
    broken.socket.send = () => {
      throw new Error('EPIPE')
    }
    await write('x')
    await time.settle()
    expect(brief(sound.news())).toEqual([['x']])
    expect(broken.closed?.code).toBe(1013)
  })
})
