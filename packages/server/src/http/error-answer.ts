/** Errors as HTTP tells them. Only what the client can act on goes out: no stack, no cause, no text of a driver. */
import { type ErrorCode, isSyncError, type Json, SyncError } from '@synclayer/core/adapter'
import type { ErrorBody } from '@synclayer/core/protocol'
import { HttpError } from './http-error.ts'

export interface ErrorAnswer {
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
  readonly body: ErrorBody
}

const STATUS_BY_CODE: Readonly<Partial<Record<ErrorCode, number>>> = {
  PROTOCOL: 400,
  UNAUTHENTICATED: 401,
  FORBIDDEN: 403,
  SCOPE_REVOKED: 403,
  NOT_FOUND: 404,
  UNKNOWN_COLLECTION: 404,
  EPOCH_CHANGED: 409,
  CURSOR_EXPIRED: 410,
  RECORD_TOO_LARGE: 413,
  RATE_LIMITED: 429,
  NOT_SUPPORTED: 501,
  NETWORK: 503,
  CLOSED: 503,
  ABORTED: 503,
  TIMEOUT: 504,
}

const HEADERS_BY_CODE: Readonly<Partial<Record<ErrorCode, Readonly<Record<string, string>>>>> = {
  UNAUTHENTICATED: { 'WWW-Authenticate': 'Bearer' },
}

/** What may be shown of an error's details. */
const SHOWN_DETAILS = ['path', 'reason', 'collection', 'scope', 'protocol'] as const

/** What a client is answered for something thrown, whatever it is. */
export function errorAnswer(thrown: unknown): ErrorAnswer {
  if (thrown instanceof HttpError) return answerOf(thrown.status, thrown.error, thrown.headers)
  if (isSyncError(thrown)) {
    const status = STATUS_BY_CODE[thrown.code]
    if (status !== undefined) return answerOf(status, thrown, HEADERS_BY_CODE[thrown.code] ?? {})
  }
  const cause = { cause: thrown }
  return answerOf(500, new SyncError('BACKEND_FAILED', 'The server could not do this', cause), {})
}

function answerOf(status: number, error: SyncError, headers: ErrorAnswer['headers']): ErrorAnswer {
  const { code, message } = error
  const details: Record<string, Json> = {}
  for (const name of SHOWN_DETAILS) {
    const value = error.details[name]
    if (typeof value === 'string' || typeof value === 'number') details[name] = value
  }
  const { retryAfterMs } = error.details
  const wait = typeof retryAfterMs === 'number' && retryAfterMs >= 0 ? Math.ceil(retryAfterMs) : undefined
  return {
    status,
    headers: wait === undefined ? headers : { ...headers, 'Retry-After': `${Math.ceil(wait / 1_000)}` },
    body: {
      error: {
        code,
        message,
        ...(Object.keys(details).length === 0 ? {} : { details }),
        ...(wait === undefined ? {} : { retryAfterMs: wait }),
      },
    },
  }
}
