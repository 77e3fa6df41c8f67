import { SyncError, type StorageSchema } from '@synclayer/core/storage'
import type Database from 'better-sqlite3'
import { type CatalogEntry, declareCollections } from './catalog.ts'
import { type CollectionTable, openCollectionTable } from './collection-table.ts'
import { type EntryTable, openEntryTable } from './entry-table.ts'
import type { CheckedOptions } from './options.ts'
import { createRevisions, type Revisions } from './revisions.ts'
import { openStoreFile } from './store-file.ts'

/** An open connection to a store, with its schema declared. */
export interface StoreConnection {
  readonly database: Database.Database
  readonly catalog: ReadonlyMap<string, CatalogEntry>
  readonly tables: ReadonlyMap<string, CollectionTable>
  readonly entries: EntryTable
  readonly revisions: Revisions
  /** Runs within a write transaction: committed when it answers true, rolled back when false or when it throws. */
  readonly write: (body: () => boolean) => boolean
  /** As `write`, and flushed: this commit and all before it survive power loss. */
  readonly writeFlushed: (body: () => boolean) => boolean
  /** Runs reads of one moment. */
  readonly readTogether: <T>(body: () => T) => T
}

/** Opens the file and declares the collections of the schema. */
export async function connect(options: CheckedOptions, schema: StorageSchema): Promise<StoreConnection> {
  const database = await openStoreFile(options)
  try {
    const synchronous = schema.durability === 'power' ? 'FULL' : 'NORMAL'
    database.pragma(`synchronous = ${synchronous}`)
    const takeBlocks = database
      .prepare<[number], number>(
        `UPDATE counters SET value = value + ? WHERE name = 'blocks' RETURNING value`,
      )
      .pluck()
    const revisions = createRevisions((count) => takeBlocks.get(count)! - count)
    const catalog = database.transaction(() => declareCollections(database, schema.collections)).immediate()
    const write = writer(database)
    const flushes = database.prepare(`UPDATE counters SET value = value + 1 WHERE name = 'flushes'`)
    return {
      database,
      catalog,
      tables: new Map([...catalog].map(([name, entry]) => [name, openCollectionTable(database, entry)])),
      entries: openEntryTable(database),
      revisions,
      write,
      writeFlushed(body) {
        // A FULL commit syncs the whole log, and with it all earlier commits; one without changes would sync nothing.
        database.exec('PRAGMA synchronous = FULL')
        try {
          return write(() => body() && flushes.run().changes === 1)
        } finally {
          database.exec(`PRAGMA synchronous = ${synchronous}`)
        }
      },
      readTogether: reader(database),
    }
  } catch (error) {
    database.close()
    throw error
  }
}

/** The open table of a collection. */
export function tableOf(connection: StoreConnection, collection: string): CollectionTable {
  const table = connection.tables.get(collection)
  if (table !== undefined) return table
  throw new SyncError(
    'UNKNOWN_COLLECTION',
    `The storage was opened without the collection "${collection}".`,
    {
      details: { collection },
    },
  )
}

function writer(database: Database.Database): (body: () => boolean) => boolean {
  // IMMEDIATE: what is read within is still so at the commit, and waiting for other writers happens here alone.
  const begin = database.prepare('BEGIN IMMEDIATE')
  const commit = database.prepare('COMMIT')
  const rollback = database.prepare('ROLLBACK')
  return (body) => {
    begin.run()
    try {
      const isWanted = body()
      ;(isWanted ? commit : rollback).run()
      return isWanted
    } catch (error) {
      // After some errors, a full disk among them, SQLite has rolled back by itself.
      if (database.inTransaction) rollback.run()
      throw error
    }
  }
}

function reader(database: Database.Database): <T>(body: () => T) => T {
  const begin = database.prepare('BEGIN')
  const commit = database.prepare('COMMIT')
  return (body) => {
    begin.run()
    try {
      return body()
    } finally {
      if (database.inTransaction) commit.run()
    }
  }
}
