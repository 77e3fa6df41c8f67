/** What the app is shown of the engine: one immutable status, told of asynchronously, and the events of each sync. */
import { isSyncError, type SyncError } from '../errors/sync-error.ts'
import type { Lane } from '../ports/storage.ts'
import type { SyncPhase, SyncStatus } from './events.ts'
import type { FeedState } from './feed-state.ts'
import { addCounts, newCounts, type ReportCounts } from './report-counts.ts'
import type { OutboxChange } from './engine-contract.ts'
import type { ShownStatus } from './shown-status.ts'
import type { EngineDeps } from './sync-deps.ts'
import { phaseOf, type SyncState } from './sync-state.ts'

export interface StatusBoard {
  readonly status: SyncStatus
  subscribe(listener: (status: SyncStatus) => void): () => void
  machine(state: SyncState): void
  /** What another process shows, which syncs in the place of this one; null: none does. */
  shown(status: ShownStatus | null): void
  feed(scope: string, feed: FeedState, remaining: number | null): void
  began(scope: string): void
  ended(scope: string, counts: ReportCounts, error: SyncError | null, durationMs: number): void
  committed(changes: readonly OutboxChange[]): void
  /** Counts the outbox anew from the store. */
  count(): Promise<void>
  settled(): Promise<void>
  close(): void
}

/** The rounds from the first that began to the last that ended, while any ran: one sync to the app. */
interface RunningSync {
  readonly scopes: Set<string>
  readonly counts: ReportCounts
  readonly startedAt: number
  error: SyncError | null
}

export function createStatusBoard(deps: EngineDeps): StatusBoard {
  const { report, store, clock } = deps
  const listeners = new Set<(status: SyncStatus) => void>()
  const lanes: Record<Lane, number> = { waiting: 0, sending: 0, parked: 0 }
  const progress = new Map<string, { readonly done: number; readonly remaining: number | null }>()
  let idleWaiters: (() => void)[] = []
  let running: RunningSync | null = null
  let own: SyncPhase = 'idle'
  let leader: ShownStatus | null = null
  let online = true
  let told: SyncStatus | null = null
  let closed = false
  let status: SyncStatus = {
    phase: 'idle',
    pending: 0,
    parked: 0,
    lastSyncAt: null,
    progress: null,
    lastError: null,
  }

  const update = (change: Partial<SyncStatus>): void => {
    const names = Object.keys(change) as (keyof SyncStatus)[]
    if (names.every((name) => sameValue(change[name], status[name]))) return
    const scheduled = told !== status
    status = { ...status, ...change }
    if (!scheduled && !closed) queueMicrotask(announce)
  }

  const announce = (): void => {
    told = status
    for (const listener of Array.from(listeners)) {
      try {
        listener(status)
      } catch (error) {
        deps.logger.log('error', 'A status listener threw.', { error })
      }
    }
    if (told !== status) queueMicrotask(announce)
  }

  const recount = (): void => {
    // What another process on this store has saved may be sent here before it is counted.
    update({ pending: Math.max(0, lanes.waiting + lanes.sending), parked: Math.max(0, lanes.parked) })
    if (lanes.waiting + lanes.sending > 0) return
    const waiters = idleWaiters
    idleWaiters = []
    for (const resolve of waiters) resolve()
  }

  /** The app's own round shows here alone; what else befalls one that follows befalls its leader. */
  const phase = (): SyncPhase =>
    leader === null || own === 'paused' || own === 'syncing' ? own : leader.phase

  const setOnline = (next: boolean): void => {
    if (next === online) return
    online = next
    report('connectivityChanged', { online })
  }

  const finish = (sync: RunningSync): void => {
    running = null
    const durationMs = clock.now() - sync.startedAt
    if (sync.error === null) {
      update({ lastSyncAt: clock.now(), lastError: null })
      report('syncCompleted', { ...sync.counts, durationMs })
    } else {
      // What the app itself broke off, by pausing or closing, is no trouble to show.
      if (sync.error.code !== 'ABORTED') update({ lastError: sync.error })
      report('syncFailed', { error: sync.error, durationMs })
    }
  }

  told = status
  return {
    get status() {
      return status
    },
    subscribe(listener) {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
    machine(state) {
      own = phaseOf(state)
      update({ phase: phase() })
    },
    shown(next) {
      leader = next
      if (next === null) return update({ phase: phase() })
      const lastSyncAt = Math.max(next.lastSyncAt ?? 0, status.lastSyncAt ?? 0) || null
      update({ ...next, lastSyncAt, phase: phase() })
    },
    feed(scope, feed, remaining) {
      if (feed.snapshot === null) progress.delete(scope)
      else progress.set(scope, { done: feed.snapshot.done, remaining })
      update({ progress: total([...progress.values()]) })
    },
    began(scope) {
      if (running === null) {
        running = { scopes: new Set(), counts: newCounts(), startedAt: clock.now(), error: null }
        report('syncStarted', { scopes: [scope] })
      }
      running.scopes.add(scope)
    },
    ended(scope, counts, error) {
      if (error === null || (error.code !== 'NETWORK' && error.code !== 'ABORTED')) setOnline(true)
      else if (error.code === 'NETWORK') setOnline(false)
      if (running === null) return
      addCounts(running.counts, counts)
      running.error ??= error
      running.scopes.delete(scope)
      if (running.scopes.size === 0) finish(running)
    },
    committed(changes) {
      for (const { before, after } of changes) {
        if (before === after) continue
        if (before !== null) lanes[before as Lane] -= 1
        if (after !== null) lanes[after as Lane] += 1
      }
      recount()
    },
    async count() {
      try {
        Object.assign(lanes, await store.exclusive(() => store.storage.outboxSize(null)))
      } catch (error) {
        if (!isSyncError(error, 'CLOSED')) throw error
      }
      recount()
    },
    settled() {
      if (lanes.waiting + lanes.sending === 0) return Promise.resolve()
      return new Promise((resolve) => idleWaiters.push(resolve))
    },
    close() {
      closed = true
      listeners.clear()
    },
  }
}

function sameValue(a: unknown, b: unknown): boolean {
  return (
    a === b || (typeof a === 'object' && JSON.stringify(a) === JSON.stringify(b) && !(a instanceof Error))
  )
}

function total(
  parts: readonly { readonly done: number; readonly remaining: number | null }[],
): SyncStatus['progress'] {
  if (parts.length === 0) return null
  const done = parts.reduce((sum, part) => sum + part.done, 0)
  const known = parts.every(({ remaining }) => remaining !== null)
  return { done, remaining: known ? parts.reduce((sum, part) => sum + (part.remaining ?? 0), 0) : null }
}
