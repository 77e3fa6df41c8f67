/**
 * The cursor's text. It names the epoch, a position, and the mark that position was written under, so that a cursor of
 * a history that was undone by a restore is noticed even after new writes have reached its position.
 *
 *   1:<epoch>:<position>:<mark>:<seal>                       in the feed
 *   1:<epoch>:<start>:<mark>:<walked to>:<rows>:<seal>       in a snapshot that began when `start` was the head
 *
 * A cursor from beyond the head ends the epoch for everyone, so nobody may make one up: the seal is a keyed hash over
 * scope and text, with a key that is kept in the database (`hmacSeal` of the `/node` entry).
 */
import { type Cursor, SyncError } from '@synclayer/core/adapter'

/** A place in a feed. */
export interface FeedPlace {
  readonly epoch: string
  /** Everything up to here is known; in a snapshot, the head at its start, from which the feed goes on. */
  readonly position: number
  /** The mark `position` was written under. */
  readonly mark: string
  /** In a snapshot: how far the walk up to `position` has come, and over how many rows. */
  readonly walk?: Walk
}

export interface Walk {
  readonly to: number
  readonly rows: number
}

/** The mark of position 0, under which nothing was written. */
export const NO_MARK = '-'

const FORMAT =
  /^(1:([0-9a-z]{9}\.[0-9a-z]{10}):([0-9a-z]{1,8}):([0-9a-z]{10}|-)(?::([0-9a-z]{1,8}):([0-9a-z]{1,8}))?):([\w-]{16})$/
const SEAL_LENGTH = 16

/** Writes and reads the cursors of one database. */
export interface Cursors {
  encode(scope: string, place: FeedPlace): Cursor
  /**
   * The place a cursor names; null for a cursor of another database or scope. Throws PROTOCOL for a text that no
   * version of this adapter wrote.
   */
  decode(scope: string, cursor: unknown): FeedPlace | null
}

/** A keyed hash of a text, in base64url: at least 16 characters. */
export type Seal = (text: string) => string

/** Cursors sealed with the database's key. */
export function createCursors(seal: Seal): Cursors {
  const sealOf = (scope: string, text: string): string => seal(`${scope}\n${text}`).slice(0, SEAL_LENGTH)
  return {
    encode: (scope, place) => {
      const text = formatPlace(place)
      return `${text}:${sealOf(scope, text)}`
    },
    decode: (scope, cursor) => {
      const match = typeof cursor === 'string' ? FORMAT.exec(cursor) : null
      const [, text, epoch, position, mark, to, rows, sealed] = match ?? []
      if (text === undefined || epoch === undefined || position === undefined || mark === undefined)
        throw malformed()
      if (sealed !== sealOf(scope, text)) return null
      const place = { epoch, position: Number.parseInt(position, 36), mark }
      if (to === undefined || rows === undefined) return place
      return { ...place, walk: { to: Number.parseInt(to, 36), rows: Number.parseInt(rows, 36) } }
    },
  }
}

function formatPlace({ epoch, position, mark, walk }: FeedPlace): string {
  const feed = `1:${epoch}:${position.toString(36)}:${mark}`
  return walk === undefined ? feed : `${feed}:${walk.to.toString(36)}:${walk.rows.toString(36)}`
}

function malformed(): SyncError {
  return new SyncError('PROTOCOL', 'The cursor is not one of this backend')
}
