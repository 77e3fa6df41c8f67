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

const COLUMNS = 'feed, scope, epoch, epoch_start, head, floor, records'

export async function readFeed(session: Session, scope: string): Promise<Feed | undefined> {
  const [row] = await session.rows(`SELECT ${COLUMNS} FROM synclayer_feed WHERE scope = ?`, [scope])
  return row && toFeed(row)
}

/** The feed, locked until the transaction ends: positions are given to one transaction after the other (A1). */
export async function lockFeed(session: Session, scope: string): Promise<Feed | undefined> {
  const [row] = await session.rows(`SELECT ${COLUMNS} FROM synclayer_feed WHERE scope = ? FOR UPDATE`, [
    scope,
  ])
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

const MARKS = `FROM synclayer_mark
  WHERE feed = ? AND position >= COALESCE(
    (SELECT MAX(older.position) FROM synclayer_mark AS older WHERE older.feed = ? AND older.position < ?), 0)
  ORDER BY position`

// One that was put back from a dump was made later.
const TABLE_MADE_AT = `(SELECT UNIX_TIMESTAMP(CREATE_TIME) FROM information_schema.TABLES
  WHERE TABLE_SCHEMA = DATABASE() AND TABLE_NAME = 'synclayer_feed')`

/** The marks that positions from `from` to the head were written under, the oldest first, and always the newest. */
export async function readMarks(session: Session, feed: number, from: number): Promise<readonly Mark[]> {
  const rows = await session.rows(`SELECT position, name, made_at, incarnation ${MARKS}`, [feed, feed, from])
  return rows.map(toMark)
}

/** The same, and when the table of feeds was made. */
export async function readMarksAndAge(
  session: Session,
  feed: number,
  from: number,
): Promise<{ readonly marks: readonly Mark[]; readonly tableMadeAt: number }> {
  const rows = await session.rows(`SELECT position, name, made_at, incarnation, ${TABLE_MADE_AT} ${MARKS}`, [
    feed,
    feed,
    from,
  ])
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
