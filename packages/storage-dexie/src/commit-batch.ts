/** One batch in one transaction, with its preconditions. */
import type { CommitResult, Precondition, RecordWrite, WriteBatch } from '@synclayer/core/storage'
import { checkStillSo, collectionIn, type StoredCatalog } from './catalog.ts'
import { type FoundEntry, toRawEntry } from './entry-format.ts'
import { toIdKey } from './id-key.ts'
import { errorName } from './map-error.ts'
import { resultOf, valuesOf } from './requests.ts'
import { type FoundRow, isWhole, type RawRow, revisionOf, toRaw } from './row-format.ts'
import { toRowKey } from './row-key.ts'
import { ASIDE, ENTRIES, META, ROWS } from './store-database.ts'
import { CATALOG, FLUSHES } from './store-identity.ts'
import type { StoreSession } from './store-session.ts'

const COMMITTED: CommitResult = { status: 'committed' }
const STALE: CommitResult = { status: 'stale' }

/** Writes all of a batch or nothing (ST1), and nothing where a precondition does not hold (ST2). */
export async function commitBatch(
  session: StoreSession,
  batch: WriteBatch,
  expect: readonly Precondition[],
): Promise<CommitResult> {
  const { records = [], removals = [], entries = [], flush = false } = batch
  const collections = new Set<string>()
  for (const { collection } of records) collections.add(collection)
  for (const { collection } of removals) collections.add(collection)
  for (const each of expect) if ('id' in each) collections.add(each.collection)
  // All collections must be known before anything is begun.
  for (const name of collections) collectionIn(session.catalog, name)
  if (records.length + removals.length + entries.length + expect.length === 0 && !flush) return COMMITTED
  const count = records.length + entries.length
  if (!session.revisions.has(count)) await session.reserve(count)

  const plan = planOf(session, records, removals.map(toRowKey), expect)
  if (plan === null) return STALE
  const stores = [META, ...(plan.usesRows ? [ROWS] : []), ...(plan.rowKeys.length > 0 ? [ASIDE] : [])]
  if (entries.length > 0 || plan.entryKeys.length > 0) stores.push(ENTRIES)
  try {
    const isCommitted = await session.write(stores, flush, async (transaction) => {
      const meta = transaction.objectStore(META)
      const checked =
        collections.size === 0
          ? null
          : resultOf<StoredCatalog | undefined>(meta.get(CATALOG)).then((now) =>
              checkStillSo(session.catalog, now, collections),
            )
      // It is awaited last, so that most commits wait for the browser just once.
      checked?.catch(() => undefined)
      if (!(await prepare(transaction, plan))) return false
      if (plan.usesRows) writeRows(transaction.objectStore(ROWS), plan)
      for (const { name, value } of entries) {
        const store = transaction.objectStore(ENTRIES)
        if (value === null) store.delete(toIdKey(name))
        else store.put(toRawEntry(name, value, session.revisions.next()))
      }
      // A transaction without changes would flush nothing.
      if (flush) meta.put(session.revisions.next(), FLUSHES)
      await checked
      return true
    })
    return isCommitted ? COMMITTED : STALE
  } catch (error) {
    // A row that was expected to be new is there.
    if (errorName(error) === 'ConstraintError') return STALE
    throw error
  }
}

/** What a batch does to rows, and what it must read first. */
interface Plan {
  readonly usesRows: boolean
  /** Rows that are expected to be new: that they are is seen when they are added. */
  readonly added: readonly RawRow[]
  /** Rows that may write over others. */
  readonly put: readonly RawRow[]
  readonly removed: readonly string[]
  /** The rows to read first: they have preconditions, or are written over and may be damaged. */
  readonly rowKeys: readonly string[]
  readonly entryKeys: readonly string[]
  /** The revision that each of the rows and of the entries to be read must have; undefined where any will do. */
  readonly rowRevisions: ReadonlyMap<string, number | null>
  readonly entryRevisions: ReadonlyMap<string, number | null>
  /** Those of the rows to be read that the batch writes over or removes. */
  readonly replaced: ReadonlySet<string>
}

/** Null where two preconditions contradict each other. */
function planOf(
  session: StoreSession,
  records: readonly RecordWrite[],
  removed: readonly string[],
  expect: readonly Precondition[],
): Plan | null {
  const rowRevisions = new Map<string, number | null>()
  const entryRevisions = new Map<string, number | null>()
  for (const each of expect) {
    const [revisions, key] =
      'id' in each ? [rowRevisions, toRowKey(each)] : [entryRevisions, toIdKey(each.entry)]
    const other = revisions.get(key)
    if (other !== undefined && other !== each.revision) return null
    revisions.set(key, each.revision)
  }
  const added: RawRow[] = []
  const put: RawRow[] = []
  for (const record of records) {
    const raw = toRaw(record, session.revisions.next(), collectionIn(session.catalog, record.collection))
    if (rowRevisions.get(raw.key) === null) {
      added.push(raw)
      rowRevisions.delete(raw.key)
    } else put.push(raw)
  }
  const replaced = new Set([...put.map(({ key }) => key), ...removed])
  return {
    usesRows: records.length + removed.length + rowRevisions.size > 0,
    added,
    put,
    removed,
    rowKeys: [...new Set([...replaced, ...rowRevisions.keys()])],
    entryKeys: [...entryRevisions.keys()],
    rowRevisions,
    entryRevisions,
    replaced,
  }
}

/** Checks the preconditions and keeps damaged rows that are about to go. False where a precondition does not hold. */
async function prepare(transaction: IDBTransaction, plan: Plan): Promise<boolean> {
  const { rowKeys, entryKeys, rowRevisions, entryRevisions, replaced } = plan
  if (rowKeys.length + entryKeys.length === 0) return true
  const [foundRows, foundEntries] = await Promise.all([
    rowKeys.length === 0 ? [] : valuesOf<FoundRow>(transaction.objectStore(ROWS), rowKeys),
    entryKeys.length === 0 ? [] : valuesOf<FoundEntry>(transaction.objectStore(ENTRIES), entryKeys),
  ])
  const isHeld = (
    wanted: number | null | undefined,
    found: { readonly rev?: unknown } | undefined,
  ): boolean => wanted === undefined || wanted === (found === undefined ? null : revisionOf(found))
  if (!rowKeys.every((key, at) => isHeld(rowRevisions.get(key), foundRows[at]))) return false
  if (!entryKeys.every((key, at) => isHeld(entryRevisions.get(key), foundEntries[at]))) return false
  for (const found of foundRows) {
    if (found !== undefined && replaced.has(found.key) && !isWhole(found)) {
      transaction.objectStore(ASIDE).add(found)
    }
  }
  return true
}

function writeRows(store: IDBObjectStore, { added, put, removed }: Plan): void {
  for (const row of added) store.add(row)
  for (const row of put) store.put(row)
  for (const key of removed) store.delete(key)
}
