const CODES = {
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
} as const satisfies Record<string, boolean>

/**
 * Every error code, and whether the same call may succeed later without anything being changed by the app.
 * Each code has a section in docs/reference/errors.md with its cause and cure.
 */
export const RETRYABLE_BY_CODE: Readonly<typeof CODES> = CODES

/** A stable name for one kind of failure. Decide by it, never by the message. */
export type ErrorCode = keyof typeof RETRYABLE_BY_CODE

/** True when `value` names an error code. */
export function isErrorCode(value: unknown): value is ErrorCode {
  return typeof value === 'string' && Object.hasOwn(RETRYABLE_BY_CODE, value)
}
