/** One batch in one transaction, with its preconditions. */
import type { CommitResult, Precondition, RecordKey, RecordWrite, WriteBatch } from '@synclayer/core/storage'
import { ROWS_TOGETHER } from './collection-table.ts'
import { type StoreConnection, tableOf } from './store-connection.ts'

const COMMITTED: CommitResult = { status: 'committed' }
const STALE: CommitResult = { status: 'stale' }

/** Writes all of a batch or nothing (ST1), and nothing where a precondition does not hold (ST2). */
export function commitBatch(
  connection: StoreConnection,
  batch: WriteBatch,
  expect: readonly Precondition[],
): CommitResult {
  const { records = [], removals = [], entries = [], flush = false } = batch
  const isEmpty = records.length + removals.length + entries.length === 0
  if (isEmpty && expect.length === 0 && !flush) return COMMITTED
  // All collections must be known before anything is begun.
  for (const { collection } of records) tableOf(connection, collection)
  for (const { collection } of removals) tableOf(connection, collection)
  connection.revisions.reserve(records.length + entries.length)
  if (records.length === 1 && removals.length + entries.length === 0 && !flush) {
    const done = commitNew(connection, records[0]!, expect)
    if (done !== null) return done
  }

  const write = flush ? connection.writeFlushed : connection.write
  const isCommitted = write(() => {
    const wanted = checkOthers(connection, records, expect)
    if (wanted === null) return false
    if (!putRecords(connection, records, wanted)) return false
    for (const key of removals) removeRecord(connection, key)
    for (const { name, value } of entries) {
      if (value === null) connection.entries.remove(name)
      else connection.entries.put(name, value, connection.revisions.next())
    }
    return true
  })
  return isCommitted ? COMMITTED : STALE
}

/**
 * What most commits are: one record that is expected to be new. One statement is a transaction by itself, and its
 * conflict clause the precondition. Null where the batch is something else.
 */
function commitNew(
  connection: StoreConnection,
  record: RecordWrite,
  expect: readonly Precondition[],
): CommitResult | null {
  const [condition] = expect
  if (expect.length !== 1 || condition === undefined || 'entry' in condition || condition.revision !== null)
    return null
  if (condition.id !== record.id || condition.collection !== record.collection) return null
  const isNew = tableOf(connection, record.collection).insert(record, connection.revisions.next())
  return isNew ? COMMITTED : STALE
}

/** For each record to be written, in order: the revision it must have; UNSAID where any will do. */
type Wanted = readonly (number | null)[]

/** No revision is negative. */
const UNSAID = -1

/**
 * Checks the preconditions, except for the records that are written themselves: writing reads them anyway. Null where one
 * does not hold.
 */
function checkOthers(
  connection: StoreConnection,
  records: readonly RecordWrite[],
  expect: readonly Precondition[],
): Wanted | null {
  const wanted: (number | null)[] = []
  // Most batches name what they write and what they expect in the same order.
  let at = 0
  while (at < records.length && isAbout(expect[at], records[at]!)) {
    wanted.push((expect[at] as { readonly revision: number | null }).revision)
    at += 1
  }
  const places = at < records.length && at < expect.length ? placesOf(records, at) : null
  while (wanted.length < records.length) wanted.push(UNSAID)
  for (const condition of expect.slice(at)) {
    if ('entry' in condition) {
      if (connection.entries.revisionOf(condition.entry) !== condition.revision) return null
      continue
    }
    const { collection, id, revision } = condition
    const place = places?.get(collection)?.get(id)
    if (place !== undefined && wanted[place] === UNSAID) wanted[place] = revision
    else if (tableOf(connection, collection).revisionOf(id) !== revision) return null
  }
  return wanted
}

function isAbout(condition: Precondition | undefined, record: RecordWrite): boolean {
  return (
    condition !== undefined &&
    'id' in condition &&
    condition.id === record.id &&
    condition.collection === record.collection
  )
}

/** Where the records from `first` on stand, by collection and id. */
function placesOf(
  records: readonly RecordWrite[],
  first: number,
): ReadonlyMap<string, ReadonlyMap<string, number>> {
  const places = new Map<string, Map<string, number>>()
  for (let at = first; at < records.length; at++) {
    const { collection, id } = records[at]!
    const ids = places.get(collection)
    if (ids === undefined) places.set(collection, new Map([[id, at]]))
    else ids.set(id, at)
  }
  return places
}

/** Writes records; those expected to be new many at a time. False where one is not what was expected. */
function putRecords(connection: StoreConnection, records: readonly RecordWrite[], wanted: Wanted): boolean {
  let at = 0
  while (at < records.length) {
    const end = at + ROWS_TOGETHER
    if (areNew(records, wanted, at, end)) {
      const together = records.slice(at, end)
      const table = tableOf(connection, together[0]!.collection)
      if (!table.insertTogether(together, connection.revisions.next)) return false
      at = end
    } else {
      if (!putRecord(connection, records[at]!, wanted[at]!)) return false
      at += 1
    }
  }
  return true
}

/** True where there are so many, all of one collection and all expected to be new. */
function areNew(records: readonly RecordWrite[], wanted: Wanted, from: number, end: number): boolean {
  if (end > records.length) return false
  const { collection } = records[from]!
  for (let at = from; at < end; at++) {
    if (wanted[at] !== null || records[at]!.collection !== collection) return false
  }
  return true
}

/** False where the record is not what was expected. */
function putRecord(connection: StoreConnection, record: RecordWrite, wanted: number | null): boolean {
  const table = tableOf(connection, record.collection)
  const revision = connection.revisions.next()
  // Most rows that are not known to be there are new.
  if ((wanted === null || wanted === UNSAID) && table.insert(record, revision)) return true
  const old = table.read(record.id)
  if (wanted !== UNSAID && old?.revision !== wanted) return false
  if (isDamaged(old)) table.setAside(record.id)
  table.update(record, revision)
  return true
}

function removeRecord(connection: StoreConnection, { collection, id }: RecordKey): void {
  const table = tableOf(connection, collection)
  if (isDamaged(table.read(id))) table.setAside(id)
  table.remove(id)
}

function isDamaged(row: object | undefined): boolean {
  return row !== undefined && 'damaged' in row
}
