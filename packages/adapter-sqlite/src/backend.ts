import type { AdapterContext } from '@synclayer/core/adapter'
import { type Connection, openConnection } from './connection.ts'
import { createCursors, type Cursors } from '@synclayer/adapter-kit'
import { hmacSeal } from '@synclayer/adapter-kit/node'
import { createFeeds, type Feeds } from './feed.ts'
import type { CheckedOptions } from './options.ts'
import { createRecords, type Records } from './records.ts'
import { createResults, type Results } from './results.ts'
import { createTables } from './schema.ts'

/** An open database with its statements: what push, pull, fetch and purge work with. */
export interface Backend {
  readonly connection: Connection
  readonly cursors: Cursors
  readonly feeds: Feeds
  readonly records: Records
  readonly results: Results
  readonly maxRecordBytes: number
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
    const key = await connection.write('creating the tables', null, () => createTables(database, newKey))
    const now = (): number => context.clock.now()
    const listeners = new Set<(scope: string) => void>()
    return {
      connection,
      cursors: createCursors(hmacSeal(key)),
      feeds: createFeeds(database, context.random, now),
      records: createRecords(database),
      results: createResults(database),
      maxRecordBytes: options.maxRecordBytes,
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
