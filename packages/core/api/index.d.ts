export { SyncError }
export { and }
export { collection }
export { createSyncLayer }
export { indexKey }
export { isSyncError }
export { memoryStorage }
export { not }
export { or }
export { resolvers }
export { type AnyDocument }
export { type BackendAdapter }
export { type Changes }
export { type Collection }
export { type CollectionDefinition }
export { type CollectionName }
export { type CollectionOptions }
export { type CollectionsOption }
export { type Conflict }
export { type ConflictEvent }
export { type DocumentOf }
export { type Draft }
export { type Durability }
export { type Duration }
export { type ErrorCode }
export { type FieldPolicy }
export { type Filter }
export { type FilterInput }
export { type FilterTuple }
export { type InputOf }
export { type Json }
export { type JsonObject }
export { type LeveledLogger }
export { type LiveQuery }
export { type LiveStatus }
export { type LogLevel }
export { type Logger }
export { type Metrics }
export { type Operator }
export { type Outbox }
export { type OutboxItem }
export { type Query }
export { type QuerySpec }
export { type RecordStatus }
export { type Resolver }
export { type SaveInput }
export { type SchemaOptions }
export { type SignOutOptions }
export { type StandardSchema }
export { type Storage }
export { type Stored }
export { type StrategyName }
export { type SyncErrorOptions }
export { type SyncEvents }
export { type SyncLayer }
export { type SyncLayerOptions }
export { type SyncOptions }
export { type SyncPhase }
export { type SyncReport }
export { type SyncStatus }
export { type Transaction }
export { type TransactionCollection }
export { type VerifyReport }

export interface AdapterCapabilities {
    readonly consistency: 'strict' | 'relaxed';
    readonly orderedVersions: boolean;
    readonly patch: boolean;
    readonly groups: boolean;
    readonly realtime: boolean;
    readonly memory: 'full' | 'record';
    readonly maxBatch: number;
    readonly maxRecordBytes: number;
}

export interface AdapterContext {
    readonly collections: readonly string[];
    readonly scopes: readonly string[];
    readonly logger: Logger;
    readonly clock: Clock;
    readonly random: Random;
    readonly traffic: Traffic;
}

export interface AnyDocument {
    readonly id: string;
    readonly [field: string]: unknown;
}

interface AnyTypes {
    readonly document: AnyDocument;
    readonly input: AnyDocument;
}

export interface BackendAdapter {
    readonly name: string;
    readonly capabilities: AdapterCapabilities;
    open(context: AdapterContext): Promise<void>;
    push(request: PushRequest, signal: AbortSignal): Promise<PushResponse>;
    pull(request: PullRequest, signal: AbortSignal): Promise<PullResponse>;
    fetch(request: FetchRequest, signal: AbortSignal): Promise<readonly RemoteRecord[]>;
    subscribe?(request: SubscribeRequest, wake: (wake: Wake) => void, lost: (error: SyncError) => void): Promise<Subscription>;
    purge?(request: PurgeRequest): Promise<PurgeReport>;
    scopes?(): AsyncIterable<string>;
    close(): Promise<void>;
}

export type Change = (RemoteRecord & {
    readonly kind: 'put' | 'delete';
}) | {
    readonly kind: 'leave';
    readonly collection: string;
    readonly id: string;
    readonly version: Version;
};

export type Changes<Document> = Document extends unknown ? string extends keyof Document ? {
    readonly [field: string]: unknown;
} : {
    readonly [Field in keyof Document]?: Document[Field] | undefined;
} : never;

export interface CheckedCollection {
    readonly indexes: readonly IndexDefinition[];
    readonly schema: StandardSchema | null;
    readonly version: number;
    readonly migrate: ReadonlyMap<number, Migration>;
    readonly local: boolean;
    readonly scope: ((document: JsonObject) => unknown) | null;
    readonly conflicts: ConflictStrategy | null;
    readonly fields: readonly FieldRule[];
}

export interface Clock {
    now(): number;
}

export declare class Collection<Document, Input = Document> {
    #private;
    get name(): string;
    save(document: SaveInput<Input>): Promise<string>;
    saveAll(documents: readonly SaveInput<Input>[]): Promise<string[]>;
    get(id: string): Promise<Readonly<Stored<Document>> | undefined>;
    getAll(): Promise<Readonly<Stored<Document>>[]>;
    update(id: string, changes: Changes<Stored<Document>> | ((draft: Draft<Stored<Document>>) => void)): Promise<void>;
    delete(id: string): Promise<void>;
    deleteAll(ids: readonly string[]): Promise<void>;
    status(id: string): Promise<RecordStatus>;
    watch(id: string): LiveQuery<Readonly<Stored<Document>> | undefined>;
    watch(): LiveQuery<readonly Readonly<Stored<Document>>[]>;
    get where(): Query<Stored<Document>>['where'];
    get orderBy(): Query<Stored<Document>>['orderBy'];
    offset(count: number): Query<Stored<Document>>;
    limit(count: number): Query<Stored<Document>>;
    first(): Promise<Readonly<Stored<Document>> | undefined>;
    count(): Promise<number>;
}

export interface CollectionDefinition<Document, Input = Document> {
    readonly '~checked': CheckedCollection;
    readonly '~types'?: {
        readonly document: Document;
        readonly input: Input;
    };
}

export type CollectionName<Collections> = Collections extends readonly (infer Name extends string)[] ? Name : keyof Collections & string;

export interface CollectionOptions<Document> {
    readonly indexes?: readonly (DottedPath<Stored<Document>> | readonly (DottedPath<Stored<Document>> | Path)[])[];
    readonly version?: number;
    readonly migrate?: Readonly<Record<number, (document: AnyDocument) => object>>;
    readonly local?: boolean;
    readonly scope?: (document: Readonly<Stored<Document>>) => string | undefined;
    readonly conflicts?: StrategyName | Resolver<Stored<Document>>;
    readonly fields?: {
        readonly [Field in DottedPath<Document>]?: FieldPolicy;
    };
}

export interface CollectionSchema {
    readonly name: string;
    readonly indexes: readonly string[];
    readonly version?: number;
}

export type CollectionsOption = readonly string[] | Readonly<Record<string, CollectionDefinition<unknown>>>;

export type CommitResult = {
    readonly status: 'committed';
} | {
    readonly status: 'stale';
};

export interface Conflict<Document = JsonObject> {
    readonly collection: string;
    readonly id: string;
    readonly base: Document | null;
    readonly local: Document | null;
    readonly remote: Document | null;
    readonly localTime: Hlc;
    readonly remoteTime: Hlc;
}

export interface ConflictEvent extends RecordEvent {
    readonly base: JsonObject | null;
    readonly local: JsonObject | null;
    readonly remote: JsonObject | null;
    readonly resolved: JsonObject | null;
    readonly strategy: string;
    readonly winner: 'local' | 'remote' | 'merged';
}

export type ConflictStrategy = StrategyName | Resolver;

export type Cursor = string;

export interface DamagedRecord extends RecordKey {
    readonly damaged: true;
    readonly revision: number;
    readonly order: number;
}

export type Direction = 'asc' | 'desc';

export type DocumentOf<Collections, Name> = Stored<Known<TypesOf<Collections, Name>['document']>>;

export type DottedPath<T, Depth extends number = Fuel> = IsAny<T> extends true ? string : unknown extends T ? string : [
    Depth
] extends [
    never
] ? never : T extends Primitive | readonly unknown[] ? never : string extends keyof T ? string : {
    [K in PlainKey<T>]: K | SubPath<K, DottedPath<T[K], Less[Depth]>>;
}[PlainKey<T>];

export type Draft<Value> = Value extends (...parameters: never) => unknown ? Value : Value extends object ? {
    -readonly [Key in keyof Value]: Draft<Value[Key]>;
} : Value;

export type Durability = 'process' | 'power';

export type Duration = number | `${number}${'ms' | 's' | 'm' | 'h' | 'd'}`;

type ElementOf<V> = Extract<V, readonly unknown[]> extends readonly (infer E)[] ? E : never;

export type ErrorCode = 'INVALID_OPTION' | 'INVALID_DOCUMENT' | 'INVALID_MUTATION' | 'UNKNOWN_COLLECTION' | 'NOT_FOUND' | 'CLOSED' | 'STORAGE_FULL' | 'STORAGE_FAILED' | 'STORAGE_CORRUPT' | 'WRONG_KEY' | 'NETWORK' | 'TIMEOUT' | 'ABORTED' | 'UNAUTHENTICATED' | 'FORBIDDEN' | 'SCOPE_REVOKED' | 'RATE_LIMITED' | 'CURSOR_EXPIRED' | 'EPOCH_CHANGED' | 'PROTOCOL' | 'BACKEND_FAILED' | 'NOT_SUPPORTED' | 'CONSTRAINT' | 'RECORD_TOO_LARGE' | 'GROUP_TOO_LARGE' | 'MUTATION_ID_REUSED' | 'RESOLVER_FAILED' | 'SCOPE_CHANGE' | 'ID_COLLISION' | 'UNSENT_CHANGES' | 'LISTENER_FAILED';

export interface FetchRequest {
    readonly scope: string;
    readonly collection: string;
    readonly ids: readonly string[];
    readonly fields?: Projection;
}

export type Field = string | Path;

type Field<T, K> = IsAny<T> extends true ? unknown : unknown extends T ? unknown : T extends Primitive | readonly unknown[] ? undefined : K extends keyof T ? T[K] : string extends keyof T ? T[string & keyof T] : undefined;

export type FieldMerger = (base: Json | undefined, earlier: Json | undefined, later: Json | undefined) => Json | undefined;

export type FieldPolicy = 'counter' | 'set' | 'max' | 'min';

export interface FieldRule {
    readonly path: Path;
    readonly merge: FieldMerger;
    readonly addsUp: boolean;
}

export type Filter = {
    readonly op: 'and' | 'or';
    readonly filters: readonly Filter[];
} | {
    readonly op: 'not';
    readonly filter: Filter;
} | {
    readonly op: ValueOperator;
    readonly path: Path;
    readonly value: Json;
} | {
    readonly op: NullOperator;
    readonly path: Path;
};

export type FilterInput = Filter | FilterTuple;

export type FilterTuple = readonly [
    path: string | Path,
    op: ValueOperator,
    value: unknown
] | readonly [
    path: string | Path,
    op: NullOperator
];

export interface ForeignCommit {
    readonly records?: readonly RecordKey[];
}

type Fuel = 6;

type HasKey<T, K> = IsOpen<T> extends true ? true : true extends (T extends unknown ? MemberHasKey<T, K> : never) ? true : false;

export type Hlc = string;

export interface IndexDefinition {
    readonly name: string;
    readonly paths: readonly Path[];
}

export type InputOf<Collections, Name> = Known<TypesOf<Collections, Name>['input']>;

type IsAny<T> = 0 extends 1 & T ? true : false;

type IsOpen<T> = IsAny<T> extends true ? true : unknown extends T ? true : string extends keyof T ? true : false;

type IsOpenValue<V> = IsAny<V> extends true ? true : unknown extends V ? true : false;

export type Json = null | boolean | number | string | readonly Json[] | JsonObject;

export interface JsonObject {
    readonly [key: string]: Json;
}

export type JsonPointer = string;

export type KeyPath<T, P extends readonly string[]> = P extends readonly [
    infer Key,
    ...infer Rest extends readonly string[]
] ? HasKey<T, Key> extends true ? Rest extends readonly [
] ? P : KeyPath<Field<T, Key>, Rest> extends never ? never : P : never : P;

export interface KeyRange {
    readonly lower?: Uint8Array;
    readonly lowerExclusive?: boolean;
    readonly upper?: Uint8Array;
    readonly upperExclusive?: boolean;
}

type Known<Document> = unknown extends Document ? AnyDocument : Document;

export type Lane = 'waiting' | 'sending' | 'parked';

type Less = [
    never,
    0,
    1,
    2,
    3,
    4,
    5
];

export interface LeveledLogger extends Logger {
    readonly level?: LogLevel;
}

export interface LiveQuery<Result> extends AsyncIterable<Result> {
    readonly current: Result | undefined;
    readonly complete: boolean;
    readonly error: SyncError | undefined;
    subscribe(listener: (result: Result) => void, onState?: () => void): () => void;
    close(): void;
}

export interface LiveStatus extends SyncStatus {
    subscribe(listener: (status: SyncStatus) => void): () => void;
}

export type LogLevel = 'debug' | 'info' | 'warning' | 'error';

export interface Logger {
    log(level: LogLevel, message: string, details?: Readonly<Record<string, unknown>>): void;
}

type MemberHasKey<T, K> = T extends Primitive | readonly unknown[] ? false : string extends keyof T ? true : K extends keyof T ? true : false;

export interface Metrics {
    readonly sync: {
        readonly attempts: number;
        readonly successes: number;
        readonly failures: number;
        readonly successRate: number | null;
        readonly averageDurationMs: number | null;
        readonly lastSyncAt: number | null;
    };
    readonly conflicts: {
        readonly found: number;
        readonly resolved: number;
    };
    readonly mutations: {
        readonly queued: number;
        readonly synced: number;
        readonly failed: number;
        readonly parked: number;
    };
    readonly bytes: {
        readonly sent: number;
        readonly received: number;
    };
    readonly errors: readonly {
        readonly code: ErrorCode;
        readonly count: number;
    }[];
}

type Migration = (document: JsonObject) => unknown;

export interface Mutation {
    readonly id: string;
    readonly collection: string;
    readonly recordId: string;
    readonly kind: 'put' | 'patch' | 'delete';
    readonly base: Version | null;
    readonly data?: Json;
    readonly patch?: Patch;
    readonly time: Hlc;
    readonly schema: number;
    readonly group?: string;
}

export type NullOperator = 'is-null' | 'is-not-null';

export type OperandArguments<V, O> = O extends NullOperator ? readonly [
] : O extends ValueOperator ? readonly [
    value: OperandFor<V, O>
] : never;

export type OperandFor<V, O> = IsOpenValue<V> extends true ? unknown : O extends '==' | '!=' ? Exclude<V, undefined> | null : O extends 'in' | 'not-in' ? readonly (Exclude<V, undefined> | null)[] : O extends '<' | '<=' | '>' | '>=' ? Extract<V, string | number> : O extends 'array-contains' ? ElementOf<V> : O extends 'array-contains-any' ? readonly ElementOf<V>[] : string;

export type Operator = ValueOperator | NullOperator;

export type OperatorFor<V> = IsOpenValue<V> extends true ? Operator : '==' | '!=' | 'in' | 'not-in' | NullOperator | (Extract<V, string | number> extends never ? never : '<' | '<=' | '>' | '>=') | (Extract<V, string> extends never ? never : 'contains' | 'starts-with' | 'ends-with') | (Extract<V, readonly unknown[]> extends never ? never : 'array-contains' | 'array-contains-any');

export interface OrderBy {
    readonly path: Path;
    readonly direction: Direction;
}

export declare class Outbox {
    #private;
    list(): Promise<OutboxItem[]>;
    retry(id: string): Promise<void>;
    discard(id: string): Promise<void>;
    settled(): Promise<void>;
}

export interface OutboxItem {
    readonly id: string;
    readonly collection: string;
    readonly recordId: string;
    readonly status: Lane;
    readonly kind: 'put' | 'patch' | 'delete';
    readonly code?: ErrorCode;
    readonly reason?: string;
    readonly details?: Readonly<Record<string, Json>>;
    readonly attempts: number;
    readonly nextAttemptAt?: number;
    readonly group?: string;
    readonly document: Json;
}

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

export interface Patch {
    readonly set?: Readonly<Record<JsonPointer, Json>>;
    readonly unset?: readonly JsonPointer[];
}

export type Path = readonly string[];

type PlainKey<T> = Exclude<keyof T & string, `${string}.${string}` | ''>;

export type Precondition = {
    readonly collection: string;
    readonly id: string;
    readonly revision: number | null;
} | {
    readonly entry: string;
    readonly revision: number | null;
};

type Primitive = string | number | boolean | bigint | symbol | null | undefined;

export type Projection = {
    readonly only: readonly string[];
} | {
    readonly except: readonly string[];
};

export interface PullCollection {
    readonly name: string;
    readonly filter?: Filter;
    readonly fields?: Projection;
}

export interface PullRequest {
    readonly scope: string;
    readonly collections: readonly PullCollection[];
    readonly cursor: Cursor | null;
    readonly limit: number;
}

export interface PullResponse {
    readonly changes: readonly Change[];
    readonly cursor: Cursor;
    readonly epoch: string;
    readonly hasMore: boolean;
    readonly remaining?: number;
    readonly serverTime: number | null;
}

export interface PurgeReport {
    readonly tombstones: number;
    readonly results: number;
}

export interface PurgeRequest {
    readonly scope: string;
    readonly before: number;
}

export type PushOutcome = {
    readonly status: 'accepted';
    readonly version: Version;
    readonly data?: Json;
} | {
    readonly status: 'conflict';
    readonly current: RemoteRecord | null;
} | {
    readonly status: 'rejected';
    readonly code: ErrorCode;
    readonly reason: string;
    readonly details?: Readonly<Record<string, Json>>;
} | {
    readonly status: 'aborted';
} | {
    readonly status: 'retry';
    readonly code: ErrorCode;
    readonly retryAfterMs?: number;
};

export interface PushRequest {
    readonly scope: string;
    readonly clientId: string;
    readonly settled: number;
    readonly epoch: string;
    readonly cursor: Cursor;
    readonly fields?: Readonly<Record<string, Projection>>;
    readonly mutations: readonly Mutation[];
}

export interface PushResponse {
    readonly results: readonly PushResult[];
    readonly serverTime: number | null;
}

export type PushResult = {
    readonly id: string;
} & PushOutcome;

export declare class Query<in out T> {
    #private;
    readonly spec: QuerySpec;
    get source(): object;
    get key(): string;
    where<P extends DottedPath<T>, O extends OperatorFor<ValueAt<T, P>>>(path: P, op: O, ...value: OperandArguments<ValueAt<T, P>, O>): Query<T>;
    where<const P extends readonly string[], O extends OperatorFor<ValueAt<T, P>>>(path: P & KeyPath<T, P>, op: O, ...value: OperandArguments<ValueAt<T, P>, O>): Query<T>;
    where(filter: FilterInput | WhereFields<T>): Query<T>;
    orderBy<P extends DottedPath<T>>(path: P, direction?: Direction): Query<T>;
    orderBy<const P extends readonly string[]>(path: P & KeyPath<T, P>, direction?: Direction): Query<T>;
    offset(count: number): Query<T>;
    limit(count: number): Query<T>;
    get(): Promise<Readonly<T>[]>;
    first(): Promise<Readonly<T> | undefined>;
    count(): Promise<number>;
    watch(): LiveQuery<readonly Readonly<T>[]>;
}

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

export interface QuerySpec {
    readonly filter: Filter | null;
    readonly orderBy: readonly OrderBy[];
    readonly offset: number;
    readonly limit: number | null;
}

export interface Random {
    bytes(length: number): Uint8Array;
    next(): number;
}

export interface ReadyMadeResolver {
    <Document>(conflict: Conflict<Document>): Document | null;
    readonly strategy: string;
    readonly rules: readonly FieldRule[];
}

interface RecordEvent {
    readonly collection: string;
    readonly id: string;
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

export type RecordStatus = 'synced' | 'pending' | 'parked';

export interface RecordWrite extends RecordRow {
    readonly keys: readonly Uint8Array[];
}

export interface RemoteRecord {
    readonly collection: string;
    readonly id: string;
    readonly version: Version;
    readonly deleted: boolean;
    readonly data?: Json;
    readonly text?: string;
    readonly time: Hlc;
    readonly schema: number;
    readonly mutation?: string;
}

export type Resolver<Document = JsonObject> = (conflict: Conflict<Document>) => Document | null;

export declare const STRATEGY_NAMES: readonly [
    "merge",
    "lastWriteWins",
    "serverWins",
    "clientWins"
];

export type SaveInput<Input> = Input extends unknown ? string extends keyof Input ? object : Omit<Input, 'id'> & {
    readonly id?: string;
} : never;

export type SchemaInput<Schema extends StandardSchema> = NonNullable<Schema['~standard']['types']>['input'];

export interface SchemaIssue {
    readonly message: string;
    readonly path?: readonly (PropertyKey | {
        readonly key: PropertyKey;
    })[] | undefined;
}

export interface SchemaOptions<Schema extends StandardSchema> extends CollectionOptions<SchemaOutput<Schema>> {
    readonly schema: Schema;
}

export type SchemaOutput<Schema extends StandardSchema> = NonNullable<Schema['~standard']['types']>['output'];

export type SchemaResult<Output> = {
    readonly value: Output;
    readonly issues?: undefined;
} | {
    readonly issues: readonly SchemaIssue[];
};

export interface SignOutOptions {
    readonly unsent?: 'refuse' | 'export' | 'discard';
}

export interface StandardSchema<Input = unknown, Output = Input> {
    readonly '~standard': {
        readonly version: 1;
        readonly vendor: string;
        readonly validate: (value: unknown) => SchemaResult<Output> | Promise<SchemaResult<Output>>;
        readonly types?: {
            readonly input: Input;
            readonly output: Output;
        } | undefined;
    };
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

export type Stored<Document> = Document extends {
    readonly id: string;
} ? Document : Document & {
    readonly id: string;
};

export interface StoredEntry {
    readonly value: string;
    readonly revision: number;
}

export interface StoredRecord extends RecordRow {
    readonly revision: number;
}

export type StrategyName = (typeof STRATEGY_NAMES)[number];

type SubPath<K extends string, Rest> = Rest extends string ? `${K}.${Rest}` : never;

export interface SubscribeRequest {
    readonly scope: string;
    readonly collections: readonly PullCollection[];
    readonly cursor: Cursor | null;
}

export interface Subscription {
    close(): Promise<void>;
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

export interface SyncEvents {
    readonly syncStarted: {
        readonly scopes: readonly string[];
    };
    readonly syncCompleted: SyncReport;
    readonly syncFailed: {
        readonly error: SyncError;
        readonly durationMs: number;
    };
    readonly mutationQueued: RecordEvent & {
        readonly kind: 'put' | 'delete';
    };
    readonly mutationSynced: RecordEvent & {
        readonly version: Version;
    };
    readonly mutationFailed: RecordEvent & {
        readonly code: ErrorCode;
        readonly attempts: number;
        readonly retryAt: number;
    };
    readonly mutationParked: RecordEvent & {
        readonly code: ErrorCode;
        readonly reason: string;
    };
    readonly conflict: ConflictEvent;
    readonly conflictResolved: RecordEvent & {
        readonly winner: 'local' | 'remote' | 'merged';
    };
    readonly connectivityChanged: {
        readonly online: boolean;
    };
    readonly realtimeConnected: {
        readonly scope: string;
    };
    readonly realtimeDisconnected: {
        readonly scope: string;
        readonly error?: SyncError;
    };
    readonly remoteInsert: RecordEvent & {
        readonly document: JsonObject;
    };
    readonly remoteUpdate: RecordEvent & {
        readonly document: JsonObject;
    };
    readonly remoteDelete: RecordEvent;
    readonly recovered: RecordEvent;
    readonly stalled: {
        readonly scope: string;
        readonly sinceMs: number;
    };
    readonly error: {
        readonly error: SyncError;
        readonly collection?: string;
        readonly id?: string;
    };
}

export declare class SyncLayer<Collections extends CollectionsOption = CollectionsOption> {
    #private;
    readonly outbox: Outbox;
    readonly status: LiveStatus;
    collection<Name extends CollectionName<Collections>>(name: Name): Collection<DocumentOf<Collections, Name>, InputOf<Collections, Name>>;
    transaction<Result>(callback: (tx: Transaction<Collections>) => Result | Promise<Result>): Promise<Result>;
    on<Name extends keyof SyncEvents>(name: Name, listener: (event: SyncEvents[Name]) => void): () => void;
    metrics(): Metrics;
    resetMetrics(): void;
    sync(): Promise<SyncReport>;
    pause(): void;
    resume(): void;
    setScopes(scopes: readonly string[]): Promise<void>;
    verify(options?: {
        readonly repair?: boolean;
    }): Promise<VerifyReport>;
    export(): Promise<string>;
    import(file: string): Promise<{
        readonly records: number;
    }>;
    signOut(options?: SignOutOptions): Promise<string | undefined>;
    close(): Promise<void>;
}

export interface SyncLayerOptions<Collections extends CollectionsOption = CollectionsOption> {
    readonly storage?: Storage;
    readonly adapter?: BackendAdapter;
    readonly collections: Collections;
    readonly scopes?: readonly string[];
    readonly conflicts?: StrategyName | Resolver;
    readonly sync?: SyncOptions;
    readonly durability?: Durability;
    readonly logger?: LogLevel | 'off' | LeveledLogger;
    readonly metrics?: (metrics: Metrics) => void;
    readonly onBackendReset?: 'recover' | 'accept';
}

export interface SyncOptions {
    readonly auto?: boolean;
    readonly interval?: Duration;
    readonly realtime?: boolean;
    readonly batchSize?: number;
    readonly timeout?: Duration;
    readonly retry?: {
        readonly base?: Duration;
        readonly max?: Duration;
    };
}

export type SyncPhase = 'idle' | 'syncing' | 'offline' | 'paused' | 'needsAuth' | 'stalled';

export interface SyncReport {
    readonly pushed: number;
    readonly pulled: number;
    readonly conflicts: number;
    readonly parked: number;
    readonly durationMs: number;
}

export interface SyncStatus {
    readonly phase: SyncPhase;
    readonly pending: number;
    readonly parked: number;
    readonly lastSyncAt: number | null;
    readonly progress: {
        readonly done: number;
        readonly remaining: number | null;
    } | null;
    readonly lastError: SyncError | null;
}

export interface Traffic {
    sent(bytes: number): void;
    received(bytes: number): void;
}

export type Transaction<Collections> = {
    readonly [Name in Exclude<CollectionName<Collections>, 'collection'>]: TransactionCollection<DocumentOf<Collections, Name>, InputOf<Collections, Name>>;
} & {
    collection<Name extends CollectionName<Collections>>(name: Name): TransactionCollection<DocumentOf<Collections, Name>, InputOf<Collections, Name>>;
};

export declare class TransactionCollection<Document, Input = Document> {
    #private;
    get(id: string): Promise<Readonly<Stored<Document>> | undefined>;
    getAll(): Promise<Readonly<Stored<Document>>[]>;
    save(document: SaveInput<Input>): Promise<string>;
    update(id: string, changes: Changes<Stored<Document>> | ((draft: Draft<Stored<Document>>) => void)): Promise<void>;
    delete(id: string): Promise<void>;
    get where(): Query<Stored<Document>>['where'];
    get orderBy(): Query<Stored<Document>>['orderBy'];
}

interface Types {
    readonly document: unknown;
    readonly input: unknown;
}

type TypesOf<Collections, Name> = Collections extends readonly string[] ? AnyTypes : Name extends keyof Collections ? Collections[Name] extends {
    readonly '~types'?: infer Found;
} ? Extract<Found, Types> : AnyTypes : AnyTypes;

export type ValueAt<T, P extends string | readonly string[]> = P extends readonly string[] ? P extends readonly [
    infer Key,
    ...infer Rest extends readonly string[]
] ? Rest extends readonly [
] ? Field<T, Key> : ValueAt<Field<T, Key>, Rest> : unknown : P extends `${infer Key}.${infer Rest}` ? ValueAt<Field<T, Key>, Rest> : Field<T, P>;

export type ValueOperator = '==' | '!=' | '<' | '<=' | '>' | '>=' | 'in' | 'not-in' | 'array-contains' | 'array-contains-any' | 'contains' | 'starts-with' | 'ends-with';

export interface VerifyReport {
    readonly checked: number;
    readonly missingThere: readonly RecordKey[];
    readonly missingHere: readonly RecordKey[];
    readonly different: readonly RecordKey[];
    readonly damaged: readonly RecordKey[];
    readonly repaired: boolean;
}

export type Version = string;

export interface Wake {
    readonly scope: string;
    readonly page?: PullResponse & {
        readonly from: Cursor;
    };
}

export type WhereFields<T> = {
    readonly [P in DottedPath<T>]?: OperandFor<ValueAt<T, P>, '=='>;
};

export interface WriteBatch {
    readonly records?: readonly RecordWrite[];
    readonly removals?: readonly RecordKey[];
    readonly entries?: readonly {
        readonly name: string;
        readonly value: string | null;
    }[];
    readonly flush?: boolean;
}

export declare function and(...filters: readonly FilterInput[]): Filter;

export declare function collection<Schema extends StandardSchema>(options: SchemaOptions<Schema>): CollectionDefinition<SchemaOutput<Schema>, SchemaInput<Schema>>;
export declare function collection(options?: CollectionOptions<AnyDocument> & {
    readonly schema?: never;
}): CollectionDefinition<AnyDocument>;
export declare function collection<Document extends object>(options?: CollectionOptions<Document> & {
    readonly schema?: never;
}): CollectionDefinition<Document>;

export declare function createSyncLayer<const Collections extends CollectionsOption>(options: SyncLayerOptions<Collections>): Promise<SyncLayer<Collections>>;

export declare function deepMerge(): ReadyMadeResolver;

export declare function fieldLevelLastWriteWins(): ReadyMadeResolver;

export declare function indexKey(value: Json | undefined): Uint8Array;

export declare function isSyncError(error: unknown, code?: ErrorCode): error is SyncError;

export declare function maxValue(fields: readonly Field[]): ReadyMadeResolver;

export declare function memoryStorage(): Storage;

export declare function mergeArrays(fields: readonly Field[]): ReadyMadeResolver;

export declare function mergeFields(fields: readonly Field[]): ReadyMadeResolver;

export declare function not(filter: FilterInput): Filter;

export declare function or(...filters: readonly FilterInput[]): Filter;

export declare const resolvers: {
    readonly mergeArrays: typeof mergeArrays;
    readonly sumNumbers: typeof sumNumbers;
    readonly maxValue: typeof maxValue;
    readonly mergeFields: typeof mergeFields;
    readonly fieldLevelLastWriteWins: typeof fieldLevelLastWriteWins;
    readonly deepMerge: typeof deepMerge;
};

export declare function sumNumbers(fields: readonly Field[]): ReadyMadeResolver;

