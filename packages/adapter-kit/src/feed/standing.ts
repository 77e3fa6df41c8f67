/**
 * How a cursor stands to its feed (A4), and whether a push under it may apply anything new.
 *
 *   positions   1 2 3 4 5 6 7 8 9 ...
 *   marks       a@0         b@5              1 to 5 were written under a, 6 and later under b
 *
 * Marks are made at the head, so what a committed position was written under never changes. Each process makes one
 * before it first writes to a scope, and once an hour. What is written after a backup was put back has another mark than
 * what was undone: a cursor whose mark is not that of its position, or that lies beyond the head, belongs to a history
 * that is gone.
 */
import type { PushOutcome } from '@synclayer/core/adapter'
import type { FeedPlace } from './cursor.ts'

/** What is stored of a scope's feed. */
export interface FeedState {
  readonly epoch: string
  /** The head as the epoch began: above 0 where an earlier history was given up. */
  readonly epochStart: number
  readonly head: number
  readonly floor: number
  /** Rows of the scope, tombstones included. */
  readonly records: number
}

/**
 * `expired`: below the floor. `foreign`: of another epoch, scope or database. `lost`: of this epoch, but of a history that
 * was undone, so the epoch has to end.
 */
export type Standing = 'good' | 'expired' | 'foreign' | 'lost'

/**
 * `place` is what the cursor names; null where it is not one of this feed. `markOf` answers the mark a position from 1 to
 * the head was written under, and is asked only where that decides.
 */
export function standingOf(
  feed: FeedState,
  place: FeedPlace | null,
  markOf: (position: number) => string | undefined,
): Standing {
  if (place === null || place.epoch !== feed.epoch) return 'foreign'
  if (place.position > feed.head) return 'lost'
  if (place.position < feed.floor) return 'expired'
  if (place.position === 0) return 'good'
  return markOf(place.position) === place.mark ? 'good' : 'lost'
}

/** Why nothing new may be applied for a client that has pulled so far, if so. Known mutations are answered all the same. */
export function pushRefusal(
  feed: FeedState,
  standing: Standing,
  clientEpoch: string,
): PushOutcome | undefined {
  if (standing === 'lost' || standing === 'foreign' || clientEpoch !== feed.epoch) {
    return { status: 'retry', code: 'EPOCH_CHANGED' }
  }
  return standing === 'expired' ? { status: 'retry', code: 'CURSOR_EXPIRED' } : undefined
}
