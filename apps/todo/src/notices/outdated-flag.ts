/** Whether a newer version of the app has taken the store over: then nothing can be done here until the page is reloaded. */
export interface OutdatedFlag {
  get(): boolean
  /** For good: only a reload brings another page. */
  raise(): void
  subscribe(listener: () => void): () => void
}

export function createOutdatedFlag(): OutdatedFlag {
  const listeners = new Set<() => void>()
  let isRaised = false
  return {
    get: () => isRaised,
    raise() {
      if (isRaised) return
      isRaised = true
      for (const listener of listeners) listener()
    },
    subscribe(listener) {
      listeners.add(listener)
      return () => void listeners.delete(listener)
    },
  }
}
