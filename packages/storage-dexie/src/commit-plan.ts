/** What a batch comes to: what must be read first, and what is written. Decided before the transaction begins. */
import type { Precondition, WriteBatch } from '@synclayer/core/storage'
import { type Catalog, collectionIn } from './catalog.ts'
import { type RawEntry, toRawEntry } from './entry-format.ts'
import { toIdKey } from './id-key.ts'
import { type RawRow, toRaw } from './row-format.ts'
import { toRowKey } from './row-key.ts'

export interface CommitPlan {
  /** The collections that the batch or a precondition names. */
  readonly collections: ReadonlySet<string>
  /** Rows that are expected to be new: that they are is seen when they are added. */
  readonly added: readonly RawRow[]
  /** Rows that may write over others. */
  readonly put: readonly RawRow[]
  readonly removed: readonly string[]
  readonly putEntries: readonly RawEntry[]
  readonly removedEntries: readonly string[]
  /** The rows to read first: they have preconditions, or are written over and may be damaged. */
  readonly readRows: readonly string[]
  readonly readEntries: readonly string[]
  /** The revision that what is read must have; null: it must be absent; undefined where any will do. */
  readonly rowRevisions: Revisions
  readonly entryRevisions: Revisions
  /** Those of the rows to be read that the batch writes over or removes. */
  readonly replaced: ReadonlySet<string>
  readonly flush: boolean
}

type Revisions = ReadonlyMap<string, number | null>

/**
 * Plans a batch. Null where two of its preconditions contradict each other. Throws where a collection is not declared, or
 * a row has another number of keys than its collection has indexes.
 */
export function planCommit(
  catalog: Catalog,
  nextRevision: () => number,
  batch: WriteBatch,
  expect: readonly Precondition[],
): CommitPlan | null {
  const { records = [], removals = [], entries = [], flush = false } = batch
  const collections = new Set<string>()
  const rowRevisions = new Map<string, number | null>()
  const entryRevisions = new Map<string, number | null>()
  for (const each of expect) {
    const [revisions, key] =
      'id' in each ? [rowRevisions, toRowKey(each)] : [entryRevisions, toIdKey(each.entry)]
    if ('id' in each) collections.add(each.collection)
    const other = revisions.get(key)
    if (other !== undefined && other !== each.revision) return null
    revisions.set(key, each.revision)
  }
  const added: RawRow[] = []
  const put: RawRow[] = []
  for (const record of records) {
    collections.add(record.collection)
    const raw = toRaw(record, nextRevision(), collectionIn(catalog, record.collection))
    if (rowRevisions.get(raw.key) === null) {
      added.push(raw)
      rowRevisions.delete(raw.key)
    } else put.push(raw)
  }
  for (const { collection } of removals) collections.add(collection)
  for (const name of collections) collectionIn(catalog, name)
  const removed = removals.map(toRowKey)
  const replaced = new Set([...put.map(({ key }) => key), ...removed])
  return {
    collections,
    added,
    put,
    removed,
    putEntries: entries.flatMap(({ name, value }) =>
      value === null ? [] : [toRawEntry(name, value, nextRevision())],
    ),
    removedEntries: entries.flatMap(({ name, value }) => (value === null ? [toIdKey(name)] : [])),
    readRows: [...new Set([...replaced, ...rowRevisions.keys()])],
    readEntries: [...entryRevisions.keys()],
    rowRevisions,
    entryRevisions,
    replaced,
    flush,
  }
}

/** True where a plan neither writes nor asks anything. */
export function isEmpty(plan: CommitPlan): boolean {
  return !plan.flush && !usesRows(plan) && !usesEntries(plan)
}

export function usesRows({ added, put, removed, readRows }: CommitPlan): boolean {
  return added.length + put.length + removed.length + readRows.length > 0
}

export function usesEntries({ putEntries, removedEntries, readEntries }: CommitPlan): boolean {
  return putEntries.length + removedEntries.length + readEntries.length > 0
}
