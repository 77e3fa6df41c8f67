/** Rows by their keys. */
import type { RecordKey } from '@synclayer/core/storage'
import { resultOf, valuesOf } from './requests.ts'
import { type FoundRow, type Row, toRow } from './row-format.ts'
import { toRowKey } from './row-key.ts'

/** From so many keys on, it is worth asking first which of them are there. */
const MANY = 16

/** One answer for each key, in order. */
export async function readRecords(
  rows: IDBObjectStore,
  keys: readonly RecordKey[],
): Promise<readonly (Row | undefined)[]> {
  const rowKeys = keys.map(toRowKey)
  const present = rowKeys.length < MANY ? null : await presentAmong(rows, rowKeys)
  const wanted = present === null ? rowKeys : rowKeys.filter((key) => present.has(key))
  const found = await valuesOf<FoundRow>(rows, wanted)
  if (present === null) return found.map((each) => (each === undefined ? undefined : toRow(each)))
  const byKey = new Map(wanted.map((key, at) => [key, found[at]!]))
  return rowKeys.map((key) => {
    const each = byKey.get(key)
    return each === undefined ? undefined : toRow(each)
  })
}

/**
 * Which of the keys are there; null where their neighbourhood is too full to tell. Most of what a first sync asks for is
 * new and stands together, and one request says so.
 */
async function presentAmong(
  rows: IDBObjectStore,
  rowKeys: readonly string[],
): Promise<ReadonlySet<unknown> | null> {
  let [lowest, highest] = [rowKeys[0]!, rowKeys[0]!]
  for (const key of rowKeys) {
    if (key < lowest) lowest = key
    if (key > highest) highest = key
  }
  const enough = rowKeys.length * 2
  const there = await resultOf<readonly unknown[]>(
    rows.getAllKeys(IDBKeyRange.bound(lowest, highest), enough),
  )
  return there.length < enough ? new Set<unknown>(there) : null
}
