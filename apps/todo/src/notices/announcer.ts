/** What only those need to be told who do not see it happen: screen readers read it out. */
export interface Announcer {
  get(): string
  say(text: string): void
  subscribe(listener: () => void): () => void
}

export function createAnnouncer(): Announcer {
  const listeners = new Set<() => void>()
  let current = ''
  return {
    get: () => current,
    say(text) {
      // The same words twice are a change too: a blank at the end is not read out.
      current = text === current ? `${text} ` : text
      for (const listener of listeners) listener()
    },
    subscribe(listener) {
      listeners.add(listener)
      return () => void listeners.delete(listener)
    },
  }
}
