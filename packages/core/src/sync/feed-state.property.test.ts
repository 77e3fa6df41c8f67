import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { checkExportedEntry } from '../client/check-exported.ts'
import {
  advanced,
  type FeedState,
  feedEntry,
  newFeed,
  nextPull,
  parseFeed,
  pushCursor,
  resync,
  swept,
  withCollections,
} from './feed-state.ts'

const names = fc.uniqueArray(fc.constantFrom('a', 'b', 'c'), { minLength: 1 })

type Step =
  | { readonly kind: 'page'; readonly hasMore: boolean; readonly hasPushed: boolean }
  | { readonly kind: 'resync'; readonly reason: 'expired' | 'epoch' }
  | { readonly kind: 'collections'; readonly names: readonly string[] }

const step: fc.Arbitrary<Step> = fc.oneof(
  fc.record({ kind: fc.constant('page' as const), hasMore: fc.boolean(), hasPushed: fc.boolean() }),
  fc.record({
    kind: fc.constant('resync' as const),
    reason: fc.constantFrom('expired' as const, 'epoch' as const),
  }),
  fc.record({ kind: fc.constant('collections' as const), names }),
)

/** A client that pulls; the backend's head rises with every page. */
class Follower {
  feed: FeedState
  wanted: readonly string[]
  head = 0
  epoch = 0

  constructor(wanted: readonly string[]) {
    this.wanted = wanted
    this.feed = newFeed({ cursor: 'c0', epoch: 'e0' }, wanted)
  }

  take(step: Step): void {
    switch (step.kind) {
      case 'page':
        return this.page(step.hasMore, step.hasPushed)
      case 'resync':
        if (step.reason === 'epoch') this.epoch += 1
        this.feed = resync(this.feed, step.reason, this.wanted)
        return
      case 'collections':
        this.wanted = step.names
        this.feed = withCollections(this.feed, step.names)
    }
  }

  page(hasMore: boolean, hasPushed: boolean): void {
    if (this.feed.snapshot?.sweeping) {
      this.feed = swept(this.feed)
      return
    }
    this.head += 1
    const place = { cursor: `c${this.head}`, epoch: `e${this.epoch}` }
    this.feed = advanced(this.feed, { ...place, hasMore, count: 1, hasPushed })
  }
}

const position = (cursor: string | null): number => (cursor === null ? -1 : Number(cursor.slice(1)))

describe('the state of a feed', () => {
  test('never goes back, is stored and read as it is, and pushes nothing in a resync (I9, W24, A4)', () => {
    fc.assert(
      fc.property(names, fc.array(step, { maxLength: 30 }), (wanted, steps) => {
        const follower = new Follower(wanted)
        for (const one of steps) {
          const before = follower.feed
          follower.take(one)
          const { feed } = follower
          expect(feed.generation).toBeGreaterThanOrEqual(before.generation)
          expect(position(feed.cursor)).toBeGreaterThanOrEqual(position(before.cursor))
          if (one.kind !== 'page') expect(feed.cursor).toBe(before.cursor)
          expect(parseFeed(JSON.stringify(feed))).toEqual(feed)
          checkExportedEntry(feedEntry('s'), feed)
          const forbidden = ['expired', 'epoch'].includes(feed.snapshot?.reason ?? '')
          expect(pushCursor(feed) === null).toBe(forbidden)
        }
      }),
      { numRuns: 500 },
    )
  })

  test('comes to its end from anywhere: every snapshot is swept, all collections are followed (I9, R1, R12)', () => {
    fc.assert(
      fc.property(names, fc.array(step, { maxLength: 30 }), (wanted, steps) => {
        const follower = new Follower(wanted)
        for (const one of steps) follower.take(one)
        for (let pages = 0; follower.feed.snapshot !== null; pages += 1) {
          expect(pages).toBeLessThan(4)
          follower.page(false, false)
        }
        follower.page(false, false)
        expect([...follower.feed.collections].sort()).toEqual([...follower.wanted].sort())
        expect(nextPull(follower.feed)).toEqual({
          cursor: follower.feed.cursor,
          collections: follower.feed.collections,
        })
        expect(follower.feed.epoch).toBe(`e${follower.epoch}`)
      }),
      { numRuns: 500 },
    )
  })
})
