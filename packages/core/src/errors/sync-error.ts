import { type ErrorCode, isErrorCode, RETRYABLE_BY_CODE } from './codes.ts'
import { reasonOf } from './reason-of.ts'

/** What may be told with an error, beside its code and message. */
export interface SyncErrorOptions {
  readonly cause?: unknown
  /** Facts a program can use: `path`, `collection`, `id`, `option`, `retryAfterMs`, `issues`, … */
  readonly details?: Readonly<Record<string, unknown>>
  /** Overrides what the code says of itself. */
  readonly retryable?: boolean
}

/**
 * The one error class of SyncLayer. The `code` says what happened; the message says why and what to do;
 * `retryable` says whether the same call may succeed later by itself.
 */
export class SyncError extends Error {
  override readonly name = 'SyncError'
  readonly code: ErrorCode
  readonly retryable: boolean
  readonly details: Readonly<Record<string, unknown>>

  constructor(code: ErrorCode, message: string, options: SyncErrorOptions = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause })
    this.code = code
    this.retryable = options.retryable ?? RETRYABLE_BY_CODE[code]
    this.details = options.details ?? {}
  }
}

/** True for a SyncError, also for one made by another copy of this package. With a code, only for that code. */
export function isSyncError(error: unknown, code?: ErrorCode): error is SyncError {
  if (!(error instanceof Error) || error.name !== 'SyncError') return false
  const actual = (error as { code?: unknown }).code
  return isErrorCode(actual) && (code === undefined || code === actual)
}

/** The error itself where it is a SyncError, else one of the given code with it as its cause. */
export function toSyncError(error: unknown, code: ErrorCode, message: string): SyncError {
  if (isSyncError(error)) return error
  return new SyncError(code, `${message}: ${reasonOf(error)}`, { cause: error })
}
