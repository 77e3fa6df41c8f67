/** Errors of the adapter as clients may see them: nothing of what is behind the server goes out. */
import { type ErrorCode, isSyncError, SyncError } from '@synclayer/core/adapter'

/** Errors that say something of the request, in words of the adapter. */
const OF_THE_REQUEST: ReadonlySet<ErrorCode> = new Set([
  'PROTOCOL',
  'NOT_SUPPORTED',
  'EPOCH_CHANGED',
  'CURSOR_EXPIRED',
])

/** Errors that say something of the backend, which is told in words of ours. */
const OF_THE_MOMENT: ReadonlySet<ErrorCode> = new Set([
  'RATE_LIMITED',
  'TIMEOUT',
  'NETWORK',
  'CLOSED',
  'ABORTED',
])

const SHOWN_DETAILS = ['path', 'reason', 'retryAfterMs'] as const

/** What clients are told, with what happened as its cause. A database that knows us not is no matter of theirs. */
export function backendError(error: unknown): SyncError {
  if (!isSyncError(error) || !(OF_THE_REQUEST.has(error.code) || OF_THE_MOMENT.has(error.code))) {
    return new SyncError('BACKEND_FAILED', 'The backend could not do this', { cause: error })
  }
  const { code } = error
  const message = OF_THE_REQUEST.has(code) ? error.message : 'The backend cannot answer now'
  const details: Record<string, unknown> = {}
  for (const name of SHOWN_DETAILS) {
    if (error.details[name] !== undefined) details[name] = error.details[name]
  }
  return new SyncError(code, message, { cause: error, details })
}
