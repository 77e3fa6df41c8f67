/** A stable name for one kind of failure. Decide by it, never by the message. */
export type ErrorCode =
  | 'INVALID_OPTION'
  | 'INVALID_DOCUMENT'
  | 'INVALID_MUTATION'
  | 'UNKNOWN_COLLECTION'
  | 'NOT_FOUND'
  | 'CLOSED'
  | 'STORAGE_FULL'
  | 'STORAGE_FAILED'
  | 'STORAGE_CORRUPT'
  | 'WRONG_KEY'
  | 'NETWORK'
  | 'TIMEOUT'
  | 'ABORTED'
  | 'UNAUTHENTICATED'
  | 'FORBIDDEN'
  | 'SCOPE_REVOKED'
  | 'RATE_LIMITED'
  | 'CURSOR_EXPIRED'
  | 'EPOCH_CHANGED'
  | 'PROTOCOL'
  | 'BACKEND_FAILED'
  | 'NOT_SUPPORTED'
  | 'CONSTRAINT'
  | 'RECORD_TOO_LARGE'
  | 'GROUP_TOO_LARGE'
  | 'MUTATION_ID_REUSED'
  | 'RESOLVER_FAILED'
  | 'SCOPE_CHANGE'
  | 'ID_COLLISION'
  | 'UNSENT_CHANGES'
  | 'LISTENER_FAILED'

/**
 * Every error code, and whether the same call may succeed later without anything being changed by the app.
 * Each code has a section in docs/reference/errors.md with its cause and cure.
 */
export const RETRYABLE_BY_CODE: Readonly<Record<ErrorCode, boolean>> = {
  INVALID_OPTION: false,
  INVALID_DOCUMENT: false,
  INVALID_MUTATION: false,
  UNKNOWN_COLLECTION: false,
  NOT_FOUND: false,
  CLOSED: false,
  STORAGE_FULL: true,
  STORAGE_FAILED: true,
  STORAGE_CORRUPT: false,
  WRONG_KEY: false,
  NETWORK: true,
  TIMEOUT: true,
  ABORTED: true,
  UNAUTHENTICATED: true,
  FORBIDDEN: false,
  SCOPE_REVOKED: false,
  RATE_LIMITED: true,
  CURSOR_EXPIRED: true,
  EPOCH_CHANGED: true,
  PROTOCOL: false,
  BACKEND_FAILED: true,
  NOT_SUPPORTED: false,
  CONSTRAINT: false,
  RECORD_TOO_LARGE: false,
  GROUP_TOO_LARGE: false,
  MUTATION_ID_REUSED: true,
  RESOLVER_FAILED: false,
  SCOPE_CHANGE: false,
  ID_COLLISION: false,
  UNSENT_CHANGES: false,
  LISTENER_FAILED: false,
}

/** True when `value` names an error code. */
export function isErrorCode(value: unknown): value is ErrorCode {
  return typeof value === 'string' && Object.hasOwn(RETRYABLE_BY_CODE, value)
}
