/** The storage over one IndexedDB database. Dexie opens it; transactions are IndexedDB's own, each as short as can be. */
import { type Storage, SyncError } from '@synclayer/core/storage'
import { collectionIn, headIn } from './catalog.ts'
import { createChangeChannel } from './change-channel.ts'
import { commitBatch } from './commit-batch.ts'
import { listEntries, readEntries } from './entries.ts'
import { toStorageError } from './map-error.ts'
import { checkOptions, type DexieStorageOptions } from './options.ts'
import { askForPersistence } from './persistence.ts'
import { sizeOfOutbox, readOutbox } from './read-outbox.ts'
import { countById, countByIndex, readById, readByIndex } from './read-page.ts'
import { readMany } from './read-many.ts'
import { toRow } from './row-format.ts'
import { rowRange, toRowKey } from './row-key.ts'
import { ASIDE, ENTRIES, META, ROWS } from './store-database.ts'
import { openSession, type StoreSession } from './store-session.ts'
import { behind } from './key-range.ts'
import { readUp } from './walk.ts'

/**
 * Keeps the local store in IndexedDB, opened by Dexie. Several tabs may open it.
 *
 * Throws INVALID_OPTION, naming the option, at once; all other errors come from the calls.
 */
export function dexieStorage(options: DexieStorageOptions): Storage {
  const checked = checkOptions(options)
  const { database } = checked
  let session: StoreSession | null = null
  let opening: Promise<StoreSession> | null = null
  const channel = createChangeChannel(database)

  /** Runs a call on the open store; what the browser throws becomes a SyncError. */
  async function call<T>(body: (open: StoreSession) => Promise<T>): Promise<T> {
    if (session === null) throw new SyncError('CLOSED', 'The storage is not open.')
    try {
      return await body(session)
    } catch (error) {
      throw toStorageError(error, database)
    }
  }

  /** Reads rows of collections that are still as they were when the storage was opened. */
  function readRows<T>(
    { read, fence }: StoreSession,
    collections: Iterable<string>,
    body: (rows: IDBObjectStore) => Promise<T>,
  ): Promise<T> {
    return read([META, ROWS], async (transaction) => {
      const checked = fence.check(transaction, collections)
      const [result] = await Promise.all([body(transaction.objectStore(ROWS)), checked])
      return result
    })
  }

  function readLanes<T>({ read }: StoreSession, body: (rows: IDBObjectStore) => Promise<T>): Promise<T> {
    return read(ROWS, (transaction) => body(transaction.objectStore(ROWS)))
  }

  return {
    name: 'dexie',
    identity: database,
    capabilities: { indexes: true, crossProcess: true, durability: ['process', 'power'] },

    async open(schema) {
      if (session !== null || opening !== null) {
        throw new SyncError('STORAGE_FAILED', 'The storage is open already.', { retryable: false })
      }
      opening = openSession(checked, schema)
      try {
        session = await opening
        channel?.begin()
        // Whoever is outdated by it learns that when it reads again.
        if (session.isChanged) channel?.tell(null)
        if (checked.persist) askForPersistence()
      } catch (error) {
        throw toStorageError(error, database)
      } finally {
        opening = null
      }
    },

    read: (keys) =>
      call(async (open) => {
        const collections = new Set(keys.map(({ collection }) => collection))
        for (const collection of collections) collectionIn(open.catalog, collection)
        if (keys.length === 0) return []
        const found = await readRows(open, collections, (rows) => readMany(rows, keys.map(toRowKey)))
        return found.map((each) => (each === undefined ? undefined : toRow(each)))
      }),

    readEntries: (names) =>
      call(async (open) => {
        if (names.length === 0) return []
        return open.read(ENTRIES, (transaction) => readEntries(transaction.objectStore(ENTRIES), names))
      }),

    listEntries: (prefix) =>
      call((open) =>
        open.read(ENTRIES, (transaction) => listEntries(transaction.objectStore(ENTRIES), prefix)),
      ),

    query: (plan) =>
      call(async (open) => {
        const { collection, index, limit } = plan
        const declared = collectionIn(open.catalog, collection)
        const head = index === null ? null : headIn(declared, index)
        if (limit <= 0) return { rows: [], next: null }
        return readRows(open, [collection], (rows) =>
          head === null ? readById(rows, plan) : readByIndex(rows, head, plan),
        )
      }),

    count: (plan) =>
      call(async (open) => {
        const { collection, index, range } = plan
        const declared = collectionIn(open.catalog, collection)
        const head = index === null ? null : headIn(declared, index)
        return readRows(open, [collection], (rows) =>
          head === null ? countById(rows, plan) : countByIndex(rows, head, range),
        )
      }),

    scan: ({ collection, after, limit }) =>
      call(async (open) => {
        collectionIn(open.catalog, collection)
        if (limit <= 0) return []
        const whole = rowRange(collection)
        const rest = after === null ? whole : behind(whole, toRowKey({ collection, id: after }))
        const found = await readRows(open, [collection], (rows) => readUp(rows, rest, limit))
        return found.map(toRow)
      }),

    outbox: (request) =>
      call(async (open) => {
        if (request.limit <= 0) return []
        return readLanes(open, (rows) => readOutbox(rows, open.catalog, request))
      }),

    outboxSize: (scope) => call((open) => readLanes(open, (rows) => sizeOfOutbox(rows, open.catalog, scope))),

    commit: (batch, expect = []) =>
      call(async (open) => {
        const result = await commitBatch(open, batch, expect)
        const { records = [], removals = [], entries = [] } = batch
        const isTold = result.status === 'committed' && records.length + removals.length + entries.length > 0
        if (isTold) channel?.tell([...records, ...removals])
        return result
      }),

    ...(channel === undefined ? {} : { changes: channel.add }),

    clear: () =>
      call(async (open) => {
        await open.write([ROWS, ENTRIES, ASIDE], false, (transaction) => {
          for (const store of [ROWS, ENTRIES, ASIDE]) transaction.objectStore(store).clear()
          return true
        })
        channel?.tell(null)
      }),

    async close() {
      // One that is being opened is closed once it is open.
      await opening?.catch(() => undefined)
      channel?.stop()
      session?.close()
      session = null
    },
  }
}
