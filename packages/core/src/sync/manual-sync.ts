/** Calls of `sync()`: each waits for a whole round of every scope that begins after the call; calls share rounds. */
import type { SyncError } from '../errors/sync-error.ts'
import type { SyncReport } from './events.ts'
import { addCounts, newCounts, type ReportCounts } from './report-counts.ts'

interface Waiter {
  readonly resolve: (report: SyncReport) => void
  readonly reject: (error: SyncError) => void
  readonly startedAt: number
  readonly open: Set<string>
  readonly running: Set<string>
  readonly counts: ReportCounts
  error: SyncError | null
}

export interface ManualSync {
  wait(scopes: readonly string[], now: number): Promise<SyncReport>
  /** True while some call waits. */
  isAsked(): boolean
  /** True while some call waits for a round of the scope to begin. */
  wants(scope: string): boolean
  began(scope: string): void
  ended(scope: string, counts: ReportCounts, error: SyncError | null, now: number): void
  /** The scope is gone: no round of it will begin. */
  left(scope: string, now: number): void
  /** Rejects all that wait. */
  abort(error: SyncError): void
}

export function createManualSync(): ManualSync {
  let waiters: Waiter[] = []

  const settle = (waiter: Waiter, now: number): void => {
    waiters = waiters.filter((other) => other !== waiter)
    if (waiter.error !== null) waiter.reject(waiter.error)
    else waiter.resolve({ ...waiter.counts, durationMs: now - waiter.startedAt })
  }

  return {
    wait(scopes, now) {
      return new Promise((resolve, reject) => {
        waiters.push({
          resolve,
          reject,
          startedAt: now,
          open: new Set(scopes),
          running: new Set(),
          counts: newCounts(),
          error: null,
        })
      })
    },
    isAsked: () => waiters.length > 0,
    wants: (scope) => waiters.some(({ open, running }) => open.has(scope) && !running.has(scope)),
    began(scope) {
      for (const { open, running } of waiters) if (open.has(scope)) running.add(scope)
    },
    ended(scope, counts, error, now) {
      for (const waiter of waiters) {
        if (!waiter.running.delete(scope)) {
          // It ran when the call came, and did part of what the call is asked about: after `resume()` all of it.
          if (waiter.open.has(scope)) addCounts(waiter.counts, counts)
          continue
        }
        waiter.open.delete(scope)
        addCounts(waiter.counts, counts)
        waiter.error ??= error
        if (waiter.open.size === 0) settle(waiter, now)
      }
    },
    left(scope, now) {
      for (const waiter of waiters) {
        if (waiter.running.has(scope)) continue
        if (waiter.open.delete(scope) && waiter.open.size === 0) settle(waiter, now)
      }
    },
    abort(error) {
      for (const waiter of waiters) waiter.reject(error)
      waiters = []
    },
  }
}
