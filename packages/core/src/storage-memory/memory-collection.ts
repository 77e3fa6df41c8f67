import type { RecordWrite, StoredRecord } from '../ports/storage.ts'
import { compareBytes } from '../shared/compare-bytes.ts'
import { compareCodePoints } from '../shared/compare-code-points.ts'
import { SortedList } from './sorted-list.ts'

/** One place in an index. */
export interface IndexEntry {
  readonly key: Uint8Array
  readonly id: string
}

interface MemoryRow {
  readonly record: StoredRecord
  /** By place of the index; undefined where the row was written before the index was declared. */
  readonly keys: readonly (Uint8Array | undefined)[]
}

/** The rows of one collection with everything needed to walk them in order. */
export interface MemoryCollection {
  readonly indexNames: readonly string[]
  /** The schema version of the documents; null until one is declared. */
  readonly version: number | null
  readonly rows: Map<string, MemoryRow>
  /** All ids. */
  readonly ids: SortedList<string>
  /** The ids of the rows that have a document. */
  readonly visibleIds: SortedList<string>
  readonly indexes: readonly SortedList<IndexEntry>[]
  /** True once the collection was opened again with other indexes or another version: handles on this one must not go on. */
  retired: boolean
}

export function createMemoryCollection(
  indexNames: readonly string[],
  version: number | null,
): MemoryCollection {
  return {
    indexNames,
    version,
    rows: new Map(),
    ids: new SortedList(compareCodePoints),
    visibleIds: new SortedList(compareCodePoints),
    indexes: indexNames.map(() => new SortedList(compareEntries)),
    retired: false,
  }
}

/** The same rows under other indexes or another version; a new index stays empty until its rows are written again. */
export function redeclared(
  old: MemoryCollection,
  indexNames: readonly string[],
  version: number | null,
): MemoryCollection {
  const collection = createMemoryCollection(indexNames, version)
  for (const { record, keys } of old.rows.values()) {
    place(collection, { record, keys: indexNames.map((name) => keys[old.indexNames.indexOf(name)]) })
  }
  old.retired = true
  return collection
}

/** Writes a row, in place of the one with its id. */
export function putRow(collection: MemoryCollection, write: RecordWrite, revision: number): void {
  const { keys, ...row } = write
  removeRow(collection, write.id)
  place(collection, { record: { ...row, revision }, keys: keys.map((key) => key.slice()) })
}

/** Removes a row, if there is one, and answers it. */
export function removeRow(collection: MemoryCollection, id: string): StoredRecord | undefined {
  const row = collection.rows.get(id)
  if (row === undefined) return undefined
  collection.rows.delete(id)
  collection.ids.delete(id)
  if (row.record.document !== null) collection.visibleIds.delete(id)
  row.keys.forEach((key, index) => {
    if (key !== undefined) collection.indexes[index]?.delete({ key, id })
  })
  return row.record
}

function place(collection: MemoryCollection, row: MemoryRow): void {
  const { id, document } = row.record
  collection.rows.set(id, row)
  collection.ids.add(id)
  if (document !== null) collection.visibleIds.add(id)
  row.keys.forEach((key, index) => {
    if (key !== undefined) collection.indexes[index]?.add({ key, id })
  })
}

function compareEntries(left: IndexEntry, right: IndexEntry): number {
  return compareBytes(left.key, right.key) || compareCodePoints(left.id, right.id)
}
