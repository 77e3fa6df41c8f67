/** What the parts of one client share. */
import type { RecordKey, Storage } from '../ports/storage.ts'
import type { LiveQuery } from '../query/live-query.ts'
import type { Doc, QuerySpec } from '../query/query-spec.ts'
import type { CollectionSpec } from '../store/collection-spec.ts'
import type { Commit, LocalStore } from '../store/local-store.ts'
import type { CheckedCollection } from './check-collection.ts'
import type { EventHub } from './event-hub.ts'

export interface ClientContext {
  readonly storage: Storage
  readonly store: LocalStore
  readonly collections: ReadonlyMap<string, CollectionContext>
  /** The scopes of now; the first is where new documents go. */
  readonly scopes: { current: readonly string[] }
  readonly hub: EventHub
  readonly live: LiveQueries
  /** The largest group the backend takes; null where it has no groups. */
  readonly maxGroup: number | null
  /** The largest document the backend takes, in bytes of its JSON text; null without a backend. */
  readonly maxRecordBytes: number | null
  /** How many commits have changed a collection. */
  commitsOf(collection: string): number
  newId(): string
  newGroup(): string
  /** A device time, later than `after`. */
  tick(after?: string): string
  nextOrder(): number
  /** Rows that could not be read: told, and fetched again. */
  damaged(keys: readonly RecordKey[]): void
  /** Keeps the process running while somebody waits for the backend. */
  holding<T>(call: () => Promise<T>): Promise<T>
  /** Throws CLOSED once the client is closed. */
  assertOpen(): void
}

export interface CollectionContext {
  readonly client: ClientContext
  readonly spec: CollectionSpec
  readonly checked: CheckedCollection
}

/** All live queries of a client. */
export interface LiveQueries {
  watchQuery(context: CollectionContext, spec: QuerySpec): LiveQuery<readonly Doc[]>
  watchDocument(context: CollectionContext, id: string): LiveQuery<Doc | undefined>
  /** Takes a commit of this client. */
  committed(commit: Commit): void
  /** Another process changed these records, or, without keys, anything. */
  changedElsewhere(keys: readonly RecordKey[] | undefined): void
  /** The first sync of some collections may be done. */
  completeChanged(): void
  close(): void
}
