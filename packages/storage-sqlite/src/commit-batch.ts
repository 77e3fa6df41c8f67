/** One batch in one transaction, with its preconditions. */
import type { CommitResult, Precondition, RecordKey, RecordWrite, WriteBatch } from '@synclayer/core/storage'
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
    const expected = checkOthers(connection, records, expect)
    if (expected === null) return false
    for (const record of records) if (!putRecord(connection, record, expected)) return false
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

/** By collection and id: the revision that a record to be written must have; UNSAID where any will do. */
type Expected = ReadonlyMap<string, ReadonlyMap<string, number | null>>

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
): Expected | null {
  const expected = new Map<string, Map<string, number | null>>()
  for (const { collection, id } of expect.length === 0 ? [] : records) {
    const ids = expected.get(collection)
    if (ids === undefined) expected.set(collection, new Map([[id, UNSAID]]))
    else ids.set(id, UNSAID)
  }
  for (const condition of expect) {
    if ('entry' in condition) {
      if (connection.entries.revisionOf(condition.entry) !== condition.revision) return null
      continue
    }
    const { collection, id, revision } = condition
    const ids = expected.get(collection)
    if (ids?.get(id) === UNSAID) ids.set(id, revision)
    else if (tableOf(connection, collection).revisionOf(id) !== revision) return null
  }
  return expected
}

/** False where the record is not what was expected. */
function putRecord(connection: StoreConnection, record: RecordWrite, expected: Expected): boolean {
  const table = tableOf(connection, record.collection)
  const revision = connection.revisions.next()
  const ids = expected.get(record.collection)
  const wanted = ids === undefined ? UNSAID : (ids.get(record.id) as number | null)
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
