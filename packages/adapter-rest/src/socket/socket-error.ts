/** What a server's error over a socket means, and what the end of a connection does. */
import { SyncError } from '@synclayer/core/adapter'
import { type ServerMessage, SOCKET_ERRORS } from '@synclayer/core/protocol'

/** The error a message of the server tells of. */
export function errorOfMessage({
  code,
  message,
  details = {},
  retryAfterMs,
}: ServerMessage & { readonly type: 'error' }): SyncError {
  const isRevoked = code === 'UNAUTHORIZED' && details['code'] === 'SCOPE_REVOKED'
  return new SyncError(isRevoked ? 'SCOPE_REVOKED' : SOCKET_ERRORS[code].code, `The server: ${message}`, {
    details: { ...details, ...(retryAfterMs === undefined ? {} : { retryAfterMs }) },
  })
}

/** The error of a connection that ended without a word. */
export function errorOfClose(closeCode: number): SyncError {
  const details = { closeCode }
  if (closeCode === SOCKET_ERRORS.AUTH_FAILED.close) {
    return new SyncError('UNAUTHENTICATED', 'The server has refused the token.', { details })
  }
  if (closeCode === SOCKET_ERRORS.RATE_LIMIT_EXCEEDED.close) {
    return new SyncError('RATE_LIMITED', 'The server has too much to do for this client.', { details })
  }
  return cutOff(`The connection was closed (${closeCode}).`, { details })
}

/** The connection is gone, whoever is at fault. */
export function cutOff(
  message: string,
  options: { readonly cause?: unknown; readonly details?: Readonly<Record<string, unknown>> } = {},
): SyncError {
  return new SyncError('NETWORK', message, options)
}
