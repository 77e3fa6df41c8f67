export { createMemoryStore }
export { createModelBackend }
export { createTestLayer }
export { createVirtualTime }
export { fakeConnectivity }
export { faultyAdapter }
export { memoryStorage }
export { noFaults }
export { openMemoryStorage }
export { seededRandom }
export { testDeps }
export { type FakeConnectivity }
export { type FaultCounts }
export { type Faults }
export { type LoggedLine }
export { type MemoryStore }
export { type ModelBackend }
export { type ModelBackendOptions }
export { type TestDeps }
export { type TestDepsOptions }
export { type VirtualTime }

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

export interface Applied {
    readonly mutation: Mutation;
    readonly record: RemoteRecord;
    readonly position: number;
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

export interface Channel {
    post(message: unknown): void;
    close(): void;
}

export interface Channels {
    open(name: string, told: (message: unknown) => void): Channel;
}

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

export interface ClientDeps {
    readonly clock: Clock;
    readonly random: Random;
    readonly scheduler: Scheduler;
    readonly connectivity: Connectivity;
    readonly locks: Locks | null;
    readonly channels: Channels | null;
    readonly elects: boolean;
    readonly logger: Logger;
    holdProcess(): () => void;
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

export interface Connectivity {
    readonly online: boolean;
    subscribe(listener: (event: 'online' | 'offline' | 'visible') => void): () => void;
}

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

export interface FakeConnectivity extends Connectivity {
    emit(event: 'online' | 'offline' | 'visible'): void;
}

export type FaultCounts = Record<keyof Faults, number>;

export interface Faults {
    requestLost: number;
    answerLost: number;
    doubled: number;
    delayMs: number;
}

export interface FetchRequest {
    readonly scope: string;
    readonly collection: string;
    readonly ids: readonly string[];
    readonly fields?: Projection;
}

type Field<T, K> = IsAny<T> extends true ? unknown : unknown extends T ? unknown : T extends Primitive | readonly unknown[] ? undefined : K extends keyof T ? T[K] : string extends keyof T ? T[string & keyof T] : undefined;

export type FieldMerger = (base: Json | undefined, earlier: Json | undefined, later: Json | undefined) => Json | undefined;

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

export interface IndexEntry {
    readonly key: Uint8Array;
    readonly id: string;
}

export type InputOf<Collections, Name> = Known<TypesOf<Collections, Name>['input']>;

type IsAny<T> = 0 extends 1 & T ? true : false;

export type IsBefore<T> = (item: T) => boolean;

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

export interface LockTold {
    held(): void;
    lost(): void;
}

export interface Locks {
    request(name: string, steal: boolean, told: LockTold): () => void;
}

export type LogLevel = 'debug' | 'info' | 'warning' | 'error';

export interface LoggedLine {
    readonly level: LogLevel;
    readonly message: string;
    readonly details?: Readonly<Record<string, unknown>>;
}

export interface Logger {
    log(level: LogLevel, message: string, details?: Readonly<Record<string, unknown>>): void;
}

type MemberHasKey<T, K> = T extends Primitive | readonly unknown[] ? false : string extends keyof T ? true : K extends keyof T ? true : false;

export interface MemoryCollection {
    readonly indexNames: readonly string[];
    readonly version: number | null;
    readonly rows: Map<string, MemoryRow>;
    readonly ids: SortedList<string>;
    readonly visibleIds: SortedList<string>;
    readonly indexes: readonly SortedList<IndexEntry>[];
    retired: boolean;
}

interface MemoryRow {
    readonly record: StoredRecord;
    readonly keys: readonly (Uint8Array | undefined)[];
}

export interface MemoryStore {
    readonly collections: Map<string, MemoryCollection>;
    readonly entries: Map<string, StoredEntry>;
    readonly entryNames: SortedList<string>;
    readonly outbox: Map<Lane, Map<string, SortedList<StoredRecord>>>;
    revision: number;
    readonly listeners: Set<StoreListener>;
}

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

export interface ModelBackend {
    adapter(options?: {
        readonly replica?: () => unknown;
    }): BackendAdapter;
    backup(): unknown;
    restore(backup: unknown, options?: {
        readonly unnoticed?: boolean;
    }): void;
    records(scope: string): readonly RemoteRecord[];
    readonly stalled: number;
}

export interface ModelBackendOptions {
    readonly now: () => number;
    readonly stall?: (request: PushRequest) => Promise<void> | undefined;
    readonly refuse?: Refuse;
    readonly stored?: unknown;
    readonly onCommit?: (scope: string, applied: readonly Applied[]) => void;
}

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

export type Refuse = (mutation: Mutation) => {
    readonly code: 'FORBIDDEN';
    readonly reason: string;
} | undefined;

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

export interface Scheduler {
    after(delayMs: number, task: () => void): () => void;
}

export interface SchemaIssue {
    readonly message: string;
    readonly path?: readonly (PropertyKey | {
        readonly key: PropertyKey;
    })[] | undefined;
}

export type SchemaResult<Output> = {
    readonly value: Output;
    readonly issues?: undefined;
} | {
    readonly issues: readonly SchemaIssue[];
};

export interface SignOutOptions {
    readonly unsent?: 'refuse' | 'export' | 'discard';
}

export declare class SortedList<T> {
    #private;
    get size(): number;
    add(item: T): void;
    delete(item: T): void;
    rank(isBefore: IsBefore<T>): number;
    lastBefore(isBefore: IsBefore<T>): T | undefined;
    from(isBefore: IsBefore<T>): Generator<T, void, undefined>;
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

export interface StoreListener {
    readonly handle: object;
    readonly notify: (commit: ForeignCommit) => void;
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

export interface TestDeps extends ClientDeps {
    readonly time: VirtualTime;
    readonly connectivity: FakeConnectivity;
    readonly logged: readonly LoggedLine[];
}

export interface TestDepsOptions {
    readonly seed?: number;
    readonly time?: VirtualTime;
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

export interface VirtualTime {
    readonly clock: Clock;
    readonly scheduler: Scheduler;
    settle(): Promise<void>;
    advance(ms: number): Promise<void>;
    until(condition: () => boolean, maxMs: number): Promise<boolean>;
    readonly timers: number;
}

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

export declare function createMemoryStore(): MemoryStore;

export declare function createModelBackend(options: ModelBackendOptions): ModelBackend;

export declare function createTestLayer<const Collections extends CollectionsOption>(options: SyncLayerOptions<Collections>, deps?: ClientDeps): Promise<SyncLayer<Collections>>;

export declare function createVirtualTime(start?: number, rest?: 'event loop' | 'tick'): VirtualTime;

export declare function fakeConnectivity(): FakeConnectivity;

export declare function faultyAdapter(inner: BackendAdapter, faults: Faults, deps: {
    readonly random: Random;
    readonly scheduler: Scheduler;
    readonly counts?: FaultCounts;
}): BackendAdapter;

export declare function memoryStorage(): Storage;

export declare function noFaults(): Faults;

export declare function openMemoryStorage(store: MemoryStore): Storage;

export declare function seededRandom(seed: number): Random;

export declare function testDeps(options?: TestDepsOptions): TestDeps;

