import type { ErrorCode } from '../errors/codes.ts'
import type { Json } from '../shared/json.ts'
import type { Filter, Projection } from './filter.ts'
import type { Cursor, Version } from './identifiers.ts'
import type { Mutation, RemoteRecord } from './mutation.ts'

/** What a client sends: mutations of one scope, all with ids of `clientId`. */
export interface PushRequest {
  readonly scope: string
  readonly clientId: string
  /** The lowest n of `clientId` that may still be sent in this scope: results below it may be forgotten. */
  readonly settled: number
  /** The epoch and cursor the client has pulled to: a client behind the floor must resync before it pushes anything new. */
  readonly epoch: string
  readonly cursor: Cursor
  /** Projections by collection: what a conflict answer may show. */
  readonly fields?: Readonly<Record<string, Projection>>
  readonly mutations: readonly Mutation[]
}

/** What became of one mutation. */
export type PushResult = { readonly id: string } & PushOutcome

export type PushOutcome =
  /** Applied, now or earlier. `data` is there when the stored document differs from what was sent. */
  | { readonly status: 'accepted'; readonly version: Version; readonly data?: Json }
  /** The record's version is not `base`. `current` is null only where nothing is stored, not even a tombstone. */
  | { readonly status: 'conflict'; readonly current: RemoteRecord | null }
  /** Refused for good. */
  | {
      readonly status: 'rejected'
      readonly code: ErrorCode
      readonly reason: string
      readonly details?: Readonly<Record<string, Json>>
    }
  /** Not applied, because another of its group was not accepted. */
  | { readonly status: 'aborted' }
  /** Not applied, or not known. The same mutation is to be sent again. */
  | { readonly status: 'retry'; readonly code: ErrorCode; readonly retryAfterMs?: number }

export interface PushResponse {
  /** One for each mutation sent, in any order; a missing one counts as unknown. */
  readonly results: readonly PushResult[]
  /** The backend's clock in milliseconds, as the answer was made; null where it has none. */
  readonly serverTime: number | null
}

export interface PullCollection {
  readonly name: string
  readonly filter?: Filter
  readonly fields?: Projection
}

export interface PullRequest {
  readonly scope: string
  readonly collections: readonly PullCollection[]
  /** Null begins a snapshot: everything that matches now, also where replicas are behind. */
  readonly cursor: Cursor | null
  /** At most so many changes. 0 asks only for the cursor of the feed's head, with which a new client may push. */
  readonly limit: number
}

export interface PullResponse {
  readonly changes: readonly Change[]
  /** Where the next pull goes on. */
  readonly cursor: Cursor
  /** Names the feed's present history. */
  readonly epoch: string
  readonly hasMore: boolean
  /** How many changes are left, where that is cheap to know. */
  readonly remaining?: number
  readonly serverTime: number | null
}

/** One record's latest state in a feed, or the news that it no longer matches the client's filter. */
export type Change =
  | (RemoteRecord & { readonly kind: 'put' | 'delete' })
  | { readonly kind: 'leave'; readonly collection: string; readonly id: string; readonly version: Version }

export interface FetchRequest {
  readonly scope: string
  readonly collection: string
  readonly ids: readonly string[]
  readonly fields?: Projection
}
