/** An error as the log tells it: what it is and where, and nothing that a driver may have attached to it. */

export interface ErrorDescription {
  readonly name: string
  readonly code?: string
  readonly message: string
  readonly stack?: string
  readonly cause?: ErrorDescription
}

const MOST_CAUSES = 5

export function describeError(error: unknown, depth = 0): ErrorDescription {
  if (!(error instanceof Error)) return { name: typeof error, message: String(error) }
  const { name, message, stack, cause } = error
  const code: unknown = (error as { code?: unknown }).code
  return {
    name,
    ...(typeof code === 'string' ? { code } : {}),
    message,
    ...(stack === undefined ? {} : { stack }),
    ...(cause === undefined || depth === MOST_CAUSES ? {} : { cause: describeError(cause, depth + 1) }),
  }
}
