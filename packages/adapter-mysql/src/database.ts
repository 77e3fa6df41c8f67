/** Transactions: begun, committed, and run again where others were in the way or the connection was lost before. */
import { throwIfAborted } from '@synclayer/adapter-kit'
import { SyncError } from '@synclayer/core/adapter'
import { type Connections, createConnections, type Lease } from './connections.ts'
import type { Dialect } from './dialect.ts'
import { isConnectionGone, isConnectionLost, isContention, isLockTimeout, mapError } from './map-error.ts'
import type { CheckedOptions } from './options.ts'
import type { ServerFacts } from './server-facts.ts'
import type { Session } from './session.ts'

/** What work in a transaction is given. */
export interface Transaction extends Session {
  readonly dialect: Dialect
  readonly server: ServerFacts
}

/** An open database, and the two ways of working with it. `work` may run more than once, and then has done nothing. */
export interface Database {
  readonly dialect: Dialect
  /** Runs `work` in one read-only transaction, so that all it reads is of one moment. */
  read<Result>(doing: string, signal: AbortSignal | null, work: Work<Result>): Promise<Result>
  /** Runs `work` in one transaction that sees what is committed, statement by statement. */
  write<Result>(doing: string, signal: AbortSignal | null, work: Work<Result>): Promise<Result>
  /** Runs `work` on a connection outside of any transaction. */
  use<Result>(doing: string, work: Work<Result>): Promise<Result>
  /** Takes no more work, lets what has begun end, and closes the connections that are its own. */
  close(): Promise<void>
}

export type Work<Result> = (transaction: Transaction) => Promise<Result>

/** What has to be seen in a transaction, and how it begins. */
const KINDS = {
  read: { isolation: 'REPEATABLE READ', begin: 'START TRANSACTION WITH CONSISTENT SNAPSHOT, READ ONLY' },
  write: { isolation: 'READ COMMITTED', begin: 'START TRANSACTION READ WRITE' },
} as const

type Kind = keyof typeof KINDS

const MOST_ATTEMPTS = 6
// A wait for a lock has taken `lockTimeout` already.
const MOST_LOCK_TIMEOUTS = 2
const LONGEST_PAUSE_MS = 40

/** A database whose connections are opened as they are needed. */
export function createDatabase(dialect: Dialect, options: CheckedOptions): Database {
  const connections = createConnections(dialect, options)
  const running = new Set<Promise<unknown>>()
  let isClosed = false

  const track = async <Result>(signal: AbortSignal | null, run: () => Promise<Result>): Promise<Result> => {
    throwIfAborted(signal)
    if (isClosed) throw closed(dialect)
    const work = run()
    const settled = work.catch(() => undefined).finally(() => running.delete(settled))
    running.add(settled)
    return signal === null ? work : orAbort(work, signal)
  }
  const transact = <Result>(
    kind: Kind,
    doing: string,
    signal: AbortSignal | null,
    work: Work<Result>,
  ): Promise<Result> =>
    track(signal, () => attempts(dialect, doing, signal, () => runOnce(dialect, connections, kind, work)))

  return {
    dialect,
    read: (doing, signal, work) => transact('read', doing, signal, work),
    write: (doing, signal, work) => transact('write', doing, signal, work),
    use: (doing, work) =>
      track(null, async () => {
        try {
          return await useOnce(dialect, connections, work)
        } catch (error) {
          throw mapError(dialect.product, error, doing)
        }
      }),
    close: async () => {
      isClosed = true
      await Promise.all(running)
      await connections.close()
    },
  }
}

/** A failure after COMMIT was sent: whether the transaction is committed is not known. */
class CommitUnknown {
  readonly cause: unknown

  constructor(cause: unknown) {
    this.cause = cause
  }
}

async function runOnce<Result>(
  dialect: Dialect,
  connections: Connections,
  kind: Kind,
  work: Work<Result>,
): Promise<Result> {
  const lease = await connections.lease()
  const { session, server } = lease
  try {
    const { isolation, begin } = KINDS[kind]
    await lease.isolate(isolation)
    await session.run(begin)
    const result = await work({ ...session, dialect, server })
    await commit(session)
    await lease.release()
    return result
  } catch (error) {
    await giveUp(lease, error)
    throw error
  }
}

async function useOnce<Result>(
  dialect: Dialect,
  connections: Connections,
  work: Work<Result>,
): Promise<Result> {
  const { session, server, release, destroy } = await connections.lease()
  try {
    const result = await work({ ...session, dialect, server })
    await release()
    return result
  } catch (error) {
    destroy()
    throw error
  }
}

async function commit(session: Session): Promise<void> {
  try {
    await session.run('COMMIT')
  } catch (error) {
    // A cluster that cannot agree on it answers COMMIT as a deadlock: then it is rolled back, for certain.
    throw isContention(error) ? error : new CommitUnknown(error)
  }
}

async function giveUp(lease: Lease, error: unknown): Promise<void> {
  if (error instanceof CommitUnknown || isConnectionGone(error)) {
    lease.destroy()
    return
  }
  try {
    await lease.session.run('ROLLBACK')
  } catch {
    lease.destroy()
    return
  }
  await lease.release()
}

/** Tries again what is known not to have happened, a few times. */
async function attempts<Result>(
  { product }: Dialect,
  doing: string,
  signal: AbortSignal | null,
  run: () => Promise<Result>,
): Promise<Result> {
  let lockTimeouts = 0
  for (let attempt = 1; ; attempt++) {
    try {
      return await run()
    } catch (error) {
      if (error instanceof CommitUnknown) throw mapError(product, error.cause, `${doing}, in its commit`)
      if (isLockTimeout(error)) lockTimeouts += 1
      const isWorthIt = isContention(error) || isConnectionLost(error)
      if (!isWorthIt || attempt >= MOST_ATTEMPTS || lockTimeouts >= MOST_LOCK_TIMEOUTS)
        throw mapError(product, error, doing)
      throwIfAborted(signal)
      await pause(attempt)
    }
  }
}

/** The work's outcome, or ABORTED as soon as the caller gives up; the transaction then ends by itself. */
export async function orAbort<Result>(work: Promise<Result>, signal: AbortSignal): Promise<Result> {
  let abort: (() => void) | undefined
  const aborted = new Promise<never>((_, reject) => {
    abort = () => reject(abortedBy(signal))
    signal.addEventListener('abort', abort, { once: true })
  })
  try {
    return await Promise.race([work, aborted])
  } finally {
    if (abort !== undefined) signal.removeEventListener('abort', abort)
  }
}

function abortedBy(signal: AbortSignal): SyncError {
  return new SyncError('ABORTED', 'The call was aborted', { cause: signal.reason })
}

/** The error of every call on an adapter that is not open. */
export function closed({ product }: Dialect): SyncError {
  return new SyncError('CLOSED', `The ${product} adapter is not open`)
}

function pause(attempt: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, Math.random() * LONGEST_PAUSE_MS * attempt))
}
