/** Timers. Nothing in the engine sets one any other way. */
export interface Scheduler {
  /** Calls `task` once after `delayMs`. The returned function cancels it; calling that again does nothing. */
  after(delayMs: number, task: () => void): () => void
}
