/**
 * The contract between the engine and a local store: rows with one revision each, one atomic conditional commit, and
 * reads. The store knows nothing of sync. Texts and keys are opaque to it (they may be encrypted); it compares keys
 * byte by byte and does nothing else with them. Rules ST1 to ST9 in SPEC.md; `@synclayer/conformance` tests them.
 */

/** `process`: a resolved commit survives a killed process. `power`: it survives power loss too. */
export type Durability = 'process' | 'power'

/** Where a record stands on its way to the backend; null where there is nothing to send. */
export type Lane = 'waiting' | 'sending' | 'parked'

export interface StorageSchema {
  readonly collections: readonly CollectionSchema[]
  readonly durability: Durability
}

export interface CollectionSchema {
  readonly name: string
  /** Names of the declared indexes. Rows carry one key for each, in this order. */
  readonly indexes: readonly string[]
  /** The schema version of its documents; absent: whatever the store has. */
  readonly version?: number
}

export interface RecordKey {
  readonly collection: string
  readonly id: string
}

/** One record with everything that belongs to it, so that one row is one atomic state. */
export interface RecordRow extends RecordKey {
  readonly scope: string
  /** The document the app sees, as JSON text; null where it sees none. */
  readonly document: string | null
  /** The document as the backend last had it, as JSON text; null where that equals `document` or nothing is there. */
  readonly base: string | null
  /** The rest of the record's state, as JSON text. */
  readonly sync: string
  readonly lane: Lane | null
  /** The place in its lane, rising; 0 where `lane` is null. A safe integer. */
  readonly order: number
}

/**
 * A row as it is written: with its index keys, in the order of the schema; empty where `document` is null. Another number
 * of keys is STORAGE_FAILED, and nothing is written.
 */
export interface RecordWrite extends RecordRow {
  readonly keys: readonly Uint8Array[]
}

/** A row as it is read. The revision is new with every write, and never comes again for the same key. */
export interface StoredRecord extends RecordRow {
  readonly revision: number
}

/** A row whose checksum is wrong. It is kept as it is (also when written over) and harms no other. */
export interface DamagedRecord extends RecordKey {
  readonly damaged: true
  readonly revision: number
  /** Its place as stored, which may be damaged too; a page of an outbox that ends here goes on behind it. */
  readonly order: number
}

export interface StoredEntry {
  readonly value: string
  readonly revision: number
}

/** Bounds on index keys (on the UTF-8 bytes of ids, where the plan names no index), compared byte by byte. */
export interface KeyRange {
  readonly lower?: Uint8Array
  readonly lowerExclusive?: boolean
  readonly upper?: Uint8Array
  readonly upperExclusive?: boolean
}

/** Where a page ended. */
export interface PagePosition {
  /** Absent where the plan names no index. */
  readonly key?: Uint8Array
  readonly id: string
}

/**
 * A walk over the rows of one collection that have a document, by an index or by id. The engine plans and filters; a
 * storage walks. Rows with equal keys come by rising id (code point order), also when `reverse`.
 */
export interface QueryPlan {
  readonly collection: string
  /** The name of a declared index; null walks by id. */
  readonly index: string | null
  readonly range?: KeyRange
  readonly reverse?: boolean
  /** Begins behind this row. */
  readonly after?: PagePosition
  readonly limit: number
}

export interface QueryPage {
  readonly rows: readonly (StoredRecord | DamagedRecord)[]
  /** Give it as `after` for the next page; null at the end. */
  readonly next: PagePosition | null
}

export interface OutboxRequest {
  readonly lane: Lane
  /** Null: of all scopes. */
  readonly scope: string | null
  /** Only places behind this one. */
  readonly after: number
  readonly limit: number
}

export interface WriteBatch {
  readonly records?: readonly RecordWrite[]
  readonly removals?: readonly RecordKey[]
  /** Small named values: cursors, counters, identity. Null removes. */
  readonly entries?: readonly { readonly name: string; readonly value: string | null }[]
  /** This commit and all before it must survive power loss when it resolves, whatever the durability. */
  readonly flush?: boolean
}

/**
 * Entries whose names begin with this say which of several processes syncs (W39). They come in batches of their own, no data
 * hangs on them, and they are changed every other second where several processes run: a storage that cannot tell others that a commit
 * was of entries alone should keep them where they disturb nobody.
 */
export const LEASE_PREFIX = 'lead:'

/** What must still be so for a batch to be committed. Revision null: it must be absent. */
export type Precondition =
  | { readonly collection: string; readonly id: string; readonly revision: number | null }
  | { readonly entry: string; readonly revision: number | null }

/** `stale`: a precondition failed and nothing was written; read again and compute again. */
export type CommitResult = { readonly status: 'committed' } | { readonly status: 'stale' }

/** Commits made by others on the same store. Without keys anything may have changed. */
export interface ForeignCommit {
  readonly records?: readonly RecordKey[]
}

export interface Storage {
  readonly name: string
  /**
   * Names the store among all of its origin, and is the same in every tab that opens it: a database's name, say. Where the
   * platform has locks and channels between tabs, those that share the store agree over them on which one syncs. Left out
   * by storages that no web page opens.
   */
  readonly identity?: string
  readonly capabilities: {
    /** Walks by index. Without, the engine walks by id and filters. */
    readonly indexes: boolean
    /** Several processes or tabs may open one store. */
    readonly crossProcess: boolean
    readonly durability: readonly Durability[]
  }
  /**
   * Opens, creates or upgrades; nothing else works before. Collections that are not in the schema are kept untouched, and
   * are UNKNOWN_COLLECTION to other calls (outboxes leave them out). A row that was written before an index was declared
   * is not in that index until it is written again. Where this changes the indexes or the version of a collection, handles
   * that were opened before can neither read nor write its rows from then on, until they are opened again: `outdatedError`.
   * No commit of theirs comes after this resolves (ST10). NOT_SUPPORTED for a durability that `capabilities` do not name.
   */
  open(schema: StorageSchema): Promise<void>
  /** One answer for each key, in order. All are of one moment. */
  read(keys: readonly RecordKey[]): Promise<readonly (StoredRecord | DamagedRecord | undefined)[]>
  /** STORAGE_CORRUPT, with the entry's name in `details.entry`, where one is damaged; it can be written over. */
  readEntries(names: readonly string[]): Promise<readonly (StoredEntry | undefined)[]>
  /** The entries whose name begins with `prefix`, by name. */
  listEntries(prefix: string): Promise<readonly (StoredEntry & { readonly name: string })[]>
  query(plan: QueryPlan): Promise<QueryPage>
  /** How many rows `query` would walk without its limit. Damaged rows may count. */
  count(plan: Omit<QueryPlan, 'limit' | 'after'>): Promise<number>
  /** Every row of a collection by rising id, those without a document too. */
  scan(request: {
    readonly collection: string
    readonly after: string | null
    readonly limit: number
  }): Promise<readonly (StoredRecord | DamagedRecord)[]>
  /** The rows of a lane by rising order. */
  outbox(request: OutboxRequest): Promise<readonly (StoredRecord | DamagedRecord)[]>
  outboxSize(scope: string | null): Promise<Readonly<Record<Lane, number>>>
  /** All of the batch or nothing of it, and only if every precondition holds. A batch names no key twice. */
  commit(batch: WriteBatch, expect?: readonly Precondition[]): Promise<CommitResult>
  /** Tells of commits made by other connections to the same store. Returns how to stop. */
  changes?(listener: (commit: ForeignCommit) => void): () => void
  /** Removes everything, of undeclared collections too. */
  clear(): Promise<void>
  close(): Promise<void>
}
