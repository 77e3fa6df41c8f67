/** Opens the file: makes sure that it is a store, of a format this version knows, and in WAL mode. */
import { closeSync, existsSync, fsyncSync, mkdirSync, openSync } from 'node:fs'
import { dirname, resolve } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { SyncError } from '@synclayer/core/storage'
import Database from 'better-sqlite3'
import { addVersions, createTables } from './catalog.ts'
import { resultCode } from './map-error.ts'
import type { CheckedOptions } from './options.ts'

/** Names files as stores ("SLdb"), as SQLite's application_id is meant to. */
const APPLICATION_ID = 0x53_4c_64_62
/** The number of the layout. A store with a higher one was written by a later version of this package. */
const FORMAT = 2

/** A WAL that a large commit has left is cut back to this. */
const LARGEST_IDLE_WAL_BYTES = 16 * 1024 * 1024
/** Pages of log between checkpoints, 16 MB: a page that many commits change is then copied into the file less often. */
const CHECKPOINT_PAGES = 4_000

const PAGE_CACHE_KIB = 8 * 1024

/** Opens or creates the file of a store. */
export async function openStoreFile({ path, busyTimeoutMs }: CheckedOptions): Promise<Database.Database> {
  if (path !== ':memory:') createFolder(dirname(resolve(path)))
  const database = new Database(path, { timeout: busyTimeoutMs })
  try {
    const format = checkIdentity(database)
    if (path !== ':memory:') await useWal(database, busyTimeoutMs)
    database.pragma(`journal_size_limit = ${LARGEST_IDLE_WAL_BYTES}`)
    database.pragma(`cache_size = -${PAGE_CACHE_KIB}`)
    database.pragma(`wal_autocheckpoint = ${CHECKPOINT_PAGES}`)
    // On macOS a plain fsync leaves data in the drive's cache.
    database.pragma('fullfsync = ON')
    database.pragma('checkpoint_fullfsync = ON')
    if (format < FORMAT) bringUpToDate(database)
    return database
  } catch (error) {
    database.close()
    throw error
  }
}

/** The format of a store, 0 of an empty file. Anything else is refused before it is touched. */
function checkIdentity(database: Database.Database): number {
  // In one transaction: another process may be creating the store at this moment.
  const { id, format, isEmpty } = database.transaction(() => ({
    id: database.pragma('application_id', { simple: true }),
    format: database.pragma('user_version', { simple: true }) as number,
    isEmpty: database.prepare('SELECT 1 FROM sqlite_schema').get() === undefined,
  }))()
  if (isEmpty && id === 0 && format === 0) return 0
  if (id !== APPLICATION_ID) {
    throw new SyncError(
      'STORAGE_CORRUPT',
      `The file is a SQLite database, but not a store (${database.name}).`,
      {
        details: { path: database.name },
      },
    )
  }
  if (format > FORMAT) {
    throw new SyncError(
      'STORAGE_FAILED',
      `The store has format ${format}, which a later version wrote; this one knows formats up to ${FORMAT} (${database.name}).`,
      { retryable: false, details: { path: database.name, format, knownFormat: FORMAT } },
    )
  }
  return format
}

/** Two processes may create or upgrade one file at the same moment; the second finds it done. */
function bringUpToDate(database: Database.Database): void {
  database
    .transaction(() => {
      const format = checkIdentity(database)
      if (format === 0) {
        database.pragma(`application_id = ${APPLICATION_ID}`)
        createTables(database)
      }
      if (format === 1) addVersions(database)
      if (format < FORMAT) database.pragma(`user_version = ${FORMAT}`)
    })
    .immediate()
}

const WAL_RETRY_MS = 20

/** The change of mode needs the file alone for a moment; when another has begun to write, SQLite does not wait by itself. */
async function useWal(database: Database.Database, busyTimeoutMs: number): Promise<void> {
  const deadline = performance.now() + busyTimeoutMs
  for (;;) {
    try {
      const mode = database.pragma('journal_mode = WAL', { simple: true })
      if (mode === 'wal') return
      throw new SyncError(
        'STORAGE_FAILED',
        `The file system has no shared memory, which WAL needs (${database.name}).`,
        {
          retryable: false,
          details: { path: database.name },
        },
      )
    } catch (error) {
      if (resultCode(error)?.startsWith('SQLITE_BUSY') !== true || performance.now() >= deadline) throw error
    }
    await delay(WAL_RETRY_MS)
  }
}

/** Creates a folder and the ones above it, so that they survive power loss as the file in them does. */
function createFolder(folder: string): void {
  if (existsSync(folder)) return
  const first = mkdirSync(folder, { recursive: true })
  if (first === undefined) return
  for (let made = folder; made.length >= first.length; made = dirname(made)) syncFolder(dirname(made))
}

function syncFolder(folder: string): void {
  try {
    const descriptor = openSync(folder, 'r')
    fsyncSync(descriptor)
    closeSync(descriptor)
  } catch {
    // Windows syncs no folders, and needs it not.
  }
}
