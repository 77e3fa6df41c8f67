/** Cursors of the model backend. A snapshot walks by name up to the head it began at, then follows the feed from there. */
import { SyncError } from '../../errors/sync-error.ts'
import { type Feed, historyAt } from './feed.ts'

export interface ModelCursor {
  readonly scope: string
  readonly epoch: number
  /** Of the newest mark below the position: a backend put back to a moment before it does not know it any more. */
  readonly history: number
  readonly position: number
  readonly head?: number
  readonly after?: string
}

export function cursorAt(feed: Feed, position: number): ModelCursor {
  return { scope: feed.scope, epoch: feed.epoch, history: historyAt(feed, position), position }
}

export function parseCursor(text: string): ModelCursor {
  try {
    const cursor = JSON.parse(text) as ModelCursor
    if (Number.isInteger(cursor.epoch) && JSON.stringify(cursor) === text) return cursor
  } catch {
    // No JSON is no cursor either.
  }
  throw new SyncError('PROTOCOL', 'This cursor was not made by this backend.')
}

export function isOfHistory(cursor: ModelCursor, feed: Feed): boolean {
  const { scope, epoch, history, position } = cursor
  return (
    scope === feed.scope &&
    epoch === feed.epoch &&
    position <= feed.head &&
    history === historyAt(feed, position)
  )
}

/** A snapshot is complete from the head it began at. */
export function isExpired(cursor: ModelCursor, feed: Feed): boolean {
  return (cursor.head ?? cursor.position) < feed.floor
}
