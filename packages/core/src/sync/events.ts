/** What the engine tells about its work. `db.on(name, listener)` gives each to the app, the metrics count them. */
import type { ErrorCode } from '../errors/codes.ts'
import type { SyncError } from '../errors/sync-error.ts'
import type { Version } from '../protocol/identifiers.ts'
import type { JsonObject } from '../shared/json.ts'

/** What one sync did. */
export interface SyncReport {
  /** Mutations the backend accepted. */
  readonly pushed: number
  /** Changes taken from the backend. */
  readonly pulled: number
  readonly conflicts: number
  /** Mutations refused for good and parked. */
  readonly parked: number
  readonly durationMs: number
}

interface RecordEvent {
  readonly collection: string
  readonly id: string
}

export interface ConflictEvent extends RecordEvent {
  readonly base: JsonObject | null
  readonly local: JsonObject | null
  readonly remote: JsonObject | null
  readonly resolved: JsonObject | null
  /** `merge`, `lastWriteWins`, …, or `resolver` for a function. */
  readonly strategy: string
  readonly winner: 'local' | 'remote' | 'merged'
}

export interface SyncEvents {
  readonly syncStarted: { readonly scopes: readonly string[] }
  readonly syncCompleted: SyncReport
  readonly syncFailed: { readonly error: SyncError; readonly durationMs: number }
  /** A local edit was made that must be sent. */
  readonly mutationQueued: RecordEvent & { readonly kind: 'put' | 'delete' }
  readonly mutationSynced: RecordEvent & { readonly version: Version }
  /** An attempt to send it failed; it will be tried again at `retryAt` (device time in milliseconds). */
  readonly mutationFailed: RecordEvent & {
    readonly code: ErrorCode
    readonly attempts: number
    readonly retryAt: number
  }
  readonly mutationParked: RecordEvent & { readonly code: ErrorCode; readonly reason: string }
  readonly conflict: ConflictEvent
  /** The result of a conflict has reached the backend, or needed not to. */
  readonly conflictResolved: RecordEvent & { readonly winner: 'local' | 'remote' | 'merged' }
  readonly connectivityChanged: { readonly online: boolean }
  readonly realtimeConnected: { readonly scope: string }
  readonly realtimeDisconnected: { readonly scope: string; readonly error?: SyncError }
  readonly remoteInsert: RecordEvent & { readonly document: JsonObject }
  readonly remoteUpdate: RecordEvent & { readonly document: JsonObject }
  readonly remoteDelete: RecordEvent
  /** The backend lost it; it waits to be sent again. */
  readonly recovered: RecordEvent
  /** A sync that should make progress makes none. */
  readonly stalled: { readonly scope: string; readonly sinceMs: number }
  /** Something went wrong that no call of the app's was waiting for: nothing is lost, and it says what to do. */
  readonly error: { readonly error: SyncError; readonly collection?: string; readonly id?: string }
}

/** Where events go. Never throws. */
export type Report = <Name extends keyof SyncEvents>(name: Name, event: SyncEvents[Name]) => void

export type SyncPhase = 'idle' | 'syncing' | 'offline' | 'paused' | 'needsAuth' | 'stalled'

export interface SyncStatus {
  readonly phase: SyncPhase
  /** Records with something to send: waiting or in flight. */
  readonly pending: number
  readonly parked: number
  /** Device time of the last round that ended without an error, in milliseconds; null before the first. */
  readonly lastSyncAt: number | null
  /** A first sync or resync under way: changes taken, and how many are left where the backend says so. */
  readonly progress: { readonly done: number; readonly remaining: number | null } | null
  readonly lastError: SyncError | null
}
