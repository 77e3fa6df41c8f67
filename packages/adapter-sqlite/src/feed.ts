/**
 * The feed of a scope: its epoch, head and floor, and the marks which tell one history from another (A4).
 *
 *   positions   1 2 3 4 5 6 7 8 9 ...
 *   marks       a@0         b@5              1 to 5 were written under a, 6 and later under b
 *
 * Marks are made at the head, so what a committed position was written under never changes. Each process makes one
 * before it first writes to a scope, and once an hour. A file put back from a copy is opened anew, so whatever is
 * written after that has another mark than what was undone: a cursor whose mark is not that of its position, or that
 * lies beyond the head, belongs to a history that is gone.
 */
import type { Random } from '@synclayer/core/adapter'
import type { Database, Statement } from 'better-sqlite3'
import { type FeedPlace, NO_MARK } from './cursor.ts'
import { epochOrdinal, formatEpoch, randomName } from './version.ts'

/** One row of the table of feeds. */
export interface Feed {
  readonly feed: number
  readonly scope: string
  readonly epoch: string
  /** The head as the epoch began: above 0 where an earlier history was given up. */
  readonly epochStart: number
  readonly head: number
  readonly floor: number
  /** Rows of the scope, tombstones included. */
  readonly records: number
}

/**
 * How a cursor stands to its feed. `foreign`: of another epoch. `lost`: of this epoch, but of a history that was
 * undone, so the epoch has to end.
 */
export type Standing = 'good' | 'expired' | 'foreign' | 'lost'

export interface Feeds {
  find(scope: string): Feed | undefined
  /** The feed, made where the scope is new. Needs a write transaction. */
  take(scope: string): Feed
  standing(feed: Feed, place: FeedPlace | null): Standing
  /** Ends the feed's epoch and begins another. Needs a write transaction. */
  beginEpoch(feed: Feed): Feed
  /** The mark a committed position was written under. */
  markOf(feed: Feed, position: number): string
  /** The mark to write under from now on, made first where it is due. Needs a write transaction. */
  writeMark(feed: Feed): WriteMark
  /** Saves a new head and count of rows. Needs a write transaction. */
  advance(feed: Feed, head: number, records: number): void
  /** Remembers what was read or, with the mark it was written under, committed. */
  note(feed: Feed, mark?: WriteMark): void
}

/** What a process writes under. */
export interface WriteMark {
  readonly name: string
  readonly madeAt: number
}

const MARK_EVERY_MS = 3_600_000
// Scopes whose head is remembered; beyond, the longest remembered goes.
const REMEMBERED_SCOPES = 10_000

/** What this process knows of a scope. A head below the known one says that the file was rewound in place. */
interface Memory {
  readonly epoch: string
  readonly head: number
  readonly mark: WriteMark | undefined
}

/** Prepares the statements of the feeds. */
export function createFeeds(database: Database, random: Random, now: () => number): Feeds {
  const statements = prepare(database)
  const memories = new Map<string, Memory>()
  const find = (scope: string): Feed | undefined => statements.find.get(scope)
  const makeMark = (feed: Feed, name: string): WriteMark => {
    const madeAt = now()
    statements.mark.run(feed.feed, feed.head, name, madeAt)
    return { name, madeAt }
  }

  return {
    find,
    take: (scope) => {
      const found = find(scope)
      if (found !== undefined) return found
      const name = randomName(random)
      statements.create.run(scope, formatEpoch(Math.max(1, now()), name))
      const feed = find(scope) as Feed
      makeMark(feed, name)
      return feed
    },
    standing: (feed, place) => {
      const memory = memories.get(feed.scope)
      if (memory !== undefined && memory.epoch === feed.epoch && memory.head > feed.head) return 'lost'
      if (place === null) return 'good'
      if (place.epoch !== feed.epoch) return 'foreign'
      if (place.position > feed.head) return 'lost'
      if (place.position < feed.floor) return 'expired'
      if (place.position === 0) return 'good'
      return statements.markOf.get(feed.feed, place.position) === place.mark ? 'good' : 'lost'
    },
    beginEpoch: (feed) => {
      const name = randomName(random)
      // The clock makes epochs rise even where the same copy is put back twice.
      const epoch = formatEpoch(Math.max(epochOrdinal(feed.epoch) + 1, now()), name)
      statements.begin.run(epoch, feed.feed)
      makeMark(feed, name)
      memories.delete(feed.scope)
      return { ...feed, epoch, epochStart: feed.head }
    },
    markOf: (feed, position) =>
      position === 0 ? NO_MARK : (statements.markOf.get(feed.feed, position) as string),
    writeMark: (feed) => {
      const own = memories.get(feed.scope)?.mark
      const age = own === undefined ? MARK_EVERY_MS : now() - own.madeAt
      if (own === undefined || age < 0 || age >= MARK_EVERY_MS) return makeMark(feed, randomName(random))
      // Another process may have made a newer one since; that one rules.
      return { name: statements.newestMark.get(feed.feed) as string, madeAt: own.madeAt }
    },
    advance: (feed, head, records) => {
      statements.advance.run(head, records, feed.feed)
    },
    note: ({ scope, epoch, head }, mark) => {
      const before = memories.get(scope)
      memories.delete(scope)
      memories.set(scope, { epoch, head, mark: mark ?? before?.mark })
      if (memories.size <= REMEMBERED_SCOPES) return
      const [oldest] = memories.keys()
      if (oldest !== undefined) memories.delete(oldest)
    },
  }
}

interface Statements {
  readonly find: Statement<[string], Feed>
  readonly create: Statement<[string, string]>
  readonly begin: Statement<[string, number]>
  readonly advance: Statement<[number, number, number]>
  readonly mark: Statement<[number, number, string, number]>
  readonly markOf: Statement<[number, number], unknown>
  readonly newestMark: Statement<[number], unknown>
}

function prepare(database: Database): Statements {
  const newest = 'ORDER BY position DESC LIMIT 1'
  const statements: Statements = {
    find: database.prepare(
      `SELECT feed, scope, epoch, epoch_start AS epochStart, head, floor, records FROM synclayer_feed WHERE scope = ?`,
    ),
    create: database.prepare(`INSERT INTO synclayer_feed VALUES (NULL, ?, ?, 0, 0, 0, 0)`),
    begin: database.prepare(`UPDATE synclayer_feed SET epoch = ?, epoch_start = head WHERE feed = ?`),
    advance: database.prepare(`UPDATE synclayer_feed SET head = ?, records = ? WHERE feed = ?`),
    // Under an older mark at the same position nothing was written, so it may go.
    mark: database.prepare(`INSERT OR REPLACE INTO synclayer_mark VALUES (?, ?, ?, ?)`),
    markOf: database.prepare(`SELECT name FROM synclayer_mark WHERE feed = ? AND position < ? ${newest}`),
    newestMark: database.prepare(`SELECT name FROM synclayer_mark WHERE feed = ? ${newest}`),
  }
  for (const statement of Object.values(statements) as Statement[]) statement.safeIntegers(false)
  statements.markOf.pluck()
  statements.newestMark.pluck()
  return statements
}
