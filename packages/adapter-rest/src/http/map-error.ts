/** What an answer that is not what was hoped for means. The status says it, and the error body where it is a proper one. */
import { type ErrorCode, SyncError } from '@synclayer/core/adapter'
import { checkErrorBody, type ErrorBody } from '@synclayer/core/protocol'
import type { Answer } from '@synclayer/adapter-kit/http'

/** What each code may come with: a code from outside is believed only where its status says the same. */
const STATUSES_BY_CODE: Readonly<Partial<Record<ErrorCode, readonly number[]>>> = {
  PROTOCOL: [400, 405, 415],
  NOT_SUPPORTED: [400, 501],
  UNAUTHENTICATED: [401],
  FORBIDDEN: [403],
  SCOPE_REVOKED: [403],
  UNKNOWN_COLLECTION: [404],
  NOT_FOUND: [404],
  EPOCH_CHANGED: [409],
  CURSOR_EXPIRED: [410],
  RECORD_TOO_LARGE: [413],
  RATE_LIMITED: [429],
  BACKEND_FAILED: [500, 502, 503],
  TIMEOUT: [504],
}

/** What a status means whoever answered. All others, without a proper body, say only that something else has answered. */
const CODE_BY_STATUS: Readonly<Record<number, ErrorCode>> = {
  401: 'UNAUTHENTICATED',
  403: 'FORBIDDEN',
  413: 'RECORD_TOO_LARGE',
  429: 'RATE_LIMITED',
  500: 'BACKEND_FAILED',
  502: 'BACKEND_FAILED',
  503: 'BACKEND_FAILED',
  504: 'TIMEOUT',
}

/** The error that an answer stands for, any but 200. NETWORK where it is not the server's, and so nothing is known. */
export function errorOf(answer: Answer): SyncError {
  const { status } = answer
  const proper = readErrorBody(answer.body)
  if (proper !== null && STATUSES_BY_CODE[proper.code]?.includes(status) === true) {
    const { code, message, details } = proper
    return new SyncError(code, `The server: ${message}`, {
      details: { ...details, status, ...waitOf(proper.retryAfterMs ?? answer.retryAfterMs) },
    })
  }
  const code = CODE_BY_STATUS[status] ?? (status > 504 ? 'BACKEND_FAILED' : 'NETWORK')
  return new SyncError(
    code,
    `${answer.asked} was answered with status ${status}, and with no error of a SyncLayer server. Is the url right, and what stands between?`,
    { details: { status, ...waitOf(answer.retryAfterMs) } },
  )
}

/** An answer of status 200 that is not what the protocol promises: nothing is known of what was asked. */
export function brokenAnswer(asked: string, cause: unknown): SyncError {
  return new SyncError('NETWORK', `${asked} was answered with something else than the protocol says.`, {
    cause,
  })
}

function readErrorBody(body: unknown): ErrorBody['error'] | null {
  try {
    return checkErrorBody(body).error
  } catch {
    return null
  }
}

function waitOf(retryAfterMs: number | undefined): { readonly retryAfterMs?: number } {
  return retryAfterMs === undefined ? {} : { retryAfterMs }
}
