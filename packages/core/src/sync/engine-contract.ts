/** What the engine is to the client that owns it. */
import type { RecordKey } from '../ports/storage.ts'
import type { SyncReport, SyncStatus } from './events.ts'

export interface VerifyReport {
  /** Records on the backend that were compared. */
  readonly checked: number
  /** Clean here, absent or deleted there. */
  readonly missingThere: readonly RecordKey[]
  /** There, but not here. */
  readonly missingHere: readonly RecordKey[]
  /** Here in another version than there. */
  readonly different: readonly RecordKey[]
  /** Rows here that cannot be read. */
  readonly damaged: readonly RecordKey[]
  /** True where all of the above was mended by this call. */
  readonly repaired: boolean
}

export interface SyncEngine {
  readonly status: SyncStatus
  /** Called after changes of the status, asynchronously, with the latest. Returns how to stop. */
  onStatus(listener: (status: SyncStatus) => void): () => void
  /** Loads the state and begins to sync where `auto`. The adapter is opened with the first round; it may be offline. */
  start(): Promise<void>
  /** A whole round of every scope that begins now or next. Rejects with the first SyncError. */
  sync(): Promise<SyncReport>
  pause(): void
  resume(): void
  /** Resolves when nothing waits or is in flight; parked records do not count. */
  settled(): Promise<void>
  /** True once the first sync of these collections is done in all scopes. */
  isComplete(collections: readonly string[]): boolean
  /** Called when `isComplete` may have changed. Returns how to stop. */
  onComplete(listener: () => void): () => void
  /** Those the app wants, once the store has noted it. */
  readonly scopes: readonly string[]
  /** Where it rejects, `scopes` says whether the change was made; asked again, it does what is still to be done. */
  setScopes(scopes: readonly string[]): Promise<void>
  verify(options: { readonly repair: boolean }): Promise<VerifyReport>
  /** To be called with every commit of the local store that touched synced records, after it. */
  committed(changes: readonly OutboxChange[]): void
  /** Another process committed to the same store. `records`: some may have changed, else only entries did. */
  foreignCommit(records: boolean): void
  /** Rows that cannot be read are fetched again with the next round. */
  damaged(keys: readonly RecordKey[]): void
  close(): Promise<void>
}

/** How a commit moved one record between lanes; null: clean or absent. */
export interface OutboxChange {
  readonly scope: string
  readonly before: string | null
  readonly after: string | null
  /** The app's own edit, which is to be sent. */
  readonly edited: boolean
}
