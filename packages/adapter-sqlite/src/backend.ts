import type { AdapterContext, Logger } from '@synclayer/core/adapter'
import { type Connection, openConnection } from './connection.ts'
import { createCursors, type Cursors } from '@synclayer/adapter-kit'
import { hmacSeal } from '@synclayer/adapter-kit/node'
import { createFeeds, type Feeds } from './feed.ts'
import { type CheckedOptions, invalid } from './options.ts'
import { createRecords, type Records } from './records.ts'
import { createResults, type Results } from './results.ts'
import { createTables } from './schema.ts'
import { createInbox, type Inbox } from './tables/inbox.ts'
import { openTables, type SyncedTables } from './tables/synced-tables.ts'

/** An open database with its statements: what push, pull, fetch and purge work with. */
export interface Backend {
  readonly connection: Connection
  readonly cursors: Cursors
  readonly feeds: Feeds
  readonly records: Records
  readonly results: Results
  /** Collections that are tables of the user's own. */
  readonly tables: SyncedTables
  readonly inbox: Inbox
  readonly maxRecordBytes: number
  readonly logger: Logger
  now(): number
  /** Called after each commit that moved a scope's head. */
  onCommit(listener: (scope: string) => void): () => void
  committed(scope: string): void
}

/** Opens the database and creates what is missing. */
export async function openBackend(options: CheckedOptions, context: AdapterContext): Promise<Backend> {
  const connection = openConnection(options)
  const { database } = connection
  try {
    const newKey = (): string => Buffer.from(context.random.bytes(32)).toString('base64url')
    const { key, tables } = await connection.write('creating the tables', null, () => ({
      key: createTables(database, newKey),
      tables: openTables(database, options.tables, invalid),
    }))
    const now = (): number => context.clock.now()
    const listeners = new Set<(scope: string) => void>()
    return {
      connection,
      cursors: createCursors(hmacSeal(key)),
      feeds: createFeeds(database, context.random, now),
      records: createRecords(database),
      results: createResults(database),
      tables,
      inbox: createInbox(database),
      maxRecordBytes: options.maxRecordBytes,
      logger: context.logger,
      now,
      onCommit: (listener) => {
        listeners.add(listener)
        return () => listeners.delete(listener)
      },
      committed: (scope) => {
        for (const listener of listeners) listener(scope)
      },
    }
  } catch (error) {
    connection.close()
    throw error
  }
}
