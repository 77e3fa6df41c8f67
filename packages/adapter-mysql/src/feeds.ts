/** The feed of a scope as transactions use it: its row, and the marks which tell one history from another (A4). */
import {
  createFeedMemory,
  epochOrdinal,
  type FeedMemory,
  type FeedPlace,
  formatEpoch,
  isRewound,
  randomName,
  type Seen,
  type Standing,
  standingOf,
} from '@synclayer/adapter-kit'
import type { Random } from '@synclayer/core/adapter'
import type { Transaction } from './database.ts'
import {
  type Feed,
  insertFeed,
  lockFeed,
  type Mark,
  markAt,
  readFeed,
  takeFeed,
  type TakenFeed,
  updateFeed,
  writeMark,
} from './feed-rows.ts'

/** A feed as a transaction found it. */
export interface OpenFeed {
  readonly feed: Feed
  readonly marks: readonly Mark[]
  /** True where the feed lies behind what this process has seen of it. */
  readonly isRewound: boolean
}

/** A feed that is locked until the transaction ends. */
export interface LockedFeed extends OpenFeed {
  /**
   * Tells the tables from a copy of them that was put back, and the server from another that took its place. No version may
   * come again after that, so a mark of another incarnation is written under no more (A4).
   */
  readonly incarnation: string
  /** Of the synced tables, which stay as they are until the transaction ends. */
  readonly generation: string
}

/** A mark to write under; a new one is to be saved along with what is written. */
export interface DueMark extends Mark {
  readonly isNew: boolean
}

export interface Feeds {
  readonly memory: FeedMemory
  /** The feed with the marks from position `from` on. `seen` is what was known before the transaction began. */
  find(
    session: Transaction,
    scope: string,
    seen: Seen | undefined,
    from: number,
  ): Promise<OpenFeed | undefined>
  /** The same, locked, and made where the scope is new. */
  take(session: Transaction, scope: string, seen: Seen | undefined, from: number): Promise<LockedFeed>
  /** Ends the epoch of a feed and begins another. */
  beginEpoch(session: Transaction, open: LockedFeed): Promise<LockedFeed>
  /** The mark to write under from now on: the newest there is, or a new one where that is due. */
  markToWrite(open: LockedFeed): DueMark
}

export function createFeeds(random: Random, now: () => number): Feeds {
  const memory = createFeedMemory()
  const create = async (session: Transaction, scope: string): Promise<void> => {
    const name = randomName(random)
    if (!(await insertFeed(session, scope, formatEpoch(Math.max(1, now()), name)))) return
    const { feed } = (await lockFeed(session, scope)) as Feed
    // Whoever writes first makes a mark of his own in its place.
    await writeMark(session, feed, { position: 0, name, madeAt: now(), incarnation: '' })
  }

  return {
    memory,
    find: async (session, scope, seen, from) => {
      const found = await readFeed(session, scope, from)
      return found && { ...found, isRewound: isRewound(found.feed, seen) }
    },
    take: async (session, scope, seen, from) => {
      let taken = await takeFeed(session, scope, from)
      if (taken === undefined) {
        await create(session, scope)
        taken = (await takeFeed(session, scope, from)) as TakenFeed
      }
      const { feed, marks, tableMadeAt, generation } = taken
      const incarnation = `${session.server.run} ${tableMadeAt}`
      return { feed, marks, isRewound: isRewound(feed, seen), incarnation, generation }
    },
    beginEpoch: async (session, { feed, marks, incarnation, generation }) => {
      const name = randomName(random)
      // The clock makes epochs rise even where the same copy is put back twice.
      const epoch = formatEpoch(Math.max(epochOrdinal(feed.epoch) + 1, now()), name)
      const begun = { ...feed, epoch, epochStart: feed.head }
      const mark = { position: feed.head, name, madeAt: now(), incarnation }
      await updateFeed(session, begun)
      await writeMark(session, feed.feed, mark)
      const before = marks.filter(({ position }) => position < feed.head)
      return { feed: begun, marks: [...before, mark], isRewound: false, incarnation, generation }
    },
    markToWrite: ({ feed, marks, incarnation }) => {
      const newest = marks.at(-1)
      const own = memory.mark(feed.scope, now())
      // Another process may have made a newer one since; that one rules, if this is still the server it was made on.
      if (own !== undefined && newest?.incarnation === incarnation) {
        return { ...newest, madeAt: own.madeAt, isNew: false }
      }
      return { position: feed.head, name: randomName(random), madeAt: now(), incarnation, isNew: true }
    },
  }
}

/** How a cursor stands to its feed. */
export function standing({ feed, marks, isRewound }: OpenFeed, place: FeedPlace | null): Standing {
  return isRewound ? 'lost' : standingOf(feed, place, (position) => markAt(marks, position))
}
