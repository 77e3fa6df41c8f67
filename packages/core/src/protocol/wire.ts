/** What client and server say besides the contract's own messages. docs/reference/protocol.md has the whole of it. */
import type { ErrorCode } from '../errors/codes.ts'
import type { Json } from '../shared/json.ts'
import type { AdapterCapabilities } from './capabilities.ts'
import type { Cursor } from './identifiers.ts'
import type { PullCollection, PullResponse } from './messages.ts'

/** The version of the protocol that is spoken here. */
export const PROTOCOL_VERSION: number = 1

/** The WebSocket subprotocol of that version. */
export const SOCKET_PROTOCOL: string = 'synclayer.1'

/** The largest message either side sends over a socket, in bytes of UTF-8. */
export const MAX_SOCKET_MESSAGE_BYTES: number = 1024 * 1024

/** The largest page that comes over a socket, in bytes of its JSON text; of more, only a wake-up is told. */
export const MAX_SOCKET_PAGE_BYTES: number = 256 * 1024

/** A side that has sent nothing for so long sends a ping. */
export const PING_INTERVAL_MS: number = 30_000

/** A side that has heard nothing for so long takes the other for dead. */
export const DEAD_AFTER_MS: number = 60_000

/** The answer to `GET /sync`. */
export interface Hello {
  readonly protocol: number
  readonly capabilities: AdapterCapabilities
  /** The largest body taken, in bytes before compression. */
  readonly maxRequestBytes: number
  /** The most ids in one fetch. */
  readonly maxIds: number
  readonly serverTime: number | null
}

/** The body of every answer that is not 200. */
export interface ErrorBody {
  readonly error: {
    readonly code: ErrorCode
    readonly message: string
    readonly details?: Readonly<Record<string, Json>>
    readonly retryAfterMs?: number
  }
}

export type ClientMessage =
  | { readonly type: 'hello'; readonly protocol: number; readonly token?: string }
  | {
      readonly type: 'subscribe'
      /** The client's own number for this subscription. One in use moves to the new place. */
      readonly id: number
      readonly scope: string
      readonly collections: readonly PullCollection[]
      readonly cursor: Cursor | null
    }
  | { readonly type: 'unsubscribe'; readonly id: number }
  | { readonly type: 'ping' }
  | { readonly type: 'pong' }

/** A page as a pull from `from` gives it. */
export type SocketPage = PullResponse & { readonly from: Cursor }

export type ServerMessage =
  | { readonly type: 'welcome'; readonly protocol: number }
  | { readonly type: 'subscribed'; readonly id: number }
  | { readonly type: 'page'; readonly id: number; readonly page: SocketPage }
  | { readonly type: 'wake'; readonly id: number }
  | {
      readonly type: 'error'
      /** The subscription that has ended; absent: the connection is about to close. */
      readonly id?: number
      readonly code: SocketErrorCode
      readonly message: string
      readonly details?: Readonly<Record<string, Json>>
      readonly retryAfterMs?: number
    }
  | { readonly type: 'ping' }
  | { readonly type: 'pong' }

export type SocketErrorCode =
  | 'AUTH_FAILED'
  | 'UNAUTHORIZED'
  | 'INVALID_MESSAGE'
  | 'COLLECTION_NOT_FOUND'
  | 'RECORD_NOT_FOUND'
  | 'RATE_LIMIT_EXCEEDED'
  | 'SERVER_ERROR'

/** What each error of a socket is as a SyncError, and the code the connection closes with where it ends it. */
export const SOCKET_ERRORS: Readonly<
  Record<SocketErrorCode, { readonly code: ErrorCode; readonly close: number }>
> = {
  AUTH_FAILED: { code: 'UNAUTHENTICATED', close: 4401 },
  UNAUTHORIZED: { code: 'FORBIDDEN', close: 4403 },
  INVALID_MESSAGE: { code: 'PROTOCOL', close: 4400 },
  COLLECTION_NOT_FOUND: { code: 'UNKNOWN_COLLECTION', close: 4404 },
  RECORD_NOT_FOUND: { code: 'NOT_FOUND', close: 4404 },
  RATE_LIMIT_EXCEEDED: { code: 'RATE_LIMITED', close: 4429 },
  SERVER_ERROR: { code: 'BACKEND_FAILED', close: 1011 },
}
