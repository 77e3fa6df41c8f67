/** The storage over one IndexedDB database. Dexie opens it; transactions are IndexedDB's own, each as short as can be. */
import { type Storage, SyncError } from '@synclayer/core/storage'
import { checkStillSo, collectionIn, headIn, type StoredCatalog } from './catalog.ts'
import { createChangeChannel } from './change-channel.ts'
import { commitBatch } from './commit-batch.ts'
import { listEntries, readEntries } from './entries.ts'
import { toStorageError } from './map-error.ts'
import { checkOptions, type DexieStorageOptions } from './options.ts'
import { askForPersistence } from './persistence.ts'
import { sizeOfOutbox, readOutbox } from './read-outbox.ts'
import { countById, countByIndex, readById, readByIndex } from './read-page.ts'
import { readMany } from './read-many.ts'
import { resultOf } from './requests.ts'
import { toRow } from './row-format.ts'
import { rowRange, toRowKey } from './row-key.ts'
import { ASIDE, ENTRIES, META, ROWS } from './store-database.ts'
import { CATALOG } from './store-identity.ts'
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

  /** Reads by an index, if it is still the one that this storage was opened with. */
  function readIndex<T>(
    open: StoreSession,
    { collection, index }: { readonly collection: string; readonly index: string },
    body: (rows: IDBObjectStore, head: string) => Promise<T>,
  ): Promise<T> {
    const head = headIn(collectionIn(open.catalog, collection), index)
    return open.read([META, ROWS], async (transaction) => {
      const [now, result] = await Promise.all([
        resultOf<StoredCatalog | undefined>(transaction.objectStore(META).get(CATALOG)),
        body(transaction.objectStore(ROWS), head),
      ])
      checkStillSo(open.catalog, now, [collection])
      return result
    })
  }

  function readRows<T>(open: StoreSession, body: (rows: IDBObjectStore) => Promise<T>): Promise<T> {
    return open.read(ROWS, (transaction) => body(transaction.objectStore(ROWS)))
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
        if (checked.persist) askForPersistence()
      } catch (error) {
        throw toStorageError(error, database)
      } finally {
        opening = null
      }
    },

    read: (keys) =>
      call(async (open) => {
        for (const { collection } of keys) collectionIn(open.catalog, collection)
        if (keys.length === 0) return []
        const found = await readRows(open, (rows) => readMany(rows, keys.map(toRowKey)))
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
        const { collection, index } = plan
        collectionIn(open.catalog, collection)
        if (index !== null) {
          if (plan.limit <= 0) headIn(collectionIn(open.catalog, collection), index)
          else return readIndex(open, { collection, index }, (rows, head) => readByIndex(rows, head, plan))
        }
        if (plan.limit <= 0) return { rows: [], next: null }
        return readRows(open, (rows) => readById(rows, plan))
      }),

    count: (plan) =>
      call(async (open) => {
        const { collection, index, range } = plan
        collectionIn(open.catalog, collection)
        if (index === null) return readRows(open, (rows) => countById(rows, plan))
        return readIndex(open, { collection, index }, (rows, head) => countByIndex(rows, head, range))
      }),

    scan: ({ collection, after, limit }) =>
      call(async (open) => {
        collectionIn(open.catalog, collection)
        if (limit <= 0) return []
        const whole = rowRange(collection)
        const rest = after === null ? whole : behind(whole, toRowKey({ collection, id: after }))
        const found = await readRows(open, (rows) => readUp(rows, rest, limit))
        return found.map(toRow)
      }),

    outbox: (request) =>
      call(async (open) => {
        if (request.limit <= 0) return []
        return readRows(open, (rows) => readOutbox(rows, open.catalog, request))
      }),

    outboxSize: (scope) => call((open) => readRows(open, (rows) => sizeOfOutbox(rows, open.catalog, scope))),

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
