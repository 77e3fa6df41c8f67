import { SyncError } from '../errors/sync-error.ts'
import type { Precondition, RecordKey, WriteBatch } from '../ports/storage.ts'
import { type MemoryCollection, putRow, removeRow } from './memory-collection.ts'
import { enterOutbox, leaveOutbox, type MemoryStore } from './memory-store.ts'

type FindCollection = (name: string) => MemoryCollection

/** Whether every precondition holds (ST2). */
export function holds(store: MemoryStore, find: FindCollection, expect: readonly Precondition[]): boolean {
  return expect.every((condition) => {
    const present =
      'entry' in condition
        ? store.entries.get(condition.entry)
        : find(condition.collection).rows.get(condition.id)?.record
    return (present?.revision ?? null) === condition.revision
  })
}

/** Writes a batch and answers the keys it wrote. What can fail is checked first, so that all is written or nothing (ST1). */
export function applyBatch(store: MemoryStore, find: FindCollection, batch: WriteBatch): RecordKey[] {
  const { records = [], removals = [], entries = [] } = batch
  for (const { collection, document, keys } of records) {
    const { indexNames } = find(collection)
    const expected = document === null ? 0 : indexNames.length
    if (keys.length !== expected) {
      throw new SyncError(
        'STORAGE_FAILED',
        `A row of "${collection}" needs ${expected} index keys, not ${keys.length}.`,
        {
          retryable: false,
        },
      )
    }
  }
  for (const { collection } of removals) find(collection)

  for (const write of records) {
    const collection = find(write.collection)
    const old = collection.rows.get(write.id)?.record
    if (old !== undefined) leaveOutbox(store, old)
    putRow(collection, write, ++store.revision)
    enterOutbox(store, collection.rows.get(write.id)!.record)
  }
  for (const { collection, id } of removals) {
    const removed = removeRow(find(collection), id)
    if (removed !== undefined) leaveOutbox(store, removed)
  }
  for (const { name, value } of entries) {
    if (value === null) {
      store.entries.delete(name)
      store.entryNames.delete(name)
    } else {
      store.entries.set(name, { value, revision: ++store.revision })
      store.entryNames.add(name)
    }
  }
  return [...records, ...removals].map(({ collection, id }) => ({ collection, id }))
}
