const NO_REASON = 'it threw something that is no Error'

/** What something thrown says of itself. Never throws, whatever it is: not everything has a text. */
export function reasonOf(thrown: unknown): string {
  if (thrown instanceof Error) return thrown.message
  try {
    const text = String(thrown)
    return thrown === null || thrown === undefined ? NO_REASON : text
  } catch {
    return NO_REASON
  }
}
