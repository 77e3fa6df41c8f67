/**
 * The contract between the engine and a backend. What each adapter must guarantee is numbered A1 to A10 in SPEC.md;
 * `@synclayer/conformance` tests it.
 */
import type { SyncError } from '../errors/sync-error.ts'
import type { AdapterCapabilities } from '../protocol/capabilities.ts'
import type { Cursor } from '../protocol/identifiers.ts'
import type {
  FetchRequest,
  PullCollection,
  PullRequest,
  PullResponse,
  PushRequest,
  PushResponse,
} from '../protocol/messages.ts'
import type { RemoteRecord } from '../protocol/mutation.ts'
import type { Clock } from './clock.ts'
import type { Logger } from './logger.ts'
import type { Random } from './random.ts'

/** What an adapter is given when it is opened. */
export interface AdapterContext {
  /** The collections that will be synced. */
  readonly collections: readonly string[]
  /** The scopes that will be synced; empty where they are not known beforehand (a server). */
  readonly scopes: readonly string[]
  readonly logger: Logger
  readonly clock: Clock
  readonly random: Random
  /** To be told of bytes that cross a network, as they are on the wire. An adapter without a network tells nothing. */
  readonly traffic: Traffic
}

export interface Traffic {
  sent(bytes: number): void
  received(bytes: number): void
}

export interface SubscribeRequest {
  readonly scope: string
  readonly collections: readonly PullCollection[]
  readonly cursor: Cursor | null
}

/** A hint that the scope has changes. A page may come along; it is used only where the stored cursor equals `from`. */
export interface Wake {
  readonly scope: string
  readonly page?: PullResponse & { readonly from: Cursor }
}

export interface Subscription {
  close(): Promise<void>
}

export interface PurgeRequest {
  readonly scope: string
  /** Tombstones and remembered results from before this time, in milliseconds since 1970, may go. */
  readonly before: number
}

export interface PurgeReport {
  readonly tombstones: number
  readonly results: number
}

export interface BackendAdapter {
  /** Short and stable, such as `sqlite`. */
  readonly name: string
  readonly capabilities: AdapterCapabilities
  /** Connects, checks identity and version, creates what is missing. */
  open(context: AdapterContext): Promise<void>
  /** Tries to apply mutations. Rejects with a SyncError only where nothing is known of any of them. */
  push(request: PushRequest, signal: AbortSignal): Promise<PushResponse>
  /** Reads the feed. Rejects with CURSOR_EXPIRED or EPOCH_CHANGED where the cursor can no longer be served. */
  pull(request: PullRequest, signal: AbortSignal): Promise<PullResponse>
  /** Reads records by id, tombstones too. What is not stored is left out. */
  fetch(request: FetchRequest, signal: AbortSignal): Promise<readonly RemoteRecord[]>
  /**
   * Wakes the client when a scope changes; no correctness rests on it. Where the connection breaks later, `lost` is
   * called once: the client says so, and subscribes again with growing waits.
   */
  subscribe?(
    request: SubscribeRequest,
    wake: (wake: Wake) => void,
    lost: (error: SyncError) => void,
  ): Promise<Subscription>
  /** Forgets old tombstones and results. Raises the floor first. */
  purge?(request: PurgeRequest): Promise<PurgeReport>
  /** Every scope that was written to, each once, in any order: for who purges or copies a whole backend, not for clients. */
  scopes?(): AsyncIterable<string>
  close(): Promise<void>
}
