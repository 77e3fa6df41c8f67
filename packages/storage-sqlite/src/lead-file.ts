/**
 * The entries that name who leads, in a small file of their own beside the store. Of other processes' commits SQLite tells
 * that there was one and not what: in the store, each question and answer of theirs would have every live query read anew.
 * No data hangs on this file; a damaged one is replaced.
 */
import { randomInt } from 'node:crypto'
import { rmSync } from 'node:fs'
import {
  type CommitResult,
  LEASE_PREFIX,
  type Precondition,
  type StoredEntry,
  type WriteBatch,
} from '@synclayer/core/storage'
import Database from 'better-sqlite3'
import { type EntryTable, openEntryTable } from './entry-table.ts'
import { resultCode } from './map-error.ts'

export interface LeadFile {
  readonly read: (name: string) => StoredEntry | undefined
  readonly commit: (batch: WriteBatch, expect: readonly Precondition[]) => CommitResult
  /** Null until it is needed for the first time. */
  readonly database: () => Database.Database | null
  readonly close: () => void
}

/** Longer than any of its commits takes; the process stands still meanwhile. */
const BUSY_TIMEOUT_MS = 100
const LARGEST_REVISION = 2 ** 47

export function isOfLead(name: string): boolean {
  return name.startsWith(LEASE_PREFIX)
}

/** True for a batch that says who leads, and nothing else. */
export function saysWhoLeads({ records = [], removals = [], entries = [] }: WriteBatch): boolean {
  return (
    records.length + removals.length === 0 &&
    entries.length > 0 &&
    entries.every(({ name }) => isOfLead(name))
  )
}

/** The file beside the store of that path. It is opened by the first call. */
export function createLeadFile(storePath: string): LeadFile {
  const path = `${storePath}-lead`
  let open: { readonly database: Database.Database; readonly entries: EntryTable } | null = null

  function close(): void {
    open?.database.close()
    open = null
  }

  function use<T>(body: (entries: EntryTable) => T): T {
    try {
      open ??= openLeadFile(path)
      return body(open.entries)
    } catch (error) {
      const result = resultCode(error)
      const isDamaged = result?.startsWith('SQLITE_CORRUPT') === true || result === 'SQLITE_NOTADB'
      if (!isDamaged) throw error
      close()
      rmSync(path, { force: true })
      open = openLeadFile(path)
      return body(open.entries)
    }
  }

  return {
    read: (name) => use((entries) => entries.read(name)),
    commit: ({ entries: written = [] }, expect) =>
      use((entries) => {
        const write = open!.database.transaction((): CommitResult => {
          for (const condition of expect) {
            if ('entry' in condition && entries.revisionOf(condition.entry) !== condition.revision)
              return { status: 'stale' }
          }
          for (const { name, value } of written) {
            if (value === null) entries.remove(name)
            // Nobody has had this one before.
            else entries.put(name, value, randomInt(LARGEST_REVISION))
          }
          return { status: 'committed' }
        })
        return write.immediate()
      }),
    database: () => open?.database ?? null,
    close,
  }
}

function openLeadFile(path: string): { readonly database: Database.Database; readonly entries: EntryTable } {
  const database = new Database(path, { timeout: BUSY_TIMEOUT_MS })
  try {
    // It need not survive power loss.
    database.pragma('synchronous = OFF')
    database.exec(
      'CREATE TABLE IF NOT EXISTS entries (name TEXT PRIMARY KEY, value TEXT, revision INTEGER, checksum INTEGER) WITHOUT ROWID',
    )
    return { database, entries: openEntryTable(database) }
  } catch (error) {
    database.close()
    throw error
  }
}
