import { isSyncError, SyncError } from '@synclayer/core/adapter'
import { invalidOption } from './invalid-option.ts'
import { TABLE_REFUSED } from './sql/tables-compile.ts'

const SQL_STATE = /^[0-9A-Z]{5}$/

/** The SQLSTATE of an error that the server reported, or undefined for any other error. */
function sqlStateOf(error: unknown): string | undefined {
  const code = error instanceof Error ? (error as { readonly code?: unknown }).code : undefined
  // What Node reports of sockets has longer codes, such as ECONNRESET.
  return typeof code === 'string' && SQL_STATE.test(code) && !/^E[A-Z]{4}$/.test(code) ? code : undefined
}

/**
 * True where another connection may do better: this one was lost, the server is going down, or it is a primary no more.
 * What became of the statement is not known then.
 */
export function isConnectionLost(error: unknown): boolean {
  const state = sqlStateOf(error)
  return state === undefined ? !isSyncError(error) : /^(08...|57P0[1-5]|25006)$/.test(state)
}

/** True where the transaction was undone because of others: a deadlock, or a serialization failure. */
export function isUndone(error: unknown): boolean {
  return sqlStateOf(error)?.startsWith('40') === true
}

// Nothing that comes by itself changes these: a setting, a right or the schema has to be looked after.
const LASTING = /^(0A|22|23|26|28|3D|3F|42|P0|F0)/
// A statement that was cancelled, and a lock that was waited for too long.
const TIMED_OUT = /^(57014|55P03)$/

/**
 * Translates what the server and the driver report, by SQLSTATE. NETWORK: the server was not reached, or was lost.
 * TIMEOUT: it took too long. BACKEND_FAILED: all else; `retryable` says whether it may pass. `details.sqlState` says more.
 */
export function mapError(error: unknown, doing: string): SyncError {
  if (isSyncError(error)) return error
  const state = sqlStateOf(error)
  if (state === TABLE_REFUSED) return tableRefused(error as RefusedTable)
  const reason = error instanceof Error ? error.message || error.name : String(error)
  const message = `PostgreSQL failed while ${doing}: ${reason}${adviceFor(state)}`
  if (state === undefined) return new SyncError('NETWORK', message, { cause: error })
  const details = { sqlState: state }
  if (TIMED_OUT.test(state)) return new SyncError('TIMEOUT', message, { cause: error, details })
  if (/^(08|57P)/.test(state)) return new SyncError('NETWORK', message, { cause: error, details })
  return new SyncError('BACKEND_FAILED', message, { cause: error, details, retryable: !LASTING.test(state) })
}

interface RefusedTable extends Error {
  /** The collection. */
  readonly table?: string
  /** The member of its options. */
  readonly column?: string
}

/** The option that does not fit its table. */
function tableRefused({ table, column, message }: RefusedTable): SyncError {
  return invalidOption(['tables', table, column].filter(Boolean).join('.'), message)
}

function adviceFor(state: string | undefined): string {
  switch (state) {
    case '42501':
      return '. Grant the role what `npx synclayer-postgres sql --role <role>` prints'
    case '3F000':
    case '42883':
    case '42P01':
      return '. Is the schema complete? `npx synclayer-postgres sql` prints it'
    case '53300':
      return '. Lower `maxConnections`, or put a connection pooler in between'
    default:
      return ''
  }
}
