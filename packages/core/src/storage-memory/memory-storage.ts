/** The storage that keeps everything in memory: for tests, and for apps whose data may go with the process. */
import { SyncError } from '../errors/sync-error.ts'
import type {
  CommitResult,
  ForeignCommit,
  Precondition,
  RecordKey,
  Storage,
  StorageSchema,
  WriteBatch,
} from '../ports/storage.ts'
import { outdatedError } from '../errors/outdated-error.ts'
import { createMemoryCollection, type MemoryCollection, redeclared, removeRow } from './memory-collection.ts'
import { applyBatch, holds } from './memory-commit.ts'
import { readEntriesByPrefix, readOutbox, readPage, readScan, sizeOfOutbox } from './memory-reads.ts'
import { createMemoryStore, type MemoryStore } from './memory-store.ts'
import { countQuery } from './walk-query.ts'

/**
 * A storage in memory. It keeps nothing after the process; opened again through the same object it still has its data.
 */
export function memoryStorage(): Storage {
  return openMemoryStorage(createMemoryStore())
}

/** A handle on a store in memory. Several may be open at once; each is told of the others' commits. */
export function openMemoryStorage(store: MemoryStore): Storage {
  /** Null while the handle is closed. */
  let opened: Map<string, MemoryCollection> | null = null
  const handle = {}

  function collections(): Map<string, MemoryCollection> {
    if (opened === null) throw new SyncError('CLOSED', 'The storage is not open.')
    return opened
  }

  function collection(name: string): MemoryCollection {
    const found = collections().get(name)
    if (found === undefined) {
      throw new SyncError('UNKNOWN_COLLECTION', `The storage was opened without the collection "${name}".`, {
        details: { collection: name },
      })
    }
    if (found.retired) throw outdatedError(name)
    return found
  }

  function indexed(plan: { readonly collection: string; readonly index: string | null }): MemoryCollection {
    const found = collection(plan.collection)
    if (plan.index !== null && !found.indexNames.includes(plan.index)) {
      throw new SyncError('STORAGE_FAILED', `"${plan.collection}" has no index "${plan.index}".`, {
        retryable: false,
      })
    }
    return found
  }

  function tellOthers(commit: ForeignCommit): void {
    for (const listener of store.listeners) {
      // Later, as it would be with another process; and no commit fails because of a listener.
      if (listener.handle !== handle) void Promise.resolve(commit).then(listener.notify)
    }
  }

  return {
    name: 'memory',
    capabilities: { indexes: true, crossProcess: false, durability: ['process'] },

    async open(schema) {
      if (opened !== null)
        throw new SyncError('STORAGE_FAILED', 'The storage is open already.', { retryable: false })
      if (schema.durability !== 'process') {
        throw new SyncError('NOT_SUPPORTED', `Memory cannot survive what "${schema.durability}" asks for.`, {
          details: { durability: schema.durability },
        })
      }
      opened = declare(store, schema)
    },

    async read(keys) {
      collections()
      return keys.map((key) => collection(key.collection).rows.get(key.id)?.record)
    },

    async readEntries(names) {
      collections()
      return names.map((name) => store.entries.get(name))
    },

    async listEntries(prefix) {
      collections()
      return readEntriesByPrefix(store, prefix)
    },

    async query(plan) {
      return readPage(indexed(plan), plan)
    },

    async count(plan) {
      return countQuery(indexed(plan), plan)
    },

    async scan(request) {
      return readScan(collection(request.collection), request)
    },

    async outbox(request) {
      return readOutbox(store, collections(), request)
    },

    async outboxSize(scope) {
      return sizeOfOutbox(store, collections(), scope)
    },

    async commit(batch: WriteBatch, expect: readonly Precondition[] = []): Promise<CommitResult> {
      collections()
      if (!holds(store, collection, expect)) return { status: 'stale' }
      const records: readonly RecordKey[] = applyBatch(store, collection, batch)
      tellOthers({ records })
      return { status: 'committed' }
    },

    changes(listener) {
      const registered = { handle, notify: listener }
      store.listeners.add(registered)
      return () => {
        store.listeners.delete(registered)
      }
    },

    async clear() {
      collections()
      for (const collection of store.collections.values()) {
        for (const id of collection.rows.keys()) removeRow(collection, id)
      }
      for (const name of store.entries.keys()) store.entryNames.delete(name)
      store.entries.clear()
      store.outbox.clear()
      tellOthers({})
    },

    async close() {
      opened = null
      for (const listener of store.listeners) {
        if (listener.handle === handle) store.listeners.delete(listener)
      }
    },
  }
}

/** Creates what is missing; a collection with other indexes or another version than before is replaced by one with these. */
function declare(store: MemoryStore, schema: StorageSchema): Map<string, MemoryCollection> {
  for (const { name, indexes, version } of schema.collections) {
    const old = store.collections.get(name)
    if (old === undefined) store.collections.set(name, createMemoryCollection(indexes, version ?? null))
    else if (indexes.join('\n') !== old.indexNames.join('\n') || (version ?? old.version) !== old.version)
      store.collections.set(name, redeclared(old, indexes, version ?? old.version))
  }
  return new Map(schema.collections.map(({ name }) => [name, store.collections.get(name)!]))
}
