/**
 * Connections, and the one way of using them: each call is a single statement, so that no transaction is open while this
 * process does something else, and no setting stays behind on a connection. That is what poolers of transactions ask for.
 */
import { throwIfAborted } from '@synclayer/adapter-kit'
import { type AdapterContext, isSyncError, SyncError, type Traffic } from '@synclayer/core/adapter'
import pg from 'pg'
import { isConnectionLost, isUndone, mapError } from './map-error.ts'
import type { CheckedOptions } from './options.ts'
import { createWarningLog } from './table-warnings.ts'

/** A row as texts, null where a column is. */
export type TextRow = readonly (string | null)[]

export interface Connection {
  /** Runs one statement, again where it was undone by others or its connection was lost. All it runs may be run twice. */
  run(
    doing: string,
    signal: AbortSignal | null,
    text: string,
    values: readonly unknown[],
  ): Promise<readonly TextRow[]>
  /** Runs `work` on one connection, in a transaction. */
  transaction(doing: string, work: (run: Run) => Promise<void>): Promise<void>
  /** A connection outside the pool, not connected yet. */
  newClient(): pg.Client
  close(): Promise<void>
}

type Run = (text: string, values?: readonly unknown[]) => Promise<readonly TextRow[]>

/** How often a statement is run, at most. */
const ATTEMPTS = 4
const LONGEST_PAUSE_MS = 30
const CONNECT_TIMEOUT_MS = 10_000
const IDLE_TIMEOUT_MS = 30_000

// Whatever parsers the app gave pg for its own queries: here a value is the text that the server sent.
const AS_TEXT: pg.CustomTypesConfig = { getTypeParser: () => (value: unknown) => value }

/** Makes the pool, or takes the user's. `onLost` is called when a connection broke: the server may be another one now. */
export function openConnection(
  { source, statementTimeoutMs }: Pick<CheckedOptions, 'source' | 'statementTimeoutMs'>,
  { logger, traffic }: Pick<AdapterContext, 'logger' | 'traffic'>,
  onLost: () => void,
): Connection {
  const pool = 'pool' in source ? source.pool : createPool(source)
  const log = (error: unknown): void => {
    onLost()
    logger.log('debug', 'An idle connection to PostgreSQL was lost', { error })
  }
  if (!('pool' in source)) pool.on('error', log)

  const logWarning = createWarningLog(logger)
  /** Works with a connection, which is thrown away where `isUseless` says so of what was thrown. */
  const withClient = async <Result>(
    signal: AbortSignal | null,
    work: (client: pg.PoolClient) => Promise<Result>,
    isUseless: (error: unknown) => boolean,
  ): Promise<Result> => {
    const giveBack = (given: pg.PoolClient, isBroken: boolean): void => {
      given.off('notice', logWarning)
      given.release(isBroken)
      if (!isBroken) given.off('error', onLost)
    }
    const taken = acquire(pool, onLost)
    const client = await raced(taken, signal, statementTimeoutMs, (late) => giveBack(late, false))
    client.on('notice', logWarning)
    let isBroken = false
    try {
      return await work(client)
    } catch (error) {
      isBroken = isUseless(error)
      throw error
    } finally {
      giveBack(client, isBroken)
    }
  }
  const attempt = async (
    signal: AbortSignal | null,
    text: string,
    values: readonly unknown[],
  ): Promise<readonly TextRow[]> => {
    throwIfAborted(signal)
    return withClient(
      signal,
      (client) => raced(query(client, text, values, traffic), signal, statementTimeoutMs, () => undefined),
      // A statement that was given up goes on at the server.
      (error) => isConnectionLost(error) || isSyncError(error),
    )
  }
  return {
    run: async (doing, signal, text, values) => {
      for (let count = 1; ; count++) {
        try {
          return await attempt(signal, text, values)
        } catch (error) {
          const isLost = isConnectionLost(error)
          if (isLost) onLost()
          if (count === ATTEMPTS || !(isLost || isUndone(error))) throw mapError(error, doing)
          await pause()
        }
      }
    },
    transaction: async (doing, work) => {
      const inTransaction = async (client: pg.PoolClient): Promise<void> => {
        await client.query('BEGIN')
        await work((text, values = []) => query(client, text, values, traffic))
        await client.query('COMMIT')
      }
      try {
        // Closing the connection undoes what was begun.
        await withClient(null, inTransaction, () => true)
      } catch (error) {
        throw mapError(error, doing)
      }
    },
    newClient: () => new pg.Client('pool' in source ? source.pool.options : clientConfig(source)),
    close: async () => {
      if (!('pool' in source)) await pool.end()
    },
  }
}

/**
 * A connection of the pool. A session may be ended just when it is not asked anything: unheard, that would end the process.
 * So it is listened for at once, which a promise of the pool would be too late for.
 */
async function acquire(pool: pg.Pool, onError: () => void): Promise<pg.PoolClient> {
  return new Promise((resolve, reject) => {
    pool.connect((error, client) => {
      client?.on('error', onError)
      if (client === undefined) reject(error ?? new Error('The pool gave no connection'))
      else resolve(client)
    })
  })
}

type UrlSource = Extract<CheckedOptions['source'], { readonly url: string }>

function clientConfig({ url, ssl }: UrlSource): pg.ClientConfig {
  return {
    connectionString: url,
    ...(ssl === undefined ? {} : { ssl }),
    application_name: 'synclayer',
    keepAlive: true,
    connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
  }
}

function createPool(source: UrlSource): pg.Pool {
  return new pg.Pool({
    ...clientConfig(source),
    max: source.maxConnections,
    idleTimeoutMillis: IDLE_TIMEOUT_MS,
  })
}

async function query(
  client: pg.PoolClient,
  text: string,
  values: readonly unknown[],
  traffic: Traffic,
): Promise<readonly TextRow[]> {
  const meter = startMeter(client, traffic)
  try {
    const config = { text, values: [...values], rowMode: 'array', types: AS_TEXT } as const
    const { rows } = await client.query<(string | null)[]>(config)
    return rows
  } finally {
    meter.stop()
  }
}

/** Tells what a statement put on the wire, where the socket says so. */
function startMeter(client: object, traffic: Traffic): { stop(): void } {
  const socket = (client as { connection?: { stream?: { bytesRead?: number; bytesWritten?: number } } })
    .connection?.stream
  const read = socket?.bytesRead ?? 0
  const written = socket?.bytesWritten ?? 0
  return {
    stop: () => {
      const sent = (socket?.bytesWritten ?? 0) - written
      const received = (socket?.bytesRead ?? 0) - read
      if (sent > 0) traffic.sent(sent)
      if (received > 0) traffic.received(received)
    },
  }
}

/** What `work` resolves to, unless the caller gives up or the time is over first; `onLate` takes what comes after that. */
export async function raced<Result>(
  work: Promise<Result>,
  signal: AbortSignal | null,
  timeoutMs: number | null,
  onLate: (result: Result) => void,
): Promise<Result> {
  let timer: ReturnType<typeof setTimeout> | undefined
  let onAbort: (() => void) | undefined
  let isOver = false
  const givenUp = new Promise<never>((_resolve, reject) => {
    onAbort = () => reject(new SyncError('ABORTED', 'The call was aborted', { cause: signal?.reason }))
    signal?.addEventListener('abort', onAbort)
    if (signal?.aborted === true) onAbort()
    if (timeoutMs === null) return
    timer = setTimeout(
      () => reject(new SyncError('TIMEOUT', `PostgreSQL gave no answer for ${timeoutMs} ms`)),
      timeoutMs,
    )
  })
  work.then(
    (result) => {
      if (isOver) onLate(result)
    },
    () => undefined,
  )
  try {
    return await Promise.race([work, givenUp])
  } finally {
    isOver = true
    clearTimeout(timer)
    if (onAbort !== undefined) signal?.removeEventListener('abort', onAbort)
  }
}

function pause(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, Math.random() * LONGEST_PAUSE_MS))
}
