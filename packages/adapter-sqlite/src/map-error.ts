import { isSyncError, SyncError } from '@synclayer/core/adapter'

/** The result code of SQLite, such as `SQLITE_BUSY_SNAPSHOT`, or undefined for any other error. */
export function sqliteCode(error: unknown): string | undefined {
  if (!(error instanceof Error)) return undefined
  const code = (error as { code?: unknown }).code
  return typeof code === 'string' && code.startsWith('SQLITE_') ? code : undefined
}

/** True where another connection holds the lock, and the same call may succeed in a moment. */
export function isBusy(error: unknown): boolean {
  const code = sqliteCode(error)
  return code !== undefined && /^SQLITE_(BUSY|LOCKED|PROTOCOL)/.test(code)
}

// Nothing that comes by itself changes these: the file has to be looked after.
const LASTING = /^SQLITE_(CORRUPT|NOTADB|READONLY|CANTOPEN|PERM|AUTH|FORMAT|SCHEMA|MISUSE|ERROR)/

/** Translates what SQLite throws, by its result code. Every such failure is BACKEND_FAILED; `retryable` differs. */
export function mapError(error: unknown, doing: string): SyncError {
  if (isSyncError(error)) return error
  const code = sqliteCode(error)
  const reason = error instanceof Error ? error.message : String(error)
  return new SyncError('BACKEND_FAILED', `SQLite failed while ${doing}: ${reason}`, {
    cause: error,
    retryable: code !== undefined && !LASTING.test(code),
    details: code === undefined ? {} : { sqlite: code },
  })
}
