/** The rows of `synclayer_record`, and what is made of them. */
import { type JsonObject, projectDocument, type Projection, type RemoteRecord } from '@synclayer/core/adapter'
import type { Database, Statement } from 'better-sqlite3'

/** A record's state without its document: enough to decide a put. */
export interface RecordHead {
  readonly version: string
  readonly deleted: 0 | 1
}

/** A row as the queries below give it, in the order of COLUMNS. */
export type RecordRow = readonly [
  position: number,
  collection: string,
  id: string,
  version: string,
  deleted: 0 | 1,
  time: string,
  schema: number,
  mutation: string | null,
  document: string | null,
]

/** The new state of a record. A null document is a tombstone. */
export interface RecordState {
  readonly version: string
  readonly time: string
  readonly schema: number
  readonly mutation: string
  readonly storedAt: number
  readonly document: string | null
}

export interface Records {
  head(feed: number, collection: string, id: string): RecordHead | undefined
  row(feed: number, collection: string, id: string): RecordRow | undefined
  insert(feed: number, position: number, collection: string, id: string, state: RecordState): void
  update(feed: number, position: number, collection: string, id: string, state: RecordState): void
  /**
   * Rows at positions above `from` up to `to`, in the order of the feed, at most `limit`. `collections` is a JSON list
   * of names.
   */
  scan(feed: number, from: number, to: number, collections: string, limit: number): readonly RecordRow[]
  /** The lowest position above `from`, whatever the collection. */
  next(feed: number, from: number): number | undefined
}

const COLUMNS = `key & 1099511627775, collection, id, version, deleted, time, schema, mutation, document`
const ONE = `feed = ? AND collection = ? AND id = ?`
// Without the unary plus SQLite might walk the index of ids, and out of order.
const RANGE = `key > (? << 40 | ?) AND key <= (? << 40 | ?)`

/** Prepares the statements of the records. */
export function createRecords(database: Database): Records {
  const prepare = <Parameters extends unknown[], Result>(sql: string): Statement<Parameters, Result> =>
    database.prepare<Parameters, Result>(sql).safeIntegers(false)

  const head = prepare<[number, string, string], RecordHead>(
    `SELECT version, deleted FROM synclayer_record WHERE ${ONE}`,
  )
  const row = prepare<[number, string, string], RecordRow>(
    `SELECT ${COLUMNS} FROM synclayer_record WHERE ${ONE}`,
  ).raw()
  const insert = prepare(
    `INSERT INTO synclayer_record (key, feed, collection, id, version, deleted, time, schema, mutation, stored_at, document)
     VALUES (? << 40 | ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
  )
  const update = prepare(
    `UPDATE synclayer_record
     SET key = ? << 40 | ?, version = ?, deleted = ?, time = ?, schema = ?, mutation = ?, stored_at = ?, document = ?
     WHERE ${ONE}`,
  )
  const next = prepare<[number, number, number], number>(
    `SELECT key & 1099511627775 FROM synclayer_record WHERE key > (? << 40 | ?) AND key < (? + 1) << 40 ORDER BY key LIMIT 1`,
  ).pluck()
  const scan = prepare<[number, number, number, number, string, number], RecordRow>(
    `SELECT ${COLUMNS} FROM synclayer_record
     WHERE ${RANGE} AND +collection IN (SELECT value FROM json_each(?)) ORDER BY key LIMIT ?`,
  ).raw()

  return {
    head: (feed, collection, id) => head.get(feed, collection, id),
    row: (feed, collection, id) => row.get(feed, collection, id),
    insert: (feed, position, collection, id, { version, time, schema, mutation, storedAt, document }) => {
      const deleted = document === null ? 1 : 0
      insert.run(
        feed,
        position,
        feed,
        collection,
        id,
        version,
        deleted,
        time,
        schema,
        mutation,
        storedAt,
        document,
      )
    },
    update: (feed, position, collection, id, { version, time, schema, mutation, storedAt, document }) => {
      const deleted = document === null ? 1 : 0
      update.run(
        feed,
        position,
        version,
        deleted,
        time,
        schema,
        mutation,
        storedAt,
        document,
        feed,
        collection,
        id,
      )
    },
    scan: (feed, from, to, collections, limit) => scan.all(feed, from, feed, to, collections, limit),
    next: (feed, from) => next.get(feed, from, feed),
  }
}

/** The record a row holds, with its document projected. */
export function rowToRecord(row: RecordRow, fields: Projection | undefined): RemoteRecord {
  const [, collection, id, version, deleted, time, schema, mutation, document] = row
  const record: RemoteRecord =
    deleted === 1
      ? { collection, id, version, deleted: true, time, schema }
      : { collection, id, version, deleted: false, data: parseDocument(document, fields), time, schema }
  return mutation === null ? record : { ...record, mutation }
}

function parseDocument(text: string | null, fields: Projection | undefined): JsonObject {
  return projectDocument(JSON.parse(text as string) as JsonObject, fields)
}
