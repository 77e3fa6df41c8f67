/** The private channel that a scope's changes are told on. The same text is made, and taken apart, in the database. */
export function topicOf(scope: string): string {
  return `sl:${scope}`
}

/** What is broadcast there. */
export const EVENT = 'change'
