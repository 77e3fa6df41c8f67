/** The rows of `synclayer_feed` and `synclayer_mark`. */
import type { FeedState } from '@synclayer/adapter-kit'
import type { Row, Session } from './session.ts'

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

/** The feed, with the marks that positions from `from`, or the head where that is lower, were written under. */
export async function readFeed(
  session: Session,
  scope: string,
  from: number,
): Promise<{ readonly feed: Feed; readonly marks: readonly Mark[] } | undefined> {
  const rows = await session.rows(
    `SELECT ${COLUMNS.map((name) => `f.${name}`).join(', ')}, m.position, m.name, m.made_at, m.incarnation
     FROM synclayer_feed AS f JOIN synclayer_mark AS m ON m.feed = f.feed
     WHERE f.scope = ? AND m.position >= COALESCE(
       (SELECT MAX(older.position) FROM synclayer_mark AS older
        WHERE older.feed = f.feed AND older.position < LEAST(f.head, ?)), 0)
     ORDER BY m.position`,
    [scope, from],
  )
  const [first] = rows
  return first && { feed: toFeed(first), marks: rows.map((row) => toMark(row.slice(COLUMNS.length))) }
}

/** The feed, locked until the transaction ends: positions are given to one transaction after the other (A1). */
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

// One that was put back from a dump was made later.
const TABLE_MADE_AT = `(SELECT UNIX_TIMESTAMP(CREATE_TIME) FROM information_schema.TABLES
  WHERE TABLE_SCHEMA = DATABASE() AND TABLE_NAME = 'synclayer_feed')`

/**
 * The marks that positions from `from` to the head were written under, the oldest first, and always the newest; and when the
 * table of feeds was made.
 */
export async function readMarksAndAge(
  session: Session,
  feed: number,
  from: number,
): Promise<{ readonly marks: readonly Mark[]; readonly tableMadeAt: number }> {
  const rows = await session.rows(
    `SELECT position, name, made_at, incarnation, ${TABLE_MADE_AT} FROM synclayer_mark
     WHERE feed = ? AND position >= COALESCE(
       (SELECT MAX(older.position) FROM synclayer_mark AS older WHERE older.feed = ? AND older.position < ?), 0)
     ORDER BY position`,
    [feed, feed, from],
  )
  return { marks: rows.map(toMark), tableMadeAt: Number(rows[0]?.[4] ?? 0) }
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
