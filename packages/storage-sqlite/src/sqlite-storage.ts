/** The storage over one SQLite file. SQLite answers at once, so calls run one by one; see `turns.ts` for what waits. */
import { outdatedError, type Storage, SyncError } from '@synclayer/core/storage'
import { allTables, outdatedIn } from './catalog.ts'
import { commitBatch } from './commit-batch.ts'
import { createLeadFile, isOfLead, saysWhoLeads } from './lead-file.ts'
import { resultCode, toStorageError } from './map-error.ts'
import { checkOptions, type SqliteStorageOptions } from './options.ts'
import { readOutbox, sizeOfOutbox } from './outbox.ts'
import { countRows, readPage } from './read-page.ts'
import { connect, type StoreConnection, tableOf } from './store-connection.ts'
import { readScan } from './read-scan.ts'
import { createTurns } from './turns.ts'
import { watchChanges } from './watch-changes.ts'

/**
 * Keeps the local store in one SQLite file, by better-sqlite3. Several processes may open it.
 *
 * Throws INVALID_OPTION, naming the option, at once; all other errors come from the calls.
 */
export function sqliteStorage(options: SqliteStorageOptions): Storage {
  const checked = checkOptions(options)
  const isInMemory = checked.path === ':memory:'
  let connection: StoreConnection | null = null
  let opening: Promise<StoreConnection> | null = null
  const turns = createTurns()
  const watch = watchChanges(() => connection?.database ?? null)
  const leadFile = createLeadFile(checked.path)
  const leadWatch = watchChanges(leadFile.database, { records: [] })

  /** Runs a call on the open store; what SQLite throws becomes a SyncError. */
  async function call<T>(body: (open: StoreConnection) => T): Promise<T> {
    const open = connection
    if (open === null) throw new SyncError('CLOSED', 'The storage is not open.')
    try {
      const result = body(open)
      const turn = turns.due()
      if (turn !== undefined) await turn
      return result
    } catch (error) {
      if (resultCode(error) === 'SQLITE_ERROR') {
        const outdated = outdatedIn(open.database, open.catalog)
        if (outdated !== undefined) throw outdatedError(outdated, error)
      }
      throw toStorageError(error, checked.path)
    }
  }

  return {
    name: 'sqlite',
    capabilities: {
      indexes: true,
      crossProcess: !isInMemory,
      durability: isInMemory ? ['process'] : ['process', 'power'],
    },

    async open(schema) {
      if (connection !== null || opening !== null) {
        throw new SyncError('STORAGE_FAILED', 'The storage is open already.', { retryable: false })
      }
      if (isInMemory && schema.durability === 'power') {
        throw new SyncError('NOT_SUPPORTED', 'A store in memory cannot survive power loss.', {
          details: { durability: schema.durability },
        })
      }
      opening = connect(checked, schema)
      try {
        connection = await opening
        watch.begin()
      } catch (error) {
        throw toStorageError(error, checked.path)
      } finally {
        opening = null
      }
    },

    read: (keys) =>
      call((open) => {
        const readAll = () => keys.map(({ collection, id }) => tableOf(open, collection).read(id))
        return keys.length > 1 ? open.readTogether(readAll) : readAll()
      }),

    readEntries: (names) =>
      call((open) => {
        const read = (name: string) =>
          isOfLead(name) && !isInMemory ? leadFile.read(name) : open.entries.read(name)
        const readAll = () => names.map(read)
        return names.length > 1 ? open.readTogether(readAll) : readAll()
      }),

    listEntries: (prefix) => call((open) => open.entries.list(prefix)),

    query: (plan) =>
      call((open) => {
        const read = () => readPage(tableOf(open, plan.collection), plan)
        return plan.reverse === true ? open.readTogether(read) : read()
      }),

    count: (plan) => call((open) => countRows(tableOf(open, plan.collection), plan)),

    scan: (request) => call((open) => readScan(tableOf(open, request.collection), request)),

    outbox: (request) => call((open) => open.readTogether(() => readOutbox(open.tables.values(), request))),

    outboxSize: (scope) => call((open) => open.readTogether(() => sizeOfOutbox(open.tables.values(), scope))),

    commit: (batch, expect = []) =>
      call((open) =>
        saysWhoLeads(batch) && !isInMemory
          ? leadFile.commit(batch, expect)
          : commitBatch(open, batch, expect),
      ),

    ...(isInMemory
      ? {}
      : {
          changes(listener) {
            const stops = [watch.add(listener), leadWatch.add(listener)]
            return () => {
              for (const stop of stops) stop()
            }
          },
        }),

    clear: () =>
      call(({ database, write }) => {
        write(() => {
          for (const table of [...allTables(database), 'entries', 'set_aside'])
            database.exec(`DELETE FROM ${table}`)
          return true
        })
        giveSpaceBack(database)
      }),

    async close() {
      watch.stop()
      leadWatch.stop()
      leadFile.close()
      // One that is being opened is closed once it is open.
      await opening?.catch(() => undefined)
      const open = connection
      connection = null
      try {
        open?.database.close()
      } catch (error) {
        throw toStorageError(error, checked.path)
      }
    },
  }
}

/** What was cleared must not linger in the file either. Another process may keep it busy; then SQLite reuses the space. */
function giveSpaceBack(database: StoreConnection['database']): void {
  try {
    database.exec('VACUUM')
    database.pragma('wal_checkpoint(TRUNCATE)')
  } catch {
    // The commit before has cleared the store; this is only tidying.
  }
}
