import {
  type BackendAdapter,
  type Cursor,
  type ErrorCode,
  type PullRequest,
  type PullResponse,
  type Subscription,
  SyncError,
} from '@synclayer/core/adapter'
import { createVirtualTime, seededRandom } from '@synclayer/core/testing'
import { describe, expect, test } from 'vitest'
import { createPullTurns } from './pull-turns.ts'
import { createScopeFeed } from './scope-feed.ts'

interface Held<Result> {
  readonly resolve: (result: Result) => void
  readonly reject: (error: unknown) => void
}

interface Options {
  /** Null: the adapter has no `subscribe`. */
  readonly subscribe?: BackendAdapter['subscribe'] | null
  readonly turns?: number
}

/** A feed over a backend that is one number: the head. Cursors are numbers too, and each lies between two changes. */
function createLab({ subscribe, turns = 8 }: Options = {}) {
  const time = createVirtualTime()
  const told: string[] = []
  const pulls: string[] = []
  const names: string[][] = []
  const connections: { wake: () => void; lost: () => void; closed: boolean }[] = []
  const held: Held<void>[] = []
  const lab = {
    head: 0,
    /** So many pulls find nothing, and are not at the end. */
    blank: 0,
    /** Pulls and heads fail with it. */
    failure: undefined as ErrorCode | undefined,
    /** Subscriptions fail. */
    refused: false,
    /** Pulls wait in `held`. */
    hold: false,
  }
  const pull = async ({ cursor, limit }: PullRequest): Promise<PullResponse> => {
    pulls.push(cursor ?? 'head')
    const head = lab.head
    if (lab.failure !== undefined) throw new SyncError(lab.failure, 'no')
    if (lab.hold) await new Promise<void>((resolve, reject) => held.push({ resolve, reject }))
    if (lab.blank > 0 && limit > 0) {
      lab.blank -= 1
      return {
        changes: [],
        cursor: (Number(cursor) + 0.1).toFixed(1),
        epoch: 'e',
        hasMore: true,
        serverTime: null,
      }
    }
    const changes = cursor === null || limit === 0 ? [] : numbersBetween(Math.floor(Number(cursor)), head)
    return { changes, cursor: String(head), epoch: 'e', hasMore: false, serverTime: null }
  }
  const scripted: BackendAdapter['subscribe'] = async ({ collections }, wake, lost) => {
    if (lab.refused) throw new SyncError('NETWORK', 'no')
    names.push(collections.map(({ name }) => name))
    const connection = {
      wake: () => wake({ scope: 'a' }),
      lost: () => lost(new SyncError('NETWORK', 'cut')),
      closed: false,
    }
    connections.push(connection)
    return { close: async () => void (connection.closed = true) }
  }
  const adapter = {
    capabilities: { realtime: true },
    pull,
    ...(subscribe === null ? {} : { subscribe: subscribe ?? scripted }),
  } as unknown as BackendAdapter
  const feed = createScopeFeed(
    {
      adapter,
      collections: null,
      limits: { subscriptions: 1, sockets: 1, pageChanges: 100, requestMs: 30_000 },
      logger: { log: () => undefined },
      random: seededRandom(1),
      timers: time.scheduler,
      turns: createPullTurns(turns),
      toldAtOnce: 2,
    },
    'a',
    () => void told.push('empty'),
  )
  const follow = (name: string, cursor: Cursor | null, collection = 'todos') => {
    const follower = { room: true, at: cursor }
    const following = feed.follow([{ name: collection }], cursor, {
      hasRoom: () => follower.room,
      subscribed: () => void told.push(`${name} subscribed`),
      page(from, page) {
        const { changes } = JSON.parse(`{${page.textFor('')}}`) as { changes: { id: string }[] }
        told.push(`${name} ${from}: ${changes.map(({ id }) => id).join(' ')}`)
      },
      wake: () => (told.push(`${name} wake`), true),
      failed: ({ code }) => void told.push(`${name} ${code}`),
    })
    return { follower, following }
  }
  /** The backend changes, and says so. */
  const change = async (): Promise<void> => {
    lab.head += 1
    connections.at(-1)?.wake()
    await time.settle()
  }
  const news = async (): Promise<string[]> => {
    await time.settle()
    return told.splice(0)
  }
  return { ...lab, lab, time, feed, pulls, names, connections, held, follow, change, news }
}

function numbersBetween(from: number, to: number) {
  return Array.from({ length: to - from }, (_, index) => ({
    kind: 'leave' as const,
    collection: 'todos',
    id: String(from + index + 1),
    version: 'v',
  }))
}

describe('createScopeFeed', () => {
  test('what happens while it reads is read after, from where that led', async () => {
    const { lab, follow, change, news, held, feed } = createLab()
    follow('x', '0')
    expect(await news()).toEqual(['x subscribed'])
    lab.hold = true
    await change()
    // The pull under way has seen 1 only.
    lab.head = 2
    feed.wake()
    feed.wake()
    lab.hold = false
    held[0]!.resolve()
    expect(await news()).toEqual(['x 0: 1', 'x 1: 2'])
  })

  test('who comes while it reads is told what happened since', async () => {
    const { lab, follow, change, news, held } = createLab()
    follow('x', '0')
    await news()
    lab.hold = true
    await change()
    lab.head = 2
    follow('y', '0')
    lab.hold = false
    held[0]!.resolve()
    const told = await news()
    expect(told.filter((line) => line.startsWith('y'))).toEqual(['y subscribed', 'y 0: 1', 'y 1: 2'])
  })

  test('for those who have no room nothing is read until one has', async () => {
    const { follow, change, news, pulls } = createLab()
    const x = follow('x', '0')
    await news()
    x.follower.room = false
    pulls.length = 0
    await change()
    await change()
    expect(pulls).toEqual([])
    x.follower.room = true
    x.following.resume()
    x.following.resume()
    expect(await news()).toEqual(['x 0: 1 2'])
    expect(pulls).toEqual(['0'])
  })

  test('it reads on where a pull has found nothing but has not come to the end', async () => {
    const { follow, change, news, pulls, lab } = createLab()
    follow('x', '0')
    await news()
    pulls.length = 0
    lab.blank = 2
    await change()
    expect(await news()).toEqual(['x 0: 1'])
    expect(pulls).toEqual(['0', '0.1', '0.2'])
  })

  test('a pull that fails is tried again with growing waits, for those at that place only', async () => {
    const { lab, follow, change, news, pulls, time } = createLab()
    follow('x', '0')
    await news()
    lab.failure = 'NETWORK'
    pulls.length = 0
    await change()
    await change()
    expect(pulls).toEqual(['0'])
    await time.advance(60_000)
    expect(pulls.length).toBeGreaterThan(4)
    expect(pulls.length).toBeLessThan(12)
    lab.failure = undefined
    follow('y', '1')
    expect(await news()).toEqual(['y subscribed', 'y 1: 2'])
    await time.advance(30_000)
    expect(await news()).toEqual(['x 0: 1 2'])
    await change()
    expect(await news()).toEqual(['y 2: 3', 'x 2: 3'])
  })

  test('a pull that is never answered is given up', async () => {
    const { lab, follow, change, news, held, time } = createLab()
    follow('x', '0')
    await news()
    lab.hold = true
    await change()
    expect(held).toHaveLength(1)
    lab.hold = false
    await time.advance(31_000)
    expect(await news()).toEqual(['x 0: 1'])
  })

  test.each(['CURSOR_EXPIRED', 'EPOCH_CHANGED'] as const)(
    'after %s it is woken by each change',
    async (code) => {
      const { lab, follow, change, news } = createLab()
      lab.failure = code
      follow('x', '0')
      expect(await news()).toEqual(['x subscribed', 'x wake'])
      lab.failure = undefined
      await change()
      expect(await news()).toEqual(['x wake'])
    },
  )

  test('while the adapter’s subscription is lost it polls; once it is back, everyone is read for', async () => {
    const { lab, follow, change, news, connections, time } = createLab()
    follow('x', '0')
    follow('y', null)
    await news()
    lab.refused = true
    lab.head = 1
    connections[0]!.lost()
    connections[0]!.lost()
    expect(await news()).toEqual(['y wake', 'x 0: 1'])
    lab.head = 2
    await time.advance(2_000)
    expect(await news()).toEqual(['y wake', 'x 1: 2'])
    lab.refused = false
    // Nobody is told of this one: it comes with the new subscription at the latest.
    lab.head = 3
    await time.advance(30_000)
    expect((await news()).filter((line) => line.startsWith('x'))).toEqual(['x 2: 3'])
    expect(connections).toHaveLength(2)
    await change()
    expect(await news()).toEqual(['y wake', 'x 3: 4'])
    // What the old one says counts no more.
    connections[0]!.lost()
    connections[0]!.wake()
    expect(await news()).toEqual([])
  })

  test('a scope that cannot be subscribed to is polled, and subscribed to later', async () => {
    const { lab, follow, news, change, connections, time, pulls } = createLab()
    lab.refused = true
    follow('x', '0')
    expect(await news()).toEqual(['x subscribed'])
    lab.head = 1
    await time.advance(2_000)
    expect(await news()).toEqual(['x 0: 1'])
    lab.refused = false
    await time.advance(30_000)
    expect(connections).toHaveLength(1)
    await news()
    pulls.length = 0
    await time.advance(60_000)
    expect(pulls).toEqual([])
    await change()
    expect(await news()).toEqual(['x 1: 2'])
  })

  test('where the backend can neither be subscribed to nor read, who asked is told so', async () => {
    const { lab, follow, news } = createLab()
    lab.refused = true
    lab.failure = 'NETWORK'
    follow('x', '0')
    follow('y', null)
    expect(await news()).toEqual(['x NETWORK', 'empty', 'y NETWORK'])
  })

  test('an adapter that tells of nothing is polled, more and more slowly; a change makes it quick again', async () => {
    const { lab, follow, news, pulls, time } = createLab({ subscribe: null })
    follow('x', '0')
    expect(await news()).toEqual(['x subscribed'])
    pulls.length = 0
    await time.advance(60_000)
    expect(pulls).toEqual(['head', 'head', 'head', 'head', 'head'])
    for (const [head, told] of [
      [1, 'x 0: 1'],
      [2, 'x 1: 2'],
    ] as const) {
      lab.head = head
      await time.advance(2_000)
      expect(await news()).toEqual([told])
    }
  })

  test('a poll that fails goes on', async () => {
    const { lab, follow, news, time } = createLab({ subscribe: null })
    follow('x', '0')
    await news()
    lab.failure = 'TIMEOUT'
    await time.advance(20_000)
    lab.failure = undefined
    lab.head = 1
    await time.advance(16_000)
    expect(await news()).toEqual(['x 0: 1'])
  })

  test('a collection that nobody had asked for is subscribed to anew, without a gap', async () => {
    const { lab, follow, news, names, connections, change } = createLab()
    follow('x', '0')
    await news()
    follow('y', '0', 'notes')
    expect(await news()).toEqual(['y subscribed'])
    expect(names).toEqual([['todos'], ['todos', 'notes']])
    expect(connections.map(({ closed }) => closed)).toEqual([true, false])
    follow('z', null, 'notes')
    await news()
    expect(names).toHaveLength(2)
    expect(lab.head).toBe(0)
    await change()
    expect((await news()).toSorted()).toEqual(['x 0: 1', 'y 0: 1', 'z wake'])
  })

  test('who comes while it is opened for other collections waits until his are told of too', async () => {
    const { follow, news, names, change } = createLab()
    follow('x', '0')
    const { following } = follow('y', '0', 'notes')
    expect(await news()).toEqual(['x subscribed', 'y subscribed'])
    expect(names).toEqual([['todos'], ['todos', 'notes']])
    following.close()
    follow('z', '0', 'tags')
    await news()
    // What nobody follows any more is not asked for again.
    expect(names.at(-1)).toEqual(['todos', 'tags'])
    await change()
    expect(await news()).toEqual(['x 0: 1', 'z 0: 1'])
  })

  test('a subscription that takes too long is done without, and closed should it come', async () => {
    let answer: (opened: Subscription) => void = () => undefined
    const late = { closed: false, close: async () => void (late.closed = true) }
    const { lab, follow, news, time } = createLab({
      subscribe: () => new Promise((resolve) => (answer = resolve)),
    })
    follow('x', '0')
    expect(await news()).toEqual([])
    const first = answer
    await time.advance(30_000)
    expect(await news()).toEqual(['x subscribed'])
    lab.head = 1
    await time.advance(2_000)
    expect(await news()).toEqual(['x 0: 1'])
    first(late)
    await time.settle()
    expect(late.closed).toBe(true)
  })

  test('one that is lost before it stands is closed, and polled in place of', async () => {
    const closed: string[] = []
    const { follow, news, time, lab } = createLab({
      subscribe: async (_, __, lost) => {
        lost(new SyncError('NETWORK', 'cut'))
        return { close: async () => void closed.push('closed') }
      },
    })
    follow('x', '0')
    expect(await news()).toEqual(['x subscribed'])
    expect(closed).toEqual(['closed'])
    lab.head = 1
    await time.advance(2_000)
    expect(await news()).toEqual(['x 0: 1'])
  })

  test('so many are told in one turn; who leaves before his is told nothing, and who comes is told all', async () => {
    const { lab, feed, follow, news, time } = createLab()
    const seats = ['v', 'w', 'x', 'y', 'z'].map((name) => follow(name, '0'))
    await news()
    lab.head = 1
    feed.wake()
    // The first turn comes with promises only, the second with the next timers.
    await new Promise((resolve) => setImmediate(resolve))
    expect(time.timers).toBe(1)
    seats[1]!.following.close()
    lab.head = 2
    feed.wake()
    follow('late', '0')
    const told = await news()
    expect(told.filter((line) => line.startsWith('w'))).toEqual([])
    for (const name of ['v', 'x', 'y', 'z', 'late']) {
      expect(told.filter((line) => line.startsWith(`${name} `) && !line.endsWith('subscribed'))).toEqual([
        `${name} 0: 1`,
        `${name} 1: 2`,
      ])
    }
  })

  test('so many pulls at a time', async () => {
    const { lab, follow, news, held } = createLab({ turns: 2 })
    lab.head = 9
    follow('warm', '9')
    await news()
    lab.hold = true
    for (const cursor of ['1', '2', '3', '4', '5']) follow(cursor, cursor)
    await news()
    expect(held).toHaveLength(2)
    lab.hold = false
    held[0]!.reject(new SyncError('EPOCH_CHANGED', 'no'))
    expect(await news()).toHaveLength(4)
    held[1]!.resolve()
    expect(await news()).toEqual(['2 2: 3 4 5 6 7 8 9'])
  })

  test('who leaves while it is opened or read for hears nothing; the last one ends it', async () => {
    const { lab, follow, news, held, feed, connections } = createLab()
    follow('x', '0').following.close()
    const { following } = follow('y', '0')
    expect(await news()).toEqual(['empty', 'y subscribed'])
    lab.hold = true
    lab.head = 1
    feed.wake()
    await news()
    following.close()
    following.close()
    held[0]!.resolve()
    expect(await news()).toEqual(['empty'])
    await feed.close()
    expect(connections[0]!.closed).toBe(true)
  })

  test('closed while it is opened, it lets go of what comes', async () => {
    const { follow, feed, connections, news, time } = createLab()
    follow('x', '0').following.close()
    await feed.close()
    await news()
    expect(connections[0]!.closed).toBe(true)
    expect(time.timers).toBe(0)
  })
})
