/** How a record stands in its table: the columns, their order, and the checksum over them. */
import { crc32 } from 'node:zlib'
import type { DamagedRecord, Lane, RecordRow, StoredRecord } from '@synclayer/core/storage'

/** The columns that every read selects, in this order. Long texts are last, so that the others are found without them. */
export const COLUMNS = 'id, revision, lane, ord, checksum, scope, sync, base, document'

/** A row as SQLite gives it; when it is damaged, any column may hold anything. */
export type RawRow = readonly [
  id: unknown,
  revision: unknown,
  lane: unknown,
  ord: unknown,
  checksum: unknown,
  scope: unknown,
  sync: unknown,
  base: unknown,
  document: unknown,
  ...rest: unknown[],
]

const NUMBER_BY_LANE: Readonly<Record<Lane, number>> = { waiting: 1, sending: 2, parked: 3 }
const LANE_BY_NUMBER: ReadonlyMap<unknown, Lane> = new Map([
  [1, 'waiting'],
  [2, 'sending'],
  [3, 'parked'],
])

/** The number that stands for a lane in its column. */
export function laneToNumber(lane: Lane): number {
  return NUMBER_BY_LANE[lane]
}

/** The lane that a number stands for. */
export function numberToLane(number: unknown): Lane | undefined {
  return LANE_BY_NUMBER.get(number)
}

/** Adds what is bound for a row that is written, in the order of COLUMNS. */
export function addColumns(values: unknown[], row: RecordRow, revision: number): void {
  const lane = row.lane === null ? null : NUMBER_BY_LANE[row.lane]
  const checksum = checksumOf(row, revision)
  values.push(row.id, revision, lane, row.order, checksum, row.scope, row.sync, row.base, row.document)
}

/** The record in a row, or the news that it is damaged (ST6). */
export function fromColumns(collection: string, raw: RawRow): StoredRecord | DamagedRecord {
  const [id, revision, lane, order, checksum, scope, sync, base, document] = raw
  if (
    typeof id === 'string' &&
    isSafeInteger(revision) &&
    isSafeInteger(order) &&
    typeof scope === 'string' &&
    typeof sync === 'string' &&
    (base === null || typeof base === 'string') &&
    (document === null || typeof document === 'string')
  ) {
    const knownLane = lane === null ? null : LANE_BY_NUMBER.get(lane)
    if (knownLane !== undefined) {
      const record = { collection, id, scope, document, base, sync, lane: knownLane, order, revision }
      if (checksumOf(record, revision) === checksum) return record
    }
  }
  return {
    collection,
    id: String(id),
    damaged: true,
    revision: toSafeInteger(revision),
    order: toPlace(order),
  }
}

/**
 * One text of all texts, with their lengths in front so that no two rows make the same one. It begins at a number made of
 * the numbers: writing those as text would take as long as all the rest.
 */
function checksumOf(row: RecordRow, revision: number): number {
  const { collection, id, lane, order, scope, sync, base, document } = row
  const head = `${collection.length} ${id.length} ${scope.length} ${sync.length}`
  const texts = collection + id + scope + sync
  const start = mixed(mixed(lane === null ? 0 : NUMBER_BY_LANE[lane], revision), order)
  if (base === null)
    return crc32(document === null ? `${head}|${texts}` : `${head} d|${texts}${document}`, start)
  return crc32(`${head} b${base.length} ${document === null}|${texts}${base}${document ?? ''}`, start)
}

/** Both halves of a safe integer put into 32 bits; what differs in one of them only always differs. */
function mixed(start: number, value: number): number {
  const low = Math.imul(start ^ (value >>> 0), 0x9e3779b1)
  return Math.imul(low ^ Math.floor(value / 0x1_0000_0000), 0x85ebca6b) >>> 0
}

function isSafeInteger(value: unknown): value is number {
  return Number.isSafeInteger(value)
}

/** A column as a safe integer; a fixed one stands for whatever damage left in its place, so that it can be compared. */
export function toSafeInteger(value: unknown): number {
  return isSafeInteger(value) ? value : Number.MAX_SAFE_INTEGER
}

/**
 * A place in an outbox, whatever the column holds: what SQLite orders behind all numbers is last. Going on behind it must
 * never come to the same row again.
 */
export function toPlace(order: unknown): number {
  if (typeof order !== 'number' || Number.isNaN(order)) return Number.MAX_SAFE_INTEGER
  return Math.min(Math.max(order, Number.MIN_SAFE_INTEGER), Number.MAX_SAFE_INTEGER)
}
