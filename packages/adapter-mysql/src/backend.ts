import { createCursors, type Cursors, type FeedHead } from '@synclayer/adapter-kit'
import { hmacSeal } from '@synclayer/adapter-kit/node'
import type { AdapterContext, Logger } from '@synclayer/core/adapter'
import { createDatabase, type Database } from './database.ts'
import type { Dialect } from './dialect.ts'
import type { DeclaredIndex } from './declared-index.ts'
import { createFeeds, type Feeds } from './feeds.ts'
import { invalidOption } from './invalid-option.ts'
import type { CheckedOptions } from './options.ts'
import { prepareTables } from './schema.ts'
import { largestDocument } from './session.ts'
import { createSettlements, type Settlements } from './settlements.ts'
import { checkSetUp, setUpTables } from './tables/set-up-tables.ts'
import { createSyncedTables, type SyncedTables } from './tables/synced-tables.ts'

/** An open database: what push, pull, fetch and purge work with. */
export interface Backend {
  readonly database: Database
  readonly cursors: Cursors
  readonly feeds: Feeds
  readonly settlements: Settlements
  /** The indexes that are there, of those that were declared. */
  readonly indexes: readonly DeclaredIndex[]
  /** Tables of the user's own that are synced. */
  readonly tables: SyncedTables
  readonly maxRecordBytes: number
  /** How long to wait for rows that others hold. */
  readonly lockTimeoutMs: number
  readonly logger: Logger
  now(): number
  /** Called after each commit of this adapter that moved a scope's head. */
  onCommit(listener: CommitListener): () => void
  committed(scope: string, head: FeedHead): void
}

type CommitListener = (scope: string, head: FeedHead) => void

/** Connects, and creates what is missing. */
export async function openBackend(
  dialect: Dialect,
  options: CheckedOptions,
  context: AdapterContext,
): Promise<Backend> {
  const database = createDatabase(dialect, options)
  try {
    const newKey = (): string => Buffer.from(context.random.bytes(32)).toString('base64url')
    const { key, indexes } = await prepareTables(database, options, newKey)
    const listeners = new Set<CommitListener>()
    const now = (): number => context.clock.now()
    const tables = await openTables(database, options, now)
    return {
      database,
      cursors: createCursors(hmacSeal(key)),
      feeds: createFeeds(context.random, now),
      settlements: createSettlements(),
      indexes,
      tables,
      maxRecordBytes: await fitRecords(database, options),
      lockTimeoutMs: options.lockTimeoutMs,
      logger: context.logger,
      now,
      onCommit: (listener) => {
        listeners.add(listener)
        return () => listeners.delete(listener)
      },
      committed: (scope, head) => {
        for (const listener of listeners) listener(scope, head)
      },
    }
  } catch (error) {
    await database.close()
    throw error
  }
}

async function openTables(
  database: Database,
  { tables, migrate }: CheckedOptions,
  now: () => number,
): Promise<SyncedTables> {
  const invalid = invalidOption(database.dialect)
  if (tables.length > 0) await (migrate ? setUpTables : checkSetUp)(database, tables, invalid)
  const synced = createSyncedTables(database, invalid, now)
  await synced.areThere()
  return synced
}

/** The largest document taken: what was asked for, where the server has room for it. */
async function fitRecords(database: Database, { maxRecordBytes }: CheckedOptions): Promise<number> {
  const { bytes, isDefault } = maxRecordBytes
  const maxPacketBytes = await database.use('asking for limits', ({ server }) =>
    Promise.resolve(server.maxPacketBytes),
  )
  const most = largestDocument(maxPacketBytes)
  if (bytes <= most) return bytes
  if (isDefault) return most
  throw invalidOption(database.dialect)(
    'maxRecordBytes',
    `the server's max_allowed_packet of ${maxPacketBytes} bytes has room for ${most}: raise it, or ask for less`,
  )
}
