import { type ErrorCode, SyncError } from '@synclayer/core/adapter'

/** An answer that HTTP has a status of its own for, which the code of the error alone does not say. */
export class HttpError extends Error {
  readonly status: number
  readonly error: SyncError
  readonly headers: Readonly<Record<string, string>>

  constructor(
    status: number,
    code: ErrorCode,
    message: string,
    { headers = {}, details = {}, cause }: HttpErrorOptions = {},
  ) {
    super(message, cause === undefined ? undefined : { cause })
    this.status = status
    this.error = new SyncError(code, message, { details })
    this.headers = headers
  }
}

export interface HttpErrorOptions {
  readonly headers?: Readonly<Record<string, string>>
  readonly details?: Readonly<Record<string, unknown>>
  /** For the log. */
  readonly cause?: unknown
}

/** 413: the client is to send less at a time. */
export function tooLarge(message: string): HttpError {
  return new HttpError(413, 'RECORD_TOO_LARGE', message)
}
