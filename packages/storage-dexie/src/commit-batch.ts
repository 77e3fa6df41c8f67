/** One batch in one transaction, with its preconditions. */
import type { CommitResult, Precondition, WriteBatch } from '@synclayer/core/storage'
import { type CommitPlan, isEmpty, planCommit, usesEntries, usesRows } from './commit-plan.ts'
import { entriesOf } from './entries.ts'
import { errorName } from './map-error.ts'
import { lostRow, readMany } from './read-many.ts'
import { resultOf } from './requests.ts'
import { type FoundRow, isWhole, revisionOf } from './row-format.ts'
import { ASIDE, ENTRIES, META, ROWS } from './store-database.ts'
import { FLUSHES } from './store-identity.ts'
import type { StoreSession } from './store-session.ts'

const COMMITTED: CommitResult = { status: 'committed' }
const STALE: CommitResult = { status: 'stale' }

/** Writes all of a batch or nothing (ST1), and nothing where a precondition does not hold (ST2). */
export async function commitBatch(
  session: StoreSession,
  batch: WriteBatch,
  expect: readonly Precondition[],
): Promise<CommitResult> {
  const { catalog, revisions } = session
  const count = (batch.records?.length ?? 0) + (batch.entries?.length ?? 0)
  if (!revisions.has(count)) await session.reserve(count)
  const plan = planCommit(catalog, revisions.next, batch, expect)
  if (plan === null) return STALE
  if (isEmpty(plan)) return COMMITTED
  const lost = new Set<string>()
  try {
    for (;;) {
      const knownLost = lost.size
      if (await write(session, plan, lost)) return COMMITTED
      if (lost.size === knownLost) return STALE
      // Chromium commits no transaction that has met a lost value: it is done again without reading it.
    }
  } catch (error) {
    if (errorName(error) !== 'ConstraintError') throw error
    // A row that was expected to be new is there. That may have come before the answer about the collections.
    await session.read(META, (transaction) => session.fence.check(transaction, plan.collections))
    return STALE
  }
}

/** False, and nothing is written, where a precondition does not hold, or a value turns out to be lost: `lost` has it then. */
function write(session: StoreSession, plan: CommitPlan, lost: Set<string>): Promise<boolean> {
  const { collections, readRows, flush } = plan
  const stores: string[] = []
  // Reads of rows have it too, and need not wait for commits of entries alone.
  if (usesRows(plan) || flush) stores.push(META)
  if (usesRows(plan)) stores.push(ROWS)
  if (usesEntries(plan)) stores.push(ENTRIES)
  if (readRows.length > 0) stores.push(ASIDE)
  return session.write(stores, flush, async (transaction) => {
    const checked = usesRows(plan) ? session.fence.check(transaction, collections) : Promise.resolve()
    // It is awaited last, so that most commits wait for the browser just once.
    checked.catch(() => undefined)
    if (!(await prepare(transaction, plan, lost))) {
      await checked
      return false
    }
    if (usesRows(plan)) writeRows(transaction.objectStore(ROWS), plan)
    if (usesEntries(plan)) writeEntries(transaction.objectStore(ENTRIES), plan)
    // A transaction without changes would flush nothing.
    if (flush) transaction.objectStore(META).put(performance.now(), FLUSHES)
    await checked
    return true
  })
}

/** Checks the preconditions and keeps damaged rows that are about to go. */
async function prepare(transaction: IDBTransaction, plan: CommitPlan, lost: Set<string>): Promise<boolean> {
  const { readRows, readEntries, rowRevisions, entryRevisions, replaced } = plan
  if (readEntries.length > 0) {
    const found = await entriesOf(transaction.objectStore(ENTRIES), readEntries)
    if (!readEntries.every((key, at) => isHeld(entryRevisions.get(key), found[at]))) return false
  }
  if (readRows.length === 0) return true
  const found = await rowsBefore(transaction.objectStore(ROWS), readRows, lost)
  if (found === null) return false
  if (!readRows.every((key, at) => isHeld(rowRevisions.get(key), found[at]))) return false
  for (const row of found) {
    if (row !== undefined && replaced.has(row.key) && !isWhole(row)) transaction.objectStore(ASIDE).add(row)
  }
  return true
}

/** The rows as they are; null where some turn out to be lost. */
async function rowsBefore(
  rows: IDBObjectStore,
  keys: readonly string[],
  lost: Set<string>,
): Promise<readonly (FoundRow | undefined)[] | null> {
  if (lost.size > 0) {
    return Promise.all(
      keys.map((key) => (lost.has(key) ? lostRow(rows, key) : resultOf<FoundRow | undefined>(rows.get(key)))),
    )
  }
  const found = await readMany(rows, keys)
  for (const row of found) if (row?.isLost === true) lost.add(row.key)
  return lost.size > 0 ? null : found
}

function isHeld(wanted: number | null | undefined, found: { readonly rev?: unknown } | undefined): boolean {
  return wanted === undefined || wanted === (found === undefined ? null : revisionOf(found))
}

function writeRows(rows: IDBObjectStore, { added, put, removed }: CommitPlan): void {
  for (const row of added) rows.add(row)
  for (const row of put) rows.put(row)
  for (const key of removed) rows.delete(key)
}

function writeEntries(entries: IDBObjectStore, { putEntries, removedEntries }: CommitPlan): void {
  for (const entry of putEntries) entries.put(entry)
  for (const key of removedEntries) entries.delete(key)
}
