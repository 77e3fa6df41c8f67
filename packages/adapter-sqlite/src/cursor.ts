/**
 * The cursor's text. It names the epoch, a position, and the mark that position was written under, so that a cursor of
 * a history that was undone by a restore is noticed even after new writes have reached its position.
 *
 *   1:<epoch>:<position>:<mark>             in the feed
 *   1:<epoch>:<start>:<mark>:<walked to>    in a snapshot that began when `start` was the head
 */
import { type Cursor, SyncError } from '@synclayer/core/adapter'
import { MAX_POSITION } from './version.ts'

/** A place in a feed. */
export interface FeedPlace {
  readonly epoch: string
  /** Everything up to here is known; in a snapshot, the head at its start, from which the feed goes on. */
  readonly position: number
  /** The mark `position` was written under. */
  readonly mark: string
  /** In a snapshot: how far the walk up to `position` has come. */
  readonly walked?: number
}

/** The mark of position 0, under which nothing was written. */
export const NO_MARK = '-'

const FORMAT = /^1:([0-9a-z]{9}\.[0-9a-z]{10}):([0-9a-z]{1,8}):([0-9a-z]{10}|-)(?::([0-9a-z]{1,8}))?$/

/** Writes a place as a cursor. */
export function encodeCursor({ epoch, position, mark, walked }: FeedPlace): Cursor {
  const feed = `1:${epoch}:${position.toString(36)}:${mark}`
  return walked === undefined ? feed : `${feed}:${walked.toString(36)}`
}

/** Reads a cursor. Throws PROTOCOL for a text that no version of this adapter wrote. */
export function decodeCursor(cursor: unknown): FeedPlace {
  const match = typeof cursor === 'string' ? FORMAT.exec(cursor) : null
  const [, epoch, positionText, mark, walkedText] = match ?? []
  if (epoch === undefined || positionText === undefined || mark === undefined) throw malformed()
  const position = Number.parseInt(positionText, 36)
  if (position > MAX_POSITION || (position === 0) !== (mark === NO_MARK)) throw malformed()
  if (walkedText === undefined) return { epoch, position, mark }
  const walked = Number.parseInt(walkedText, 36)
  if (walked >= position) throw malformed()
  return { epoch, position, mark, walked }
}

function malformed(): SyncError {
  return new SyncError('PROTOCOL', 'The cursor is not one of this backend')
}
