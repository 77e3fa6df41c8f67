/** What `watch()` gives. The client implements it on `live-view.ts` and `run-query.ts`. */
import type { SyncError } from '../errors/sync-error.ts'

/**
 * A result that is kept up to date. Results are immutable, and documents that did not change keep their identity.
 * A listener is first called asynchronously, then once for each commit that changes the result, never for one that
 * does not (Q8). Iterating yields the latest result only.
 */
export interface LiveQuery<Result> extends AsyncIterable<Result> {
  /** The latest result; undefined until it is loaded. */
  readonly current: Result | undefined
  /** Whether the first sync of the data it needs is done. */
  readonly complete: boolean
  /** Why it cannot be kept up to date, where that is so. */
  readonly error: SyncError | undefined
  /**
   * Calls `listener` with every result from now on, the one that is already there included, and `onState` when
   * `complete` or `error` changed. Both are called asynchronously. Returns how to stop.
   */
  subscribe(listener: (result: Result) => void, onState?: () => void): () => void
  /** Stops for everyone. Safe to call twice. */
  close(): void
}
