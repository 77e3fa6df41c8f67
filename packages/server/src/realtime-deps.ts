/**
 * The seam between the sockets and the rest of the server: what each side needs of the other.
 *
 * Beside it, `fetch` answers `GET /sync/ws` with 426 where all is well (origin, URL, not closing): whoever upgrades
 * connections asks it first, and gives every other answer to the client as it is (node/upgrade.ts).
 */
import type { BackendAdapter, Clock, Logger, Random } from '@synclayer/core/adapter'
import type { Credentials, Principal, RequestHead, ServerSocket, SocketHandler } from './contract.ts'

/** What the sockets need. */
export interface RealtimeDeps {
  readonly adapter: BackendAdapter
  /** Resolves once the adapter is open; rejects with its error where it cannot be opened. */
  ready(): Promise<void>
  readonly clock: Clock
  readonly timers: Timers
  readonly random: Random
  readonly logger: Logger
  /** The collections that are served; null where none are named, and all are. */
  readonly collections: readonly string[] | null
  readonly limits: RealtimeLimits
  /** Answers who has the token. Rejects with UNAUTHENTICATED where nobody does. */
  authenticate(credentials: Credentials): Promise<Asker>
  /** Counts one request of this principal. RATE_LIMITED, with `details.retryAfterMs`, is thrown where it is one too many. */
  countRequest(principal: Principal): void
}

/** A principal, and the tag that keeps its client ids apart from those of others. */
export interface Asker {
  readonly principal: Principal
  readonly tag: string
}

/** Timers of the platform, or of a test. They do not keep a process alive. */
export interface Timers {
  /** Calls `task` once after `delayMs`. The returned function cancels it; calling that again does nothing. */
  after(delayMs: number, task: () => void): () => void
}

export interface RealtimeLimits {
  /** Subscriptions of one socket. */
  readonly subscriptions: number
  /** Sockets of one principal. */
  readonly sockets: number
  /** Changes read for one page. */
  readonly pageChanges: number
  /** How long the adapter may take for one call. */
  readonly requestMs: number
}

/** What the rest of the server needs of the sockets. */
export interface Realtime {
  /** Takes over an accepted socket. */
  connect(socket: ServerSocket, head: RequestHead): SocketHandler
  /** A push was accepted here: whoever follows the scope is told at once. */
  wake(scope: string): void
  /** Closes every socket with 1001 and every subscription of the adapter. */
  close(): Promise<void>
}
