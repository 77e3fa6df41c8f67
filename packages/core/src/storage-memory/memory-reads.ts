import type {
  Lane,
  OutboxRequest,
  QueryPage,
  QueryPlan,
  StoredEntry,
  StoredRecord,
} from '../ports/storage.ts'
import { compareCodePoints } from '../shared/compare-code-points.ts'
import type { MemoryCollection } from './memory-collection.ts'
import { compareOrder, type MemoryStore, outboxLists } from './memory-store.ts'
import { walkQuery } from './walk-query.ts'

/** One page of a plan. */
export function readPage(collection: MemoryCollection, plan: QueryPlan): QueryPage {
  const rows: StoredRecord[] = []
  if (plan.limit <= 0) return { rows, next: null }
  for (const position of walkQuery(collection, plan)) {
    rows.push(collection.rows.get(position.id)!.record)
    if (rows.length >= plan.limit) return { rows, next: position }
  }
  return { rows, next: null }
}

/** The rows of a collection by rising id, those without a document too. */
export function readScan(
  collection: MemoryCollection,
  request: { readonly after: string | null; readonly limit: number },
): StoredRecord[] {
  const { after, limit } = request
  const ids = collection.ids.from((id) => after !== null && compareCodePoints(id, after) <= 0)
  return take(ids, limit).map((id) => collection.rows.get(id)!.record)
}

/** The rows of a lane by rising order, of the collections the handle knows. */
export function readOutbox(
  store: MemoryStore,
  known: ReadonlyMap<string, unknown>,
  { lane, scope, after, limit }: OutboxRequest,
): StoredRecord[] {
  const perScope = outboxLists(store, lane, scope).map((list) =>
    take(
      onlyOf(
        known,
        list.from((record) => record.order <= after),
      ),
      limit,
    ),
  )
  return perScope.flat().sort(compareOrder).slice(0, Math.max(0, limit))
}

/** How many rows each lane has. */
export function sizeOfOutbox(
  store: MemoryStore,
  known: ReadonlyMap<string, unknown>,
  scope: string | null,
): Record<Lane, number> {
  const size = { waiting: 0, sending: 0, parked: 0 }
  for (const lane of ['waiting', 'sending', 'parked'] as const) {
    for (const list of outboxLists(store, lane, scope)) {
      for (const _ of onlyOf(
        known,
        list.from(() => false),
      ))
        size[lane] += 1
    }
  }
  return size
}

/** The entries whose name begins with a prefix, by name. */
export function readEntriesByPrefix(
  store: MemoryStore,
  prefix: string,
): (StoredEntry & { readonly name: string })[] {
  const found: (StoredEntry & { readonly name: string })[] = []
  for (const name of store.entryNames.from((name) => compareCodePoints(name, prefix) < 0)) {
    if (!name.startsWith(prefix)) break
    found.push({ name, ...store.entries.get(name)! })
  }
  return found
}

function* onlyOf(
  known: ReadonlyMap<string, unknown>,
  records: Iterable<StoredRecord>,
): Generator<StoredRecord> {
  for (const record of records) if (known.has(record.collection)) yield record
}

function take<T>(items: Iterable<T>, limit: number): T[] {
  const taken: T[] = []
  if (limit <= 0) return taken
  for (const item of items) {
    taken.push(item)
    if (taken.length >= limit) break
  }
  return taken
}
