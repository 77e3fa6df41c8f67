/**
 * How many changes to ask for at once. A page costs a journey to the backend, so a first sync over a slow network wants
 * large ones; a page that takes longer than a request may take never arrives at all, so a slow network wants small ones.
 * What is found out here is forgotten with the process.
 */

export interface PageSize {
  /** Changes to ask for. */
  readonly current: number
  /** A page has come and is stored. */
  took(page: { readonly changes: number; readonly hasMore: boolean; readonly ms: number }): void
  /** A page did not come in time. */
  timedOut(): void
}

/** Asked for, received and stored within this time, a page may be twice as large. */
const QUICK_MS = 250
/** A page that takes longer is too large for progress to be seen, and near the limit of a request. */
const SLOW_MS = 5_000
/** The largest page, as a multiple of what the app asked for: larger ones cost memory, and gain little. */
const MOST_TIMES = 4
const MOST_CHANGES = 5_000

/** Begins with the size the app asked for. */
export function createPageSize(batchSize: number): PageSize {
  const most = Math.max(batchSize, Math.min(MOST_CHANGES, batchSize * MOST_TIMES))
  let current = batchSize
  const halve = (): void => {
    current = Math.max(1, Math.floor(current / 2))
  }
  return {
    get current() {
      return current
    },
    took({ changes, hasMore, ms }) {
      if (ms > SLOW_MS) halve()
      // Less than was asked for: the backend has a limit of its own.
      else if (hasMore && ms < QUICK_MS && changes >= current) current = Math.min(most, current * 2)
    },
    timedOut: halve,
  }
}
