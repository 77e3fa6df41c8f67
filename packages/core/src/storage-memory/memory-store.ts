import type { ForeignCommit, Lane, StoredEntry, StoredRecord } from '../ports/storage.ts'
import { compareCodePoints } from '../shared/compare-code-points.ts'
import type { MemoryCollection } from './memory-collection.ts'
import { SortedList } from './sorted-list.ts'

/** What a memory storage keeps, apart from the handles on it, so that tests can open it again or twice. */
export interface MemoryStore {
  readonly collections: Map<string, MemoryCollection>
  readonly entries: Map<string, StoredEntry>
  readonly entryNames: SortedList<string>
  readonly outbox: Map<Lane, Map<string, SortedList<StoredRecord>>>
  /** The latest revision given; it only ever rises, so that none comes twice (ST3). */
  revision: number
  readonly listeners: Set<StoreListener>
}

export interface StoreListener {
  /** The handle it listens for, whose own commits are not told. */
  readonly handle: object
  readonly notify: (commit: ForeignCommit) => void
}

/** An empty store in memory, to be opened with `openMemoryStorage`, by several handles at once if need be. */
export function createMemoryStore(): MemoryStore {
  return {
    collections: new Map(),
    entries: new Map(),
    entryNames: new SortedList(compareCodePoints),
    outbox: new Map(),
    revision: 0,
    listeners: new Set(),
  }
}

/** Puts a row with a lane into its place in the outbox. */
export function enterOutbox(store: MemoryStore, record: StoredRecord): void {
  if (record.lane === null) return
  const scopes = getOrAdd(store.outbox, record.lane, () => new Map<string, SortedList<StoredRecord>>())
  getOrAdd(scopes, record.scope, () => new SortedList<StoredRecord>(compareOrder)).add(record)
}

/** Takes a row out of the outbox. */
export function leaveOutbox(store: MemoryStore, record: StoredRecord): void {
  if (record.lane === null) return
  const scopes = store.outbox.get(record.lane)
  const list = scopes?.get(record.scope)
  list?.delete(record)
  if (list?.size === 0) scopes?.delete(record.scope)
}

/** The rows of a lane, of one scope or of all. */
export function outboxLists(
  store: MemoryStore,
  lane: Lane,
  scope: string | null,
): SortedList<StoredRecord>[] {
  const scopes = store.outbox.get(lane)
  if (scopes === undefined) return []
  if (scope === null) return [...scopes.values()]
  const list = scopes.get(scope)
  return list === undefined ? [] : [list]
}

/** Order of an outbox: by place, and by key where places are equal. */
export function compareOrder(left: StoredRecord, right: StoredRecord): number {
  return (
    left.order - right.order ||
    compareCodePoints(left.collection, right.collection) ||
    compareCodePoints(left.id, right.id)
  )
}

function getOrAdd<Key, Value>(map: Map<Key, Value>, key: Key, create: () => Value): Value {
  const present = map.get(key)
  if (present !== undefined) return present
  const added = create()
  map.set(key, added)
  return added
}
