import { describe, expect, test } from 'vitest'
import {
  advanced,
  type FeedState,
  newFeed,
  nextPull,
  parseFeed,
  pushCursor,
  resync,
  swept,
  withCollections,
} from './feed-state.ts'

const HEAD = { cursor: 'c0', epoch: 'e1' }
const first = newFeed(HEAD, ['items'])
const page = (cursor: string, hasMore = false, hasPushed = false) => {
  return { cursor, epoch: 'e1', hasMore, count: 10, hasPushed }
}
const following = advanced(first, page('c5'))

describe('a feed', () => {
  test('begins with a snapshot, and can be pushed to from its head on (R4)', () => {
    expect(nextPull(first)).toEqual({ cursor: null, collections: ['items'] })
    expect(pushCursor(first)).toBe('c0')
  })

  test('goes on where the last page of the snapshot ended, and is followed from its end (R1, W24)', () => {
    const second = advanced(first, page('c3', true))
    expect(second.cursor).toBeNull()
    expect(second.snapshot).toMatchObject({ done: 10 })
    expect(nextPull(second).cursor).toBe('c3')
    expect(advanced(second, page('c5'))).toMatchObject({
      cursor: 'c5',
      collections: ['items'],
      snapshot: null,
    })
  })

  test('is followed from its start where something was pushed during the first snapshot (R4, I1)', () => {
    expect(advanced(first, page('c5', false, true))).toMatchObject({ cursor: 'c0', snapshot: null })
  })

  test('moves its cursor only with pages (W24)', () => {
    const later = advanced(following, page('c9', true))
    expect([following.cursor, later.cursor]).toEqual(['c5', 'c9'])
    expect(later.generation).toBe(following.generation)
  })

  test.each(['expired', 'epoch'] as const)(
    'resyncs (%s) under a new generation, and pushes nothing until it is swept (R1, A4, I9)',
    (reason) => {
      const begun = resync(following, reason, ['items', 'notes'])
      expect(begun.generation).toBe(following.generation + 1)
      expect(nextPull(begun)).toEqual({ cursor: null, collections: ['items', 'notes'] })
      const sweeping = advanced(begun, page('c9'))
      for (const feed of [begun, sweeping]) expect(pushCursor(feed)).toBeNull()
      expect(swept(begun)).toBe(begun)
      const done = swept(sweeping)
      expect(done).toMatchObject({ cursor: 'c9', collections: ['items', 'notes'], snapshot: null })
      expect(pushCursor(done)).toBe('c9')
    },
  )

  test('a change of epoch during a resync is not taken for less (R3)', () => {
    expect(resync(resync(following, 'epoch', ['items']), 'expired', ['items']).snapshot!.reason).toBe('epoch')
    expect(resync(resync(following, 'expired', ['items']), 'epoch', ['items']).snapshot!.reason).toBe('epoch')
  })

  test('catches up new collections with a snapshot of theirs, and goes on from the old cursor (R1, I4, R12)', () => {
    const wider = withCollections(following, ['items', 'notes'])
    expect(nextPull(wider)).toEqual({ cursor: null, collections: ['notes'] })
    expect(pushCursor(wider)).toBe('c5')
    const done = swept(advanced(wider, page('c9')))
    expect(nextPull(done)).toEqual({ cursor: 'c5', collections: ['items', 'notes'] })
  })

  test('a collection that comes back is read under a new generation, so that it is swept (R2)', () => {
    const without = withCollections(
      swept(advanced(withCollections(following, ['items', 'notes']), page('c9'))),
      ['items'],
    )
    expect(nextPull(without).collections).toEqual(['items'])
    const again = withCollections(without, ['items', 'notes'])
    expect(again.generation).toBeGreaterThan(without.generation)
  })

  test('with the same collections it stays the very same, also in the middle of a snapshot (R1)', () => {
    const halfway: readonly FeedState[] = [
      following,
      advanced(first, page('c3', true)),
      advanced(resync(following, 'expired', ['items']), page('c3', true)),
    ]
    for (const feed of halfway) expect(withCollections(feed, ['items'])).toBe(feed)
    const wider = advanced(withCollections(following, ['items', 'notes']), page('c3', true))
    expect(nextPull(withCollections(wider, ['items', 'notes']))).toEqual(nextPull(wider))
  })

  test('other collections in the middle of a snapshot begin it anew (R1)', () => {
    const halfway = advanced(resync(following, 'epoch', ['items']), page('c3', true))
    const other = withCollections(halfway, ['items', 'notes'])
    expect(other.snapshot).toMatchObject({ reason: 'epoch', cursor: null, collections: ['items', 'notes'] })
    expect(other.generation).toBe(halfway.generation + 1)
  })

  test('is read back as it was stored (I8)', () => {
    for (const feed of [first, following]) expect(parseFeed(JSON.stringify(feed))).toEqual(feed)
    expect(parseFeed(null)).toBeNull()
  })
})
