/** The rows of `synclayer_feed` and `synclayer_mark`. */
import type { FeedState } from '@synclayer/adapter-kit'
import type { Row, Session } from './session.ts'
import { HELD_GENERATION } from './tables/table-registry.ts'

/** One row of the table of feeds. */
export interface Feed extends FeedState {
  readonly feed: number
  readonly scope: string
}

/** Positions above `position`, up to the next mark, were written under `name`. */
export interface Mark {
  readonly position: number
  readonly name: string
  readonly madeAt: number
  /** What the server and its tables were as the mark was made. */
  readonly incarnation: string
}

const COLUMNS = ['feed', 'scope', 'epoch', 'epoch_start', 'head', 'floor', 'records']

const FEED_AND_MARKS = [
  ...COLUMNS.map((name) => `f.${name}`),
  'm.position',
  'm.name',
  'm.made_at',
  'm.incarnation',
]

// The first `?` is the scope, the second the position from which marks are wanted.
const FROM_FEED_AND_MARKS = `FROM synclayer_feed AS f JOIN synclayer_mark AS m ON m.feed = f.feed
  WHERE f.scope = ? AND m.position >= COALESCE(
    (SELECT MAX(older.position) FROM synclayer_mark AS older
     WHERE older.feed = f.feed AND older.position < LEAST(f.head, CAST(? AS UNSIGNED))), 0)
  ORDER BY m.position`

/** A feed, and marks of it, the oldest first. */
export interface MarkedFeed {
  readonly feed: Feed
  /** Those that positions from the one asked for, or the head where that is lower, were written under; always the newest. */
  readonly marks: readonly Mark[]
}

/** The feed as it is, with the marks from position `from` on. */
export async function readFeed(
  session: Session,
  scope: string,
  from: number,
): Promise<MarkedFeed | undefined> {
  const rows = await session.rows(`SELECT ${FEED_AND_MARKS.join(', ')} ${FROM_FEED_AND_MARKS}`, [scope, from])
  return toMarkedFeed(rows)
}

/** The feed's row, locked until the transaction ends. */
export async function lockFeed(session: Session, scope: string): Promise<Feed | undefined> {
  const [row] = await session.rows(
    `SELECT ${COLUMNS.join(', ')} FROM synclayer_feed WHERE scope = ? FOR UPDATE`,
    [scope],
  )
  return row && toFeed(row)
}

/** Makes an empty feed; false where another transaction made one first, which then is locked. */
export async function insertFeed(session: Session, scope: string, epoch: string): Promise<boolean> {
  const affected = await session.run(
    `INSERT INTO synclayer_feed (scope, epoch, epoch_start, head, floor, records) VALUES (?, ?, 0, 0, 0, 0)
     ON DUPLICATE KEY UPDATE records = records`,
    [scope, epoch],
  )
  return affected === 1
}

/** Saves what may change of a feed that is locked. */
export async function updateFeed(
  session: Session,
  { feed, epoch, epochStart, head, records }: Feed,
): Promise<void> {
  await session.run(
    'UPDATE synclayer_feed SET epoch = ?, epoch_start = ?, head = ?, records = ? WHERE feed = ?',
    [epoch, epochStart, head, records, feed],
  )
}

/** All that a transaction has to know of a feed it writes to. */
export interface TakenFeed extends MarkedFeed {
  /** When the table of feeds was made. One that was put back from a dump was made later. */
  readonly tableMadeAt: number
  /** Of the synced tables: it stays so until the transaction ends. */
  readonly generation: string
}

const TABLE_MADE_AT = `(SELECT UNIX_TIMESTAMP(CREATE_TIME) FROM information_schema.TABLES
  WHERE TABLE_SCHEMA = DATABASE() AND TABLE_NAME = 'synclayer_feed')`

/**
 * The feed, locked until the transaction ends: positions are given to one transaction after the other (A1).
 *
 * One statement, since each is a way to the server and back. What is not locked in it, the position of the oldest mark asked for,
 * may be from before the wait for the lock: then it is lower, and more marks come.
 */
export async function takeFeed(
  session: Session,
  scope: string,
  from: number,
): Promise<TakenFeed | undefined> {
  const columns = [...FEED_AND_MARKS, TABLE_MADE_AT, `(${HELD_GENERATION})`]
  const rows = await session.preparedRows(`SELECT ${columns.join(', ')} ${FROM_FEED_AND_MARKS} FOR UPDATE`, [
    scope,
    from,
  ])
  const found = toMarkedFeed(rows)
  const [tableMadeAt, generation] = rows[0]?.slice(FEED_AND_MARKS.length) ?? []
  return found && { ...found, tableMadeAt: Number(tableMadeAt), generation: String(generation) }
}

function toMark([position, name, madeAt, incarnation]: Row): Mark {
  return {
    position: Number(position),
    name: String(name),
    madeAt: Number(madeAt),
    incarnation: String(incarnation),
  }
}

/** The name of the mark that `position` was written under, where it is among those. */
export function markAt(marks: readonly Mark[], position: number): string | undefined {
  return marks.findLast((mark) => mark.position < position)?.name
}

/** Makes a mark. Under an older one at the same position nothing was written, so it may go. */
export async function writeMark(session: Session, feed: number, mark: Mark): Promise<void> {
  await session.run('REPLACE INTO synclayer_mark (feed, position, name, made_at, incarnation) VALUES ?', [
    [[feed, mark.position, mark.name, mark.madeAt, mark.incarnation]],
  ])
}

function toMarkedFeed(rows: readonly Row[]): MarkedFeed | undefined {
  const [first] = rows
  return first && { feed: toFeed(first), marks: rows.map((row) => toMark(row.slice(COLUMNS.length))) }
}

function toFeed([feed, scope, epoch, epochStart, head, floor, records]: Row): Feed {
  return {
    feed: Number(feed),
    scope: String(scope),
    epoch: String(epoch),
    epochStart: Number(epochStart),
    head: Number(head),
    floor: Number(floor),
    records: Number(records),
  }
}
