/** Placeholder of the engine's contract towards the client; see SyncEngine. */
import type { SyncReport, SyncStatus } from './events.ts'

export interface VerifyReport {
  /** Records compared. */
  readonly checked: number
  /** Clean here, absent or deleted there. */
  readonly missingThere: readonly { readonly collection: string; readonly id: string }[]
  /** There, but not here. */
  readonly missingHere: readonly { readonly collection: string; readonly id: string }[]
  /** Here with another version than there. */
  readonly different: readonly { readonly collection: string; readonly id: string }[]
  /** Rows here that cannot be read. */
  readonly damaged: readonly { readonly collection: string; readonly id: string }[]
  /** True where all of the above was mended by this call. */
  readonly repaired: boolean
}

export interface SyncEngine {
  readonly status: SyncStatus
  /** Called after each change of the status, asynchronously. */
  onStatus(listener: (status: SyncStatus) => void): () => void
  /** Opens the adapter in the background, loads the state, begins to sync where `auto`. Never rejects for the network. */
  start(): Promise<void>
  sync(): Promise<SyncReport>
  pause(): void
  resume(): void
  /** Resolves when nothing waits or is in flight (parked records do not count). */
  settled(): Promise<void>
  /** True once the first sync of these collections in all scopes is done. */
  isComplete(collections: readonly string[]): boolean
  setScopes(scopes: readonly string[]): Promise<void>
  verify(options: { readonly repair: boolean }): Promise<VerifyReport>
  /** To be called with every commit of the local store, after it. */
  committed(changes: readonly { readonly before: string | null; readonly after: string | null; readonly scope: string; readonly origin: string }[]): void
  close(): Promise<void>
}
