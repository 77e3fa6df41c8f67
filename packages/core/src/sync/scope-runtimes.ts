/** What the engine holds for each scope while it runs: nothing of it outlives the process. */
import { createArrivedPages } from './arrived-pages.ts'
import { createPageAhead } from './page-ahead.ts'
import { createPageSize } from './page-size.ts'
import type { BatchLimit } from './push.ts'
import type { FeedState } from './feed-state.ts'
import type { Realtime } from './realtime.ts'
import { newCounts } from './report-counts.ts'
import type { ClockOffset, ScopeSession } from './scope-session.ts'
import type { EngineDeps } from './sync-deps.ts'

export interface ScopeRuntime {
  readonly session: ScopeSession
  readonly limit: BatchLimit
  feed: FeedState | null
  realtime: Realtime | null
  /** The round under way. */
  running: Promise<void> | null
  /** What stops the requests of the last round that began, and no later ones. */
  signal: AbortSignal
}

export interface ScopeRuntimes {
  /** The scope's, made where there is none yet. */
  of(scope: string): ScopeRuntime
  find(scope: string): ScopeRuntime | undefined
  forget(scope: string): void
  /** Resolves once the rounds that run now have ended. */
  quiet(): Promise<void>
  closeRealtime(): Promise<void>
}

export interface ScopeRuntimesOptions {
  readonly deps: EngineDeps
  /** To the backend's clock; one for all scopes. */
  readonly offset: ClockOffset
  /** What stops requests of a round that begins now. */
  readonly signal: () => AbortSignal
  /** Told of each step a round gets on by. */
  readonly onProgress: (scope: string) => void
}

export function createScopeRuntimes(options: ScopeRuntimesOptions): ScopeRuntimes {
  const { deps, offset, signal, onProgress } = options
  const { settings, scheduler, adapter } = deps
  const runtimes = new Map<string, ScopeRuntime>()

  const create = (scope: string): ScopeRuntime => {
    const most = (): number => Math.max(1, Math.min(settings.batchSize, adapter.capabilities.maxBatch))
    const limits = {
      timeoutMs: settings.timeoutMs,
      scheduler,
      get signal() {
        return runtime.signal
      },
    }
    const progress = (): void => onProgress(scope)
    const runtime: ScopeRuntime = {
      session: {
        scope,
        deps,
        limits,
        offset,
        counts: newCounts(),
        arrived: createArrivedPages(),
        ahead: createPageAhead(),
        pageSize: createPageSize(settings.batchSize),
        progress,
      },
      limit: {
        current: most(),
        // Not known for good before the adapter was opened.
        get most() {
          return most()
        },
        unknownInARow: 0,
      },
      feed: null,
      realtime: null,
      running: null,
      signal: signal(),
    }
    return runtime
  }

  return {
    of(scope) {
      const runtime = runtimes.get(scope) ?? create(scope)
      runtimes.set(scope, runtime)
      return runtime
    },
    find: (scope) => runtimes.get(scope),
    forget: (scope) => void runtimes.delete(scope),
    quiet: async () => void (await Promise.all([...runtimes.values()].map(async ({ running }) => running))),
    async closeRealtime() {
      const open = [...runtimes.values()].map(({ realtime }) => realtime)
      for (const runtime of runtimes.values()) runtime.realtime = null
      await Promise.all(open.map(async (realtime) => realtime?.close()))
    },
  }
}
