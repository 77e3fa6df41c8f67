/** What stands in for the engine where there is no adapter: nothing is sent, but what waits is counted. */
import { SyncError } from '../errors/sync-error.ts'
import type { Lane } from '../ports/storage.ts'
import type { LocalStore } from '../store/local-store.ts'
import type { SyncStatus } from '../sync/events.ts'
import type { SyncEngine } from '../sync/engine-contract.ts'

export interface LocalEngineDeps {
  readonly store: LocalStore
  readonly scopes: readonly string[]
  guard(what: string, call: () => unknown): void
  failed(error: unknown): void
}

export function createLocalEngine(deps: LocalEngineDeps): SyncEngine {
  const lanes: Record<Lane, number> = { waiting: 0, sending: 0, parked: 0 }
  const listeners = new Set<(status: SyncStatus) => void>()
  let status: SyncStatus = {
    phase: 'idle',
    pending: 0,
    parked: 0,
    lastSyncAt: null,
    progress: null,
    lastError: null,
  }
  let scheduled = false
  let { scopes } = deps

  const show = (): void => {
    const pending = lanes.waiting + lanes.sending
    if (pending === status.pending && lanes.parked === status.parked) return
    status = { ...status, pending, parked: lanes.parked }
    if (scheduled || listeners.size === 0) return
    scheduled = true
    void Promise.resolve().then(() => {
      scheduled = false
      for (const listener of listeners) deps.guard('A listener of the status', () => listener(status))
    })
  }

  const count = async (): Promise<void> => {
    Object.assign(lanes, await deps.store.exclusive(() => deps.store.storage.outboxSize(null)))
    show()
  }

  return {
    get status() {
      return status
    },
    onStatus(listener) {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
    start: count,
    sync: () => refuse('sync()'),
    pause: () => undefined,
    resume: () => undefined,
    settled: () => refuse('outbox.settled()'),
    isComplete: () => true,
    onComplete: () => () => undefined,
    get scopes() {
      return scopes
    },
    async setScopes(next) {
      scopes = next
    },
    verify: () => refuse('verify()'),
    committed(changes) {
      for (const { before, after } of changes) {
        if (before !== null) lanes[before as Lane] -= 1
        if (after !== null) lanes[after as Lane] += 1
      }
      show()
    },
    foreignCommit(records) {
      if (records) void count().catch((error: unknown) => deps.failed(error))
    },
    damaged: () => undefined,
    async close() {
      listeners.clear()
    },
  }
}

function refuse(what: string): Promise<never> {
  const message = `${what} needs a backend, and this client was given no adapter. Edits wait until one is given.`
  return Promise.reject(new SyncError('NOT_SUPPORTED', message))
}
