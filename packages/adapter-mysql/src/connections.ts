/** The pool: ours, made of a url, or the user's; and what is set up on each connection before it is used. */
import { SyncError } from '@synclayer/core/adapter'
import { createPool, type Pool, type PoolConnection } from 'mysql2/promise'
import type { Dialect } from './dialect.ts'
import type { CheckedOptions, OwnPool } from './options.ts'
import { readServerFacts, type ServerFacts } from './server-facts.ts'
import { createSession, type Session } from './session.ts'

/** A connection that is ours for a while. */
export interface Lease {
  readonly session: Session
  /** Sets the isolation of the transaction that begins next. */
  isolate(level: Isolation): Promise<void>
  readonly server: ServerFacts
  /** Gives it back, for the next. */
  release(): Promise<void>
  /** Closes it, whatever it is doing: nobody knows in what state it is. */
  destroy(): void
}

export type Isolation = 'READ COMMITTED' | 'REPEATABLE READ'

export interface Connections {
  /** Waits for a free connection, and opens one where the pool has room. */
  lease(): Promise<Lease>
  close(): Promise<void>
}

// Backslashes escape, and what does not fit is refused: what else the server's or the user's mode says is not for us.
const SQL_MODE = `'STRICT_ALL_TABLES,NO_ENGINE_SUBSTITUTION'`

/** Connections to the database that the options name. None is opened yet. */
export function createConnections(dialect: Dialect, options: CheckedOptions): Connections {
  const { source, connectTimeoutMs, statementTimeoutMs, lockTimeoutMs } = options
  const owned = 'url' in source
  const pool = owned ? openPool(source, connectTimeoutMs) : source.pool
  const wanted = {
    sql_mode: SQL_MODE,
    innodb_lock_wait_timeout: Math.ceil(lockTimeoutMs / 1_000),
    autocommit: 1,
  }
  const names = Object.keys(wanted)
  const save = names.map((name) => `@synclayer_${name} = @@SESSION.${name}`)
  const ours = Object.entries(wanted).map(([name, value]) => `SESSION ${name} = ${value}`)
  const setUp = `SET ${(owned ? ours : [...save, ...ours]).join(', ')}`
  const putBack = `SET ${names.map((name) => `SESSION ${name} = @synclayer_${name}`).join(', ')}`
  // By the connection itself, which pools wrap anew each time they lend it.
  const known = new WeakMap<object, ServerFacts>()
  const isolations = new WeakMap<object, Isolation>()

  const prepare = async (connection: PoolConnection, session: Session): Promise<ServerFacts> => {
    const facts = known.get(connection.connection)
    if (facts === undefined || !owned) await session.run(setUp)
    if (facts !== undefined) return facts
    const server = await readServerFacts(dialect, session)
    known.set(connection.connection, server)
    return server
  }

  return {
    lease: async () => {
      const connection = await withDeadline(pool, connectTimeoutMs)
      const session = createSession(connection, statementTimeoutMs, owned)
      try {
        const server = await prepare(connection, session)
        return {
          session,
          isolate: async (level) => {
            // A connection of ours keeps the level it had last: those who do the same again need not ask for it.
            if (isolations.get(connection.connection) === level) return
            await session.run(`SET ${owned ? 'SESSION ' : ''}TRANSACTION ISOLATION LEVEL ${level}`)
            if (owned) isolations.set(connection.connection, level)
          },
          server,
          release: async () => {
            try {
              if (!owned) await session.run(putBack)
              connection.release()
            } catch {
              connection.destroy()
            }
          },
          destroy: () => connection.destroy(),
        }
      } catch (error) {
        connection.destroy()
        throw error
      }
    },
    close: async () => {
      if (owned) await pool.end()
    },
  }
}

function openPool({ url, ssl, maxConnections }: OwnPool, connectTimeout: number): Pool {
  return createPool({
    uri: url.replace(/^mariadb:/, 'mysql:'),
    ...(ssl === undefined ? {} : { ssl }),
    connectionLimit: maxConnections,
    connectTimeout,
    charset: 'utf8mb4',
    enableKeepAlive: true,
  })
}

/** A connection, unless none comes in time: then the one that comes too late goes back. */
async function withDeadline(pool: Pool, timeoutMs: number): Promise<PoolConnection> {
  const waiting = pool.getConnection()
  let timer: ReturnType<typeof setTimeout> | undefined
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => {
      void waiting.then(
        (connection) => connection.release(),
        () => undefined,
      )
      reject(
        new SyncError(
          'TIMEOUT',
          `No connection was free for ${timeoutMs} ms: raise the pool's limit, or wait longer.`,
        ),
      )
    }, timeoutMs)
  })
  try {
    return await Promise.race([waiting, late])
  } finally {
    clearTimeout(timer)
  }
}
