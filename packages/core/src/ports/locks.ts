/** Locks that all pages and workers of one origin share. The platform lets go of those whose page is gone. */
export interface Locks {
  /**
   * Queues for the lock of that name; with `steal` it is taken at once from whoever has it. The answer lets go of it, or
   * leaves the queue: nothing is told from then on.
   */
  request(name: string, steal: boolean, told: LockTold): () => void
}

export interface LockTold {
  held(): void
  /** It was stolen; or, where it was never held, the platform gives no locks here. */
  lost(): void
}
