/** What something thrown says of itself. Never throws, whatever it is: not everything has a text. */
export function reasonOf(thrown: unknown): string {
  if (thrown instanceof Error) return thrown.message
  try {
    return String(thrown)
  } catch {
    return 'it threw something that is no Error'
  }
}
