import { describe, expect, test } from 'vitest'
import { NO_MARK } from './cursor.ts'
import { createFeedMemory, isRewound } from './feed-memory.ts'
import { type FeedState, pushRefusal, standingOf } from './standing.ts'

const HOUR = 3_600_000
const FEED: FeedState = { epoch: 'e1', epochStart: 0, head: 9, floor: 3, records: 5 }
/** 1 to 5 were written under a, 6 and later under b. */
const markOf = (position: number): string => (position > 5 ? 'b' : 'a')
const standing = (position: number, mark: string, epoch = 'e1'): string =>
  standingOf(FEED, { epoch, position, mark }, markOf)

describe('a cursor (A4)', () => {
  test('is served where its position was written under its mark', () => {
    expect([standing(5, 'a'), standing(6, 'b'), standing(9, 'b'), standing(3, 'a')]).toEqual(
      Array.from({ length: 4 }, () => 'good'),
    )
    expect(standingOf({ ...FEED, floor: 0 }, { epoch: 'e1', position: 0, mark: NO_MARK }, markOf)).toBe(
      'good',
    )
  })

  test('of positions that were written again after a restore ends the epoch, as does one beyond the head', () => {
    expect([standing(5, 'b'), standing(6, 'a'), standing(10, 'b')]).toEqual(['lost', 'lost', 'lost'])
  })

  test('below the floor has expired; of another epoch, or of none, is foreign', () => {
    expect(standing(2, 'a')).toBe('expired')
    expect(standing(5, 'a', 'e0')).toBe('foreign')
    expect(standingOf(FEED, null, markOf)).toBe('foreign')
  })

  test('decides whether its client may push anything new', () => {
    const changed = { status: 'retry', code: 'EPOCH_CHANGED' }
    expect(pushRefusal(FEED, 'good', 'e1')).toBeUndefined()
    expect(pushRefusal(FEED, 'good', 'e0')).toEqual(changed)
    expect(pushRefusal(FEED, 'lost', 'e1')).toEqual(changed)
    expect(pushRefusal(FEED, 'foreign', 'e1')).toEqual(changed)
    expect(pushRefusal(FEED, 'expired', 'e1')).toEqual({ status: 'retry', code: 'CURSOR_EXPIRED' })
  })
})

describe('what a process remembers of a feed (A4)', () => {
  test('tells a feed that was rewound in place from one that has a new epoch', () => {
    const memory = createFeedMemory()
    memory.note('s', FEED)
    const seen = memory.seen('s')
    expect(isRewound({ ...FEED, head: 8 }, seen)).toBe(true)
    expect(isRewound(FEED, seen)).toBe(false)
    expect(isRewound({ ...FEED, epoch: 'e2', head: 1 }, seen)).toBe(false)
    expect(isRewound({ ...FEED, head: 1 }, memory.seen('other'))).toBe(false)
  })

  test('never goes back by a read that began before a commit', () => {
    const memory = createFeedMemory()
    memory.note('s', { ...FEED, head: 12 })
    memory.note('s', FEED)
    expect(memory.seen('s')).toMatchObject({ head: 12 })
  })

  test('a mark is due at the first write, after an hour, when the clock went back, and after a broken connection', () => {
    const memory = createFeedMemory()
    const mark = { name: 'm', madeAt: 10 * HOUR }
    expect(memory.mark('s', 10 * HOUR)).toBeUndefined()
    memory.note('s', FEED, mark)
    memory.note('s', FEED)
    expect(memory.mark('s', 11 * HOUR - 1)).toBe(mark)
    expect(memory.mark('s', 11 * HOUR)).toBeUndefined()
    expect(memory.mark('s', 10 * HOUR - 1)).toBeUndefined()
    memory.dropMarks()
    expect(memory.mark('s', 10 * HOUR)).toBeUndefined()
    expect(memory.seen('s')).toMatchObject({ head: 9 })
  })
})
