import { throwIfAborted } from '@synclayer/adapter-kit'
import { SyncError } from '@synclayer/core/adapter'
import Database from 'better-sqlite3'
import { mkdirSync } from 'node:fs'
import { dirname } from 'node:path'
import { isBusy, mapError } from './map-error.ts'
import type { CheckedOptions } from './options.ts'
import { createTurns } from './turns.ts'

/** An open database, and the two ways of working with it. */
export interface Connection {
  readonly database: Database.Database
  /** Runs `work` in one read transaction, so that all it reads is of one moment. */
  read<Result>(doing: string, signal: AbortSignal | null, work: () => Result): Promise<Result>
  /** Runs `work` in one write transaction, which holds the write lock from its beginning. */
  write<Result>(doing: string, signal: AbortSignal | null, work: () => Result): Promise<Result>
  close(): void
}

// SQLite waits for a lock by sleeping, and the whole process with it. So it may do so only for a moment; between the
// attempts other work goes on.
const LOCK_WAIT_MS = 20
const LONGEST_PAUSE_MS = 40

/** Opens the file, or takes the user's handle, and sets up what the guarantees need. */
export function openConnection({ source, durability, busyTimeoutMs }: CheckedOptions): Connection {
  const owned = 'path' in source
  const database = owned ? openFile(source.path) : source.database
  const turns = createTurns()
  const begin = database.transaction((work: () => unknown) => work())
  const attempt = async <Result>(
    doing: string,
    signal: AbortSignal | null,
    run: () => unknown,
  ): Promise<Result> => {
    const deadline = performance.now() + busyTimeoutMs
    const turn = turns.due()
    if (turn !== undefined) await turn
    for (;;) {
      throwIfAborted(signal)
      if (!database.open) throw closed()
      // A user's handle may be in a transaction of theirs: ours must neither join it nor read its view of the past.
      let failure: unknown = IN_TRANSACTION
      if (!database.inTransaction) {
        try {
          return run() as Result
        } catch (error) {
          if (!isBusy(error)) throw mapError(error, doing)
          failure = error
        }
      }
      if (performance.now() >= deadline) throw mapError(failure, doing)
      await pause()
    }
  }
  try {
    database.pragma(`synchronous = ${durability === 'power' ? 'FULL' : 'NORMAL'}`)
  } catch (error) {
    if (owned) database.close()
    throw mapError(error, 'opening the database')
  }
  return {
    database,
    read: (doing, signal, work) => attempt(doing, signal, () => begin.deferred(work)),
    // Immediate: a transaction that read first and then asks for the write lock fails when another wrote in between.
    write: (doing, signal, work) => attempt(doing, signal, () => begin.immediate(work)),
    close: () => {
      if (owned) database.close()
    },
  }
}

/** The error of every call on an adapter that is not open. */
export function closed(): SyncError {
  return new SyncError('CLOSED', 'The SQLite adapter is not open')
}

const IN_TRANSACTION = new SyncError('BACKEND_FAILED', 'The database handle is in a transaction of its owner')

function openFile(path: string): Database.Database {
  let database: Database.Database | undefined
  try {
    if (path !== ':memory:') mkdirSync(dirname(path), { recursive: true })
    database = new Database(path, { timeout: LOCK_WAIT_MS })
    // Readers go on while one process writes. Kept in the file.
    database.pragma('journal_mode = WAL')
    return database
  } catch (error) {
    database?.close()
    throw mapError(error, 'opening the database')
  }
}

function pause(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, Math.random() * LONGEST_PAUSE_MS))
}
