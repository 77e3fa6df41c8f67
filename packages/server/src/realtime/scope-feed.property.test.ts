/**
 * Clients as docs/reference/protocol.md wants them follow a scope, while the backend changes and whatever can go wrong
 * does. When all of it is over, each of them knows of every change.
 */
import type { BackendAdapter, Cursor, PullResponse } from '@synclayer/core/adapter'
import { SyncError } from '@synclayer/core/adapter'
import { createVirtualTime, seededRandom } from '@synclayer/core/testing'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { createPullTurns } from './pull-turns.ts'
import { createScopeFeed, type Following, type ScopeFeed } from './scope-feed.ts'

type Step =
  | { readonly do: 'write' | 'lose' | 'toggleSubscribe' | 'togglePull' | 'holdPulls' | 'releasePulls' }
  | { readonly do: 'wait'; readonly ms: number }
  | { readonly do: 'clog' | 'drain' | 'join' | 'leave'; readonly who: number }

const CLIENTS = 3

const who = fc.nat(CLIENTS - 1)
const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 6, arbitrary: fc.record({ do: fc.constant('write' as const) }) },
  {
    weight: 4,
    arbitrary: fc.record({ do: fc.constantFrom('clog' as const, 'drain', 'join', 'leave'), who }),
  },
  {
    weight: 3,
    arbitrary: fc.record({
      do: fc.constantFrom('lose' as const, 'toggleSubscribe', 'togglePull', 'holdPulls', 'releasePulls'),
    }),
  },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('wait' as const), ms: fc.nat(20_000) }) },
)

/** More than so many changes are more than a page holds. */
const PAGE = 2

function createWorld(realtime: boolean) {
  const time = createVirtualTime()
  const wakes = new Set<() => void>()
  const losts = new Set<(error: SyncError) => void>()
  const held: (() => void)[] = []
  let head = 0
  let holding = false
  let subscribable = true
  let readable = true

  const pageFrom = (from: number): PullResponse => {
    const to = Math.min(head, from + PAGE)
    const changes = Array.from({ length: to - from }, (_, index) => ({
      kind: 'leave' as const,
      collection: 'todos',
      id: String(from + index + 1),
      version: 'v',
    }))
    return { changes, cursor: String(to), epoch: 'e', hasMore: to < head, serverTime: null }
  }
  const adapter = {
    capabilities: { realtime },
    async pull({ cursor, limit }: { readonly cursor: Cursor | null; readonly limit: number }) {
      const seen = limit === 0 ? pageFrom(head) : pageFrom(Number(cursor))
      if (holding) await new Promise<void>((resolve) => held.push(resolve))
      if (!readable) throw new SyncError('NETWORK', 'no')
      return seen
    },
    ...(realtime
      ? {
          async subscribe(_: unknown, wake: () => void, lost: (error: SyncError) => void) {
            if (!subscribable) throw new SyncError('NETWORK', 'no')
            wakes.add(wake)
            losts.add(lost)
            return {
              close: async () => {
                wakes.delete(wake)
                losts.delete(lost)
              },
            }
          },
        }
      : {}),
  } as unknown as BackendAdapter

  let feed: ScopeFeed | undefined
  const feedOf = (): ScopeFeed => {
    feed ??= createScopeFeed(
      {
        adapter,
        collections: ['todos'],
        limits: { subscriptions: 1, sockets: 1, pageChanges: PAGE, requestMs: 30_000 },
        logger: { log: () => undefined },
        random: seededRandom(7),
        timers: time.scheduler,
        turns: createPullTurns(2),
        toldAtOnce: 2,
      },
      'a',
      () => {
        void feed?.close()
        feed = undefined
      },
    )
    return feed
  }

  /** Follows from its cursor, again from there after each wake-up, and again where the subscription failed. */
  const clients = Array.from({ length: CLIENTS }, () => {
    const client = { cursor: 0, room: true, wanted: false, following: undefined as Following | undefined }
    const follow = (): void => {
      const before = client.following
      client.following = feedOf().follow([{ name: 'todos' }], String(client.cursor), {
        hasRoom: () => client.room,
        subscribed: () => undefined,
        page(from, page) {
          expect(from).toBe(String(client.cursor))
          client.cursor = Number(page.cursor)
        },
        wake() {
          if (!client.room) return false
          // Its pull over HTTP sees everything there is by then.
          time.scheduler.after(0, () => {
            if (!client.wanted) return
            client.cursor = head
            follow()
          })
          return true
        },
        failed: () => void time.scheduler.after(1_000, () => client.wanted && follow()),
      })
      before?.close()
    }
    const leave = (): void => {
      client.wanted = false
      client.following?.close()
      client.following = undefined
    }
    const join = (): void => {
      if (client.wanted) return
      client.wanted = true
      follow()
    }
    const drain = (): void => {
      client.room = true
      client.following?.resume()
    }
    return Object.assign(client, { join, leave, drain })
  })

  const release = (): void => {
    holding = false
    for (const resolve of held.splice(0)) resolve()
  }
  const run = async (step: Step): Promise<void> => {
    switch (step.do) {
      case 'write':
        head += 1
        for (const wake of wakes) wake()
        break
      case 'lose':
        for (const lost of losts) lost(new SyncError('NETWORK', 'cut'))
        wakes.clear()
        losts.clear()
        break
      case 'toggleSubscribe':
        subscribable = !subscribable
        break
      case 'togglePull':
        readable = !readable
        break
      case 'holdPulls':
        holding = true
        break
      case 'releasePulls':
        release()
        break
      case 'wait':
        await time.advance(step.ms)
        break
      case 'clog':
        clients[step.who]!.room = false
        break
      case 'drain':
      case 'join':
      case 'leave':
        clients[step.who]![step.do]()
        break
    }
    // Not always: what is told in one turn is told together.
    if (head % 2 === 0) await time.settle()
  }
  const calm = async (): Promise<void> => {
    subscribable = true
    readable = true
    release()
    for (const client of clients) client.drain()
    await time.advance(120_000)
  }
  return { clients, run, calm, head: () => head }
}

test.each([true, false])(
  'whatever goes wrong, followers know every change in the end, and pages are chained (adapter tells: %s)',
  async (realtime) => {
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 60 }), async (steps) => {
        const { clients, run, calm, head } = createWorld(realtime)
        for (const client of clients) client.join()
        for (const step of steps) await run(step)
        await calm()
        const known = clients.filter(({ wanted }) => wanted).map(({ cursor }) => cursor)
        expect(known.every((cursor) => cursor === head())).toBe(true)
      }),
      { numRuns: 200 },
    )
  },
)
