/**
 * Where a pull stands, from its cursor on. A snapshot is a walk over all rows up to the head at its start; from there the
 * feed goes on. A record changed meanwhile has moved past that head and comes then (A1).
 */
import { type PullResponse, SyncError } from '@synclayer/core/adapter'
import { type Cursors, type FeedPlace, NO_MARK } from '../feed/cursor.ts'
import type { FeedState } from '../feed/standing.ts'
import type { Page, Telling } from './page.ts'

/** The part of the feed to be walked next: positions above `from`, up to `cap`. */
export interface Stretch {
  readonly from: number
  readonly cap: number
}

/** The mark a position from 1 to the head was written under. */
export type MarkOf = (position: number) => string

/** Where a pull without a cursor begins; with `limit` 0, at the head: only the cursor is asked for. */
export function startPlace({ epoch, head }: FeedState, limit: number, markOf: MarkOf): FeedPlace {
  const place = { epoch, position: head, mark: head === 0 ? NO_MARK : markOf(head) }
  return limit === 0 || head === 0 ? place : { ...place, walk: { to: 0, rows: 0 } }
}

export function stretchAt({ head }: FeedState, place: FeedPlace): Stretch {
  return place.walk === undefined
    ? { from: place.position, cap: head }
    : { from: place.walk.to, cap: place.position }
}

export function tellingAt({ epochStart }: FeedState, { walk }: FeedPlace): Telling {
  return { snapshot: walk !== undefined, tombstones: walk === undefined || epochStart > 0 }
}

/** The place after a stretch was walked up to `at`, over `rows` rows. A snapshot that has reached its end goes on in the feed. */
export function placeAfter(place: FeedPlace, at: number, rows: number, markOf: MarkOf): FeedPlace {
  const { epoch, position, mark, walk } = place
  if (walk === undefined) return { epoch, position: at, mark: at === 0 ? NO_MARK : markOf(at) }
  return at < position ? { ...place, walk: { to: at, rows: walk.rows + rows } } : { epoch, position, mark }
}

export interface PullEnd {
  readonly scope: string
  readonly feed: FeedState
  readonly place: FeedPlace
  readonly more: boolean
  readonly serverTime: number
}

/** The answer to a pull that came to `place`. */
export function toPullResponse(
  { changes }: Pick<Page, 'changes'>,
  cursors: Cursors,
  { scope, feed, place, more, serverTime }: PullEnd,
): PullResponse {
  // Each position holds at most one change, and there are no more changes than rows that were not walked over.
  const ahead = feed.head - (place.walk?.to ?? place.position)
  const rows = feed.records - (place.walk?.rows ?? 0)
  return {
    changes,
    cursor: cursors.encode(scope, place),
    epoch: feed.epoch,
    hasMore: more,
    remaining: more ? Math.max(1, Math.min(ahead, rows)) : 0,
    serverTime,
  }
}

export function epochChanged(): SyncError {
  return new SyncError(
    'EPOCH_CHANGED',
    "The feed's history is not the cursor's: the backend was restored or replaced",
  )
}

export function cursorExpired(): SyncError {
  return new SyncError('CURSOR_EXPIRED', 'The cursor is older than what is kept')
}
