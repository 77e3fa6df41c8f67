export { LEASE_PREFIX }
export { SyncError }
export { isSyncError }
export { outdatedError }
export { toSyncError }
export { type CollectionSchema }
export { type CommitResult }
export { type DamagedRecord }
export { type Durability }
export { type ForeignCommit }
export { type KeyRange }
export { type Lane }
export { type OutboxRequest }
export { type PagePosition }
export { type Precondition }
export { type QueryPage }
export { type QueryPlan }
export { type RecordKey }
export { type RecordRow }
export { type RecordWrite }
export { type Storage }
export { type StorageSchema }
export { type StoredEntry }
export { type StoredRecord }
export { type WriteBatch }

export interface CollectionSchema {
    readonly name: string;
    readonly indexes: readonly string[];
    readonly version?: number;
}

export type CommitResult = {
    readonly status: 'committed';
} | {
    readonly status: 'stale';
};

export interface DamagedRecord extends RecordKey {
    readonly damaged: true;
    readonly revision: number;
    readonly order: number;
}

export type Durability = 'process' | 'power';

export type ErrorCode = 'INVALID_OPTION' | 'INVALID_DOCUMENT' | 'INVALID_MUTATION' | 'UNKNOWN_COLLECTION' | 'NOT_FOUND' | 'CLOSED' | 'STORAGE_FULL' | 'STORAGE_FAILED' | 'STORAGE_CORRUPT' | 'WRONG_KEY' | 'NETWORK' | 'TIMEOUT' | 'ABORTED' | 'UNAUTHENTICATED' | 'FORBIDDEN' | 'SCOPE_REVOKED' | 'RATE_LIMITED' | 'CURSOR_EXPIRED' | 'EPOCH_CHANGED' | 'PROTOCOL' | 'BACKEND_FAILED' | 'NOT_SUPPORTED' | 'CONSTRAINT' | 'RECORD_TOO_LARGE' | 'GROUP_TOO_LARGE' | 'MUTATION_ID_REUSED' | 'RESOLVER_FAILED' | 'SCOPE_CHANGE' | 'ID_COLLISION' | 'UNSENT_CHANGES' | 'LISTENER_FAILED';

export interface ForeignCommit {
    readonly records?: readonly RecordKey[];
}

export interface KeyRange {
    readonly lower?: Uint8Array;
    readonly lowerExclusive?: boolean;
    readonly upper?: Uint8Array;
    readonly upperExclusive?: boolean;
}

export declare const LEASE_PREFIX = "lead:";

export type Lane = 'waiting' | 'sending' | 'parked';

export interface OutboxRequest {
    readonly lane: Lane;
    readonly scope: string | null;
    readonly after: number;
    readonly limit: number;
}

export interface PagePosition {
    readonly key?: Uint8Array;
    readonly id: string;
}

export type Precondition = {
    readonly collection: string;
    readonly id: string;
    readonly revision: number | null;
} | {
    readonly entry: string;
    readonly revision: number | null;
};

export interface QueryPage {
    readonly rows: readonly (StoredRecord | DamagedRecord)[];
    readonly next: PagePosition | null;
}

export interface QueryPlan {
    readonly collection: string;
    readonly index: string | null;
    readonly range?: KeyRange;
    readonly reverse?: boolean;
    readonly after?: PagePosition;
    readonly limit: number;
}

export interface RecordKey {
    readonly collection: string;
    readonly id: string;
}

export interface RecordRow extends RecordKey {
    readonly scope: string;
    readonly document: string | null;
    readonly base: string | null;
    readonly sync: string;
    readonly lane: Lane | null;
    readonly order: number;
}

export interface RecordWrite extends RecordRow {
    readonly keys: readonly Uint8Array[];
}

export interface Storage {
    readonly name: string;
    readonly identity?: string;
    readonly capabilities: {
        readonly indexes: boolean;
        readonly crossProcess: boolean;
        readonly durability: readonly Durability[];
    };
    open(schema: StorageSchema): Promise<void>;
    read(keys: readonly RecordKey[]): Promise<readonly (StoredRecord | DamagedRecord | undefined)[]>;
    readEntries(names: readonly string[]): Promise<readonly (StoredEntry | undefined)[]>;
    listEntries(prefix: string): Promise<readonly (StoredEntry & {
        readonly name: string;
    })[]>;
    query(plan: QueryPlan): Promise<QueryPage>;
    count(plan: Omit<QueryPlan, 'limit' | 'after'>): Promise<number>;
    scan(request: {
        readonly collection: string;
        readonly after: string | null;
        readonly limit: number;
    }): Promise<readonly (StoredRecord | DamagedRecord)[]>;
    outbox(request: OutboxRequest): Promise<readonly (StoredRecord | DamagedRecord)[]>;
    outboxSize(scope: string | null): Promise<Readonly<Record<Lane, number>>>;
    commit(batch: WriteBatch, expect?: readonly Precondition[]): Promise<CommitResult>;
    changes?(listener: (commit: ForeignCommit) => void): () => void;
    clear(): Promise<void>;
    close(): Promise<void>;
}

export interface StorageSchema {
    readonly collections: readonly CollectionSchema[];
    readonly durability: Durability;
}

export interface StoredEntry {
    readonly value: string;
    readonly revision: number;
}

export interface StoredRecord extends RecordRow {
    readonly revision: number;
}

export declare class SyncError extends Error {
    readonly name = "SyncError";
    readonly code: ErrorCode;
    readonly retryable: boolean;
    readonly details: Readonly<Record<string, unknown>>;
    constructor(code: ErrorCode, message: string, options?: SyncErrorOptions);
}

export interface SyncErrorOptions {
    readonly cause?: unknown;
    readonly details?: Readonly<Record<string, unknown>>;
    readonly retryable?: boolean;
}

export interface WriteBatch {
    readonly records?: readonly RecordWrite[];
    readonly removals?: readonly RecordKey[];
    readonly entries?: readonly {
        readonly name: string;
        readonly value: string | null;
    }[];
    readonly flush?: boolean;
}

export declare function isSyncError(error: unknown, code?: ErrorCode): error is SyncError;

export declare function outdatedError(collection: string, cause?: unknown): SyncError;

export declare function toSyncError(error: unknown, code: ErrorCode, message: string): SyncError;

