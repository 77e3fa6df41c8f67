/** Errors as they are told over a socket: what the client can act on, and nothing of what is behind the server. */
import type { ErrorCode, Json, SyncError } from '@synclayer/core/adapter'
import { type ServerMessage, SOCKET_ERRORS, type SocketErrorCode } from '@synclayer/core/protocol'

const SOCKET_CODES: Readonly<Partial<Record<ErrorCode, SocketErrorCode>>> = {
  UNAUTHENTICATED: 'AUTH_FAILED',
  FORBIDDEN: 'UNAUTHORIZED',
  SCOPE_REVOKED: 'UNAUTHORIZED',
  PROTOCOL: 'INVALID_MESSAGE',
  NOT_SUPPORTED: 'INVALID_MESSAGE',
  UNKNOWN_COLLECTION: 'COLLECTION_NOT_FOUND',
  RATE_LIMITED: 'RATE_LIMIT_EXCEEDED',
}

/** What may be shown of an error's details. */
const SHOWN = ['path', 'collection', 'protocol'] as const

/** The message that tells of an error, for one subscription or for the connection as a whole. */
export function errorMessage(error: SyncError, id?: number): ServerMessage & { readonly type: 'error' } {
  const code = SOCKET_CODES[error.code] ?? 'SERVER_ERROR'
  const details = code === 'SERVER_ERROR' ? {} : shownDetails(error, code)
  const { retryAfterMs } = error.details
  return {
    type: 'error',
    ...(id === undefined ? {} : { id }),
    code,
    message: code === 'SERVER_ERROR' ? 'The server could not do this now' : error.message,
    ...(Object.keys(details).length === 0 ? {} : { details }),
    ...(typeof retryAfterMs === 'number' ? { retryAfterMs: Math.ceil(retryAfterMs) } : {}),
  }
}

/** The code a connection is closed with where an error ends it. */
export function closeCodeOf(code: SocketErrorCode): number {
  return SOCKET_ERRORS[code].close
}

function shownDetails(error: SyncError, code: SocketErrorCode): Record<string, Json> {
  const details: Record<string, Json> = {}
  for (const name of SHOWN) {
    const value = error.details[name]
    if (typeof value === 'string' || typeof value === 'number') details[name] = value
  }
  if (SOCKET_ERRORS[code].code !== error.code) details['code'] = error.code
  return details
}
