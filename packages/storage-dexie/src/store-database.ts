/** The database of a store, opened through Dexie: made, brought to this format, and let go of when others need it. */
import { SyncError } from '@synclayer/core/storage'
import { Dexie } from 'dexie'
import type { CheckedOptions } from './options.ts'

/** The number of the layout. A store with a higher one was written by a later version of this package. */
const FORMAT = 1
/** Dexie leaves room between two of its versions. */
const NATIVE_PER_VERSION = 10

/** Rows by key, with one index for everything. */
export const ROWS = 'rows'
/** Small named values, by name. */
export const ENTRIES = 'entries'
/** What the store knows of itself. */
export const META = 'meta'
/** Damaged rows as they were when they were written over. */
export const ASIDE = 'aside'
/** The index of the rows. */
export const INDEX = 'idx'

/** An open connection to the database. */
export interface StoreDatabase {
  readonly idb: IDBDatabase
  /** False once the browser has closed the connection, or another tab has asked for it. */
  readonly isOpen: () => boolean
  readonly close: () => void
}

/** Opens the database, and makes it where there is none. Dexie's errors are passed on. */
export async function openDatabase({ database, blockedTimeoutMs }: CheckedOptions): Promise<StoreDatabase> {
  const dexie = new Dexie(database, { autoOpen: false, cache: 'disabled' })
  dexie.version(FORMAT).stores({ [ROWS]: `key, *${INDEX}`, [ENTRIES]: 'key', [META]: '', [ASIDE]: '++' })
  // Another tab wants to bring the store to a later format, or to delete it. Transactions that have begun are finished.
  dexie.on('versionchange', () => {
    dexie.close()
    return false
  })
  await openOrGiveUp(dexie, blockedTimeoutMs)
  const idb = dexie.backendDB()
  if (idb.version > FORMAT * NATIVE_PER_VERSION) {
    dexie.close()
    throw new SyncError(
      'STORAGE_FAILED',
      `A later version of the app has written this store. Reload the page to get that version (${database}).`,
      {
        retryable: false,
        details: { database, format: Math.ceil(idb.version / NATIVE_PER_VERSION), knownFormat: FORMAT },
      },
    )
  }
  return { idb, isOpen: () => dexie.isOpen(), close: () => dexie.close() }
}

/** Waits for tabs that hold the store in an older format, but not for ever. */
async function openOrGiveUp(dexie: Dexie, timeoutMs: number): Promise<void> {
  let timer: ReturnType<typeof setTimeout> | undefined
  const isBlocked = new Promise<never>((_resolve, reject) => {
    dexie.on('blocked', () => {
      timer ??= setTimeout(() => reject(blockedError(dexie.name)), timeoutMs)
      return false
    })
  })
  const opening = Promise.resolve(dexie.open())
  try {
    await Promise.race([opening, isBlocked])
  } catch (error) {
    // The browser cannot take the request back: what it opens later would be in the way of others.
    opening.then(
      () => dexie.close(),
      () => undefined,
    )
    throw error
  } finally {
    clearTimeout(timer)
  }
}

function blockedError(database: string): SyncError {
  return new SyncError(
    'STORAGE_FAILED',
    `Another tab holds the store in an older format. Close or reload the other tabs of this app, then try again (${database}).`,
    { retryable: true, details: { database, blocked: true } },
  )
}
