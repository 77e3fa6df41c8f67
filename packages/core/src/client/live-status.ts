/** How syncing goes, to look at whenever one likes. */
import type { SyncEngine } from '../sync/engine-contract.ts'
import type { SyncStatus } from '../sync/events.ts'
import type { ClientContext } from './client-context.ts'

/** The state of syncing, now: read its members whenever you like, or be told of changes. */
export interface LiveStatus extends SyncStatus {
  /** Calls `listener` after each change, asynchronously, with the state then. Returns how to stop. */
  subscribe(listener: (status: SyncStatus) => void): () => void
}

/** The engine's status as one object that is always of now. */
export function liveStatus(engine: SyncEngine, context: ClientContext): LiveStatus {
  return {
    get phase() {
      return engine.status.phase
    },
    get pending() {
      return engine.status.pending
    },
    get parked() {
      return engine.status.parked
    },
    get lastSyncAt() {
      return engine.status.lastSyncAt
    },
    get progress() {
      return engine.status.progress
    },
    get lastError() {
      return engine.status.lastError
    },
    subscribe(listener) {
      context.assertOpen()
      return engine.onStatus(listener)
    },
  }
}
