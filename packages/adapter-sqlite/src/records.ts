/** The rows of `synclayer_record`. */
import type { FeedRow, RecordHead, RecordWrite } from '@synclayer/adapter-kit'
import type { Database, Statement } from 'better-sqlite3'

export interface Records {
  head(feed: number, collection: string, id: string): RecordHead | undefined
  row(feed: number, collection: string, id: string): FeedRow | undefined
  write(feed: number, record: RecordWrite, storedAt: number): void
  /**
   * Rows at positions above `from` up to `to`, in the order of the feed, at most `limit`. `collections` is a JSON list
   * of names.
   */
  scan(feed: number, from: number, to: number, collections: string, limit: number): readonly FeedRow[]
  /** The lowest position above `from`, whatever the collection. */
  next(feed: number, from: number): number | undefined
}

// In the order of a FeedRow.
const COLUMNS = `key & 1099511627775, collection, id, version, deleted, time, schema, mutation, document`
const ONE = `feed = ? AND collection = ? AND id = ?`
// Without the unary plus SQLite might walk the index of ids, and out of order.
const RANGE = `key > (? << 40 | ?) AND key <= (? << 40 | ?)`

/** Prepares the statements of the records. */
export function createRecords(database: Database): Records {
  const prepare = <Parameters extends unknown[], Result>(sql: string): Statement<Parameters, Result> =>
    database.prepare<Parameters, Result>(sql).safeIntegers(false)

  const head = prepare<[number, string, string], { version: string; deleted: 0 | 1 }>(
    `SELECT version, deleted FROM synclayer_record WHERE ${ONE}`,
  )
  const row = prepare<[number, string, string], FeedRow>(
    `SELECT ${COLUMNS} FROM synclayer_record WHERE ${ONE}`,
  ).raw()
  const insert = prepare(
    `INSERT INTO synclayer_record (version, deleted, time, schema, mutation, stored_at, document, key, feed, collection, id)
     VALUES (?, ?, ?, ?, ?, ?, ?, ? << 40 | ?, ?, ?, ?)`,
  )
  const update = prepare(
    `UPDATE synclayer_record
     SET version = ?, deleted = ?, time = ?, schema = ?, mutation = ?, stored_at = ?, document = ?, key = ? << 40 | ?
     WHERE ${ONE}`,
  )
  const next = prepare<[number, number, number], number>(
    `SELECT key & 1099511627775 FROM synclayer_record WHERE key > (? << 40 | ?) AND key < (? + 1) << 40 ORDER BY key LIMIT 1`,
  ).pluck()
  const scan = prepare<[number, number, number, number, string, number], FeedRow>(
    `SELECT ${COLUMNS} FROM synclayer_record
     WHERE ${RANGE} AND +collection IN (SELECT value FROM json_each(?)) ORDER BY key LIMIT ?`,
  ).raw()

  return {
    head: (feed, collection, id) => {
      const found = head.get(feed, collection, id)
      return found === undefined ? undefined : { version: found.version, deleted: found.deleted === 1 }
    },
    row: (feed, collection, id) => row.get(feed, collection, id),
    write: (feed, record, storedAt) => {
      const { position, collection, id, version, deleted, time, schema, mutation, document, exists } = record
      const statement = exists ? update : insert
      statement.run(
        version,
        deleted ? 1 : 0,
        time,
        schema,
        mutation,
        storedAt,
        document,
        feed,
        position,
        feed,
        collection,
        id,
      )
    },
    scan: (feed, from, to, collections, limit) => scan.all(feed, from, feed, to, collections, limit),
    next: (feed, from) => next.get(feed, from, feed),
  }
}
