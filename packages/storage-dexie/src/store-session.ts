/**
 * An open storage's hold on its store, over the life of several connections: browsers close them when a device sleeps or a
 * server process of theirs dies, other tabs ask for them. The next call opens another, if the store is still the same.
 */
import { type StorageSchema, SyncError } from '@synclayer/core/storage'
import type { Catalog } from './catalog.ts'
import { createFence, type Fence } from './fence.ts'
import { errorName } from './map-error.ts'
import type { CheckedOptions } from './options.ts'
import { committed } from './requests.ts'
import { blocksFor, createRevisions, type Revisions } from './revisions.ts'
import { META, openDatabase } from './store-database.ts'
import { openStore, storeIdIn, takeBlocks } from './store-identity.ts'

export interface StoreSession {
  readonly catalog: Catalog
  /** True where opening has changed the catalog. */
  readonly isChanged: boolean
  readonly fence: Fence
  readonly revisions: Revisions
  /** Takes so many revisions more, for this storage alone. Not within a transaction. */
  readonly reserve: (count: number) => Promise<void>
  readonly read: <T>(
    stores: string | string[],
    body: (transaction: IDBTransaction) => Promise<T>,
  ) => Promise<T>
  /**
   * Runs within a write transaction: resolves once that is committed, when `body` answers true; false, and nothing is
   * written, when it answers false. `flush`: it and all before it survive power loss.
   */
  readonly write: (
    stores: string | string[],
    flush: boolean,
    body: (transaction: IDBTransaction) => boolean | Promise<boolean>,
  ) => Promise<boolean>
  readonly close: () => void
}

/** Opens the store and declares the collections of the schema. */
export async function openSession(options: CheckedOptions, schema: StorageSchema): Promise<StoreSession> {
  const durability = schema.durability === 'power' ? 'strict' : 'relaxed'
  let database = await openDatabase(options)
  const { id, catalog, isChanged, block } = await openStore(
    database.idb,
    schema.collections,
    durability,
  ).catch((error: unknown) => {
    database.close()
    throw error
  })
  const revisions = createRevisions()
  revisions.take(block, 1)
  let reopening: Promise<void> | null = null
  let isDeleted = false
  let isClosed = false

  async function reopen(): Promise<void> {
    const next = await openDatabase(options)
    isDeleted = (await storeIdIn(next.idb)) !== id
    if (isDeleted || isClosed) next.close()
    database = next
  }

  async function begin(
    stores: string | string[],
    mode: IDBTransactionMode,
    isStrict: boolean,
  ): Promise<IDBTransaction> {
    for (let attempt = 0; ; attempt++) {
      if (!database.isOpen() && !isDeleted) {
        reopening ??= reopen().finally(() => (reopening = null))
        await reopening
      }
      if (isDeleted) throw deletedError(options.database)
      try {
        return database.idb.transaction(stores, mode, { durability: isStrict ? 'strict' : 'relaxed' })
      } catch (error) {
        // Some browsers lose a connection without an event that tells of it.
        if (errorName(error) !== 'InvalidStateError' || attempt > 0) throw error
        database.close()
      }
    }
  }

  async function write(
    stores: string | string[],
    flush: boolean,
    body: (transaction: IDBTransaction) => boolean | Promise<boolean>,
  ): Promise<boolean> {
    const transaction = await begin(stores, 'readwrite', flush || durability === 'strict')
    const done = committed(transaction)
    try {
      // What was aborted meanwhile answers no more.
      const isWanted = await Promise.race([body(transaction), done.then(tooEarly)])
      if (isWanted) {
        transaction.commit()
        await done
        return true
      }
    } catch (error) {
      await end(transaction, done)
      throw transaction.error ?? error
    }
    await end(transaction, done)
    return false
  }

  return {
    catalog,
    isChanged,
    fence: createFence(catalog),
    revisions,
    async reserve(count) {
      const blocks = blocksFor(count)
      await write(META, false, async (transaction) => {
        revisions.take(await takeBlocks(transaction, blocks), blocks)
        return true
      })
    },
    async read(stores, body) {
      return body(await begin(stores, 'readonly', false))
    },
    write,
    close() {
      isClosed = true
      database.close()
    },
  }
}

/** Aborts a transaction, if it has not ended by itself, and waits for its end. */
async function end(transaction: IDBTransaction, done: Promise<void>): Promise<void> {
  try {
    transaction.abort()
  } catch {
    // It has ended.
  }
  await done.catch(() => undefined)
}

function tooEarly(): never {
  throw new DOMException('The transaction ended before all was written', 'TransactionInactiveError')
}

function deletedError(database: string): SyncError {
  return new SyncError(
    'STORAGE_FAILED',
    `The store was deleted while it was open, by the user or by the browser. Reload the page, or open the storage again (${database}).`,
    { retryable: false, details: { database, deleted: true } },
  )
}
