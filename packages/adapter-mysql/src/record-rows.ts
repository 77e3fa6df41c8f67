/** The rows of `synclayer_record`. */
import {
  type FeedRow,
  type RecordHead,
  type RecordWrite,
  rowToStored,
  type StoredRecord,
} from '@synclayer/adapter-kit'
import type { Transaction } from './database.ts'
import { isErrno } from './map-error.ts'
import type { Branch } from './narrowing.ts'
import { type Row, runInPackets, type Session } from './session.ts'

/** Names a record within a feed. */
export interface RecordKey {
  readonly collection: string
  readonly id: string
}

/** A record without its document. */
export interface KeyedHead extends RecordKey, RecordHead {}

// In the order of the kit's rows.
const COLUMNS =
  'position, collection, id, version, deleted_at IS NOT NULL, time, schema_version, mutation, document'
const STATE = ['position', 'version', 'time', 'schema_version', 'mutation', 'deleted_at', 'document']
const DUPLICATE_KEY = 1062
// So many are still looked up one by one, by either server.
const KEYS_PER_STATEMENT = 500

/** The records named, without their documents; those that are not stored are left out. */
export async function readHeads(
  session: Session,
  feed: number,
  keys: readonly RecordKey[],
): Promise<readonly KeyedHead[]> {
  const rows = await readByKey(session, 'collection, id, version, deleted_at IS NOT NULL', feed, keys)
  return rows.map(([collection, id, version, deleted]) => ({
    collection: String(collection),
    id: String(id),
    version: String(version),
    deleted: deleted === 1,
  }))
}

/** The records named, whole; those that are not stored are left out. */
export async function readRecords(
  session: Session,
  feed: number,
  keys: readonly RecordKey[],
): Promise<readonly StoredRecord[]> {
  return toFeedRows(await readByKey(session, COLUMNS, feed, keys)).map(rowToStored)
}

/**
 * Stores new states: of records that are not there, over nothing, and of others over the old ones. No record may be named
 * twice. Fails with `isRecordThere` where one that is said not to be there is.
 */
export async function writeRecords(
  session: Transaction,
  feed: number,
  writes: readonly RecordWrite[],
  storedAt: number,
): Promise<void> {
  const toRow = (write: RecordWrite): Row => [
    feed,
    write.collection,
    write.id,
    write.position,
    write.version,
    write.time,
    write.schema,
    write.mutation,
    write.deleted ? storedAt : null,
    write.document,
  ]
  const insert = `INSERT INTO synclayer_record (${['feed', 'collection', 'id', ...STATE].join(', ')}) VALUES ?`
  const overwrite = `${insert} ${session.dialect.overwrite(STATE)}`
  const { maxPacketBytes } = session.server
  const [old, fresh] = [writes.filter(({ exists }) => exists), writes.filter(({ exists }) => !exists)]
  await runInPackets(session, overwrite, old.map(toRow), maxPacketBytes)
  await runInPackets(session, insert, fresh.map(toRow), maxPacketBytes)
}

/** Whether a record was to be stored as a new one, and is not. */
export function isRecordThere(error: unknown): boolean {
  return isErrno(error, DUPLICATE_KEY)
}

/** Which rows of a feed to read: at positions above `from` up to `to`, at most `limit`. */
export interface Scan {
  readonly from: number
  readonly to: number
  readonly limit: number
}

/**
 * Rows in the order of the feed, of all the branches together. Each names its index, lest the server sorts the whole feed
 * for each page.
 */
export async function scanRecords(
  session: Session,
  feed: number,
  { from, to, limit }: Scan,
  branches: readonly Branch[],
): Promise<readonly FeedRow[]> {
  const selects = branches.map(
    ({ index, condition }) => `SELECT ${COLUMNS} FROM synclayer_record FORCE INDEX (${index})
     WHERE feed = ? AND position > ? AND position <= ? AND ${condition} ORDER BY position LIMIT ?`,
  )
  const parameters = branches.flatMap((branch) => [feed, from, to, ...branch.parameters, limit])
  if (selects.length === 1) return toFeedRows(await session.rows(selects[0]!, parameters))
  const all = `${selects.map((select) => `(${select})`).join(' UNION ALL ')} ORDER BY position LIMIT ?`
  return toFeedRows(await session.rows(all, [...parameters, limit]))
}

/** The lowest position above `from`, whatever the collection. */
export async function nextPosition(
  session: Session,
  feed: number,
  from: number,
): Promise<number | undefined> {
  const [row] = await session.rows(
    'SELECT MIN(position) FROM synclayer_record WHERE feed = ? AND position > ?',
    [feed, from],
  )
  const position = row?.[0] ?? null
  return position === null ? undefined : Number(position)
}

async function readByKey(
  session: Session,
  columns: string,
  feed: number,
  keys: readonly RecordKey[],
): Promise<readonly Row[]> {
  const rows: Row[] = []
  for (let start = 0; start < keys.length; start += KEYS_PER_STATEMENT) {
    const idsOf = new Map<string, string[]>()
    for (const { collection, id } of keys.slice(start, start + KEYS_PER_STATEMENT)) {
      const ids = idsOf.get(collection)
      if (ids === undefined) idsOf.set(collection, [id])
      else ids.push(id)
    }
    const any = [...idsOf].map(() => '(collection = ? AND id IN (?))').join(' OR ')
    const sql = `SELECT ${columns} FROM synclayer_record WHERE feed = ? AND (${any})`
    rows.push(...(await session.rows(sql, [feed, ...[...idsOf].flat()])))
  }
  return rows
}

/** Names of columns aside, the kit's rows are what the statements above select. */
function toFeedRows(rows: readonly Row[]): readonly FeedRow[] {
  return rows as unknown as readonly FeedRow[]
}
