/** The feed of a scope: its row, and the marks which tell one history from another (A4). */
import {
  createFeedMemory,
  epochOrdinal,
  type FeedPlace,
  type FeedState,
  formatEpoch,
  isRewound,
  randomName,
  type Standing,
  standingOf,
  type WriteMark,
} from '@synclayer/adapter-kit'
import type { Random } from '@synclayer/core/adapter'
import type { Database, Statement } from 'better-sqlite3'

/** One row of the table of feeds. */
export interface Feed extends FeedState {
  readonly feed: number
  readonly scope: string
}

/** A mark to write under; a new one is to be saved along with what is written. */
export interface DueMark extends WriteMark {
  readonly isNew: boolean
}

export interface Feeds {
  find(scope: string): Feed | undefined
  /** The feed, made where the scope is new. Needs a write transaction. */
  take(scope: string): Feed
  /** True where the file was rewound in place since this process last looked. */
  isRewound(feed: Feed): boolean
  standing(feed: Feed, place: FeedPlace | null): Standing
  /** Ends the feed's epoch and begins another. Needs a write transaction. */
  beginEpoch(feed: Feed): Feed
  /** The mark a committed position was written under. */
  markOf(feed: Feed, position: number): string
  /** The mark to write under from now on: the newest there is, or a new one where that is due. */
  markToWrite(feed: Feed): DueMark
  /** Saves a new mark at the head. Needs a write transaction. */
  saveMark(feed: Feed, mark: WriteMark): void
  /** Saves a new head and count of rows. Needs a write transaction. */
  advance(feed: Feed, head: number, records: number): void
  /** Remembers what was read or, with the mark it was written under, committed. */
  note(feed: Feed, mark?: WriteMark): void
}

/** Prepares the statements of the feeds. */
export function createFeeds(database: Database, random: Random, now: () => number): Feeds {
  const statements = prepare(database)
  const memory = createFeedMemory()
  const find = (scope: string): Feed | undefined => statements.find.get(scope)
  const saveMark = (feed: Feed, { name, madeAt }: WriteMark): void => {
    statements.mark.run(feed.feed, feed.head, name, madeAt)
  }
  const rewound = (feed: Feed): boolean => isRewound(feed, memory.seen(feed.scope))
  const markOf = (feed: Feed, position: number): string =>
    statements.markOf.get(feed.feed, position) as string

  return {
    find,
    take: (scope) => {
      const found = find(scope)
      if (found !== undefined) return found
      const name = randomName(random)
      statements.create.run(scope, formatEpoch(Math.max(1, now()), name))
      const feed = find(scope) as Feed
      saveMark(feed, { name, madeAt: now() })
      return feed
    },
    isRewound: rewound,
    standing: (feed, place) =>
      rewound(feed) ? 'lost' : standingOf(feed, place, (position) => markOf(feed, position)),
    beginEpoch: (feed) => {
      const name = randomName(random)
      // The clock makes epochs rise even where the same copy is put back twice.
      const epoch = formatEpoch(Math.max(epochOrdinal(feed.epoch) + 1, now()), name)
      statements.begin.run(epoch, feed.feed)
      saveMark(feed, { name, madeAt: now() })
      memory.forget(feed.scope)
      return { ...feed, epoch, epochStart: feed.head }
    },
    markOf,
    markToWrite: (feed) => {
      const own = memory.mark(feed.scope, now())
      if (own === undefined) return { name: randomName(random), madeAt: now(), isNew: true }
      // Another process may have made a newer one since; that one rules.
      return { name: statements.newestMark.get(feed.feed) as string, madeAt: own.madeAt, isNew: false }
    },
    saveMark,
    advance: (feed, head, records) => {
      statements.advance.run(head, records, feed.feed)
    },
    note: (feed, mark) => memory.note(feed.scope, feed, mark),
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
