export { SyncError }
export { applyPatch }
export { canonicalJson }
export { checkCollectionName }
export { checkFetchRequest }
export { checkFetchResponse }
export { checkId }
export { checkMutation }
export { checkPatch }
export { checkPullRequest }
export { checkPullResponse }
export { checkPushRequest }
export { checkPushResponse }
export { checkRemoteRecord }
export { checkScope }
export { clampTime }
export { collectionNameProblem }
export { compareCodePoints }
export { compareHlc }
export { compileFilter }
export { copyDocument }
export { createHybridClock }
export { createIdFactory }
export { deepEqual }
export { didYouMean }
export { diffDocuments }
export { formatHlc }
export { formatPointer }
export { formatUuid7 }
export { idProblem }
export { invalidOption }
export { isErrorCode }
export { isHlc }
export { isSyncError }
export { latest }
export { parseDuration }
export { parseFilter }
export { parseHlc }
export { parsePointer }
export { projectDocument }
export { scopeProblem }
export { toHex }
export { toSyncError }
export { type AdapterCapabilities }
export { type AdapterContext }
export { type BackendAdapter }
export { type Change }
export { type CheckedFetch }
export { type CheckedPull }
export { type CheckedPush }
export { type CheckedPushRequest }
export { type Clock }
export { type CopyLimits }
export { type Cursor }
export { type Duration }
export { type ErrorCode }
export { type FetchRequest }
export { type Filter }
export { type Hlc }
export { type HlcParts }
export { type HybridClock }
export { type Json }
export { type JsonObject }
export { type JsonPointer }
export { type LogLevel }
export { type Logger }
export { type Mutation }
export { type NullOperator }
export { type Operator }
export { type Patch }
export { type Path }
export { type Projection }
export { type PullCollection }
export { type PullRequest }
export { type PullResponse }
export { type PurgeReport }
export { type PurgeRequest }
export { type PushOutcome }
export { type PushRequest }
export { type PushResponse }
export { type PushResult }
export { type Random }
export { type RemoteRecord }
export { type SubscribeRequest }
export { type Subscription }
export { type SyncErrorOptions }
export { type Traffic }
export { type Unreadable }
export { type ValueOperator }
export { type Version }
export { type Wake }
export { utf8ByteLength }

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

export interface CheckedFetch {
    readonly records: readonly RemoteRecord[];
    readonly unreadable: readonly Unreadable[];
}

export interface CheckedPull {
    readonly response: PullResponse;
    readonly unreadable: readonly Unreadable[];
}

export interface CheckedPush {
    readonly response: PushResponse;
    readonly unreadable: readonly Unreadable[];
}

export interface CheckedPushRequest {
    readonly request: PushRequest;
    readonly refused: readonly PushResult[];
}

export interface Clock {
    now(): number;
}

export interface CopyLimits {
    readonly maxLevels?: number;
}

export type Cursor = string;

export type Duration = number | `${number}${'ms' | 's' | 'm' | 'h' | 'd'}`;

export type ErrorCode = 'INVALID_OPTION' | 'INVALID_DOCUMENT' | 'INVALID_MUTATION' | 'UNKNOWN_COLLECTION' | 'NOT_FOUND' | 'CLOSED' | 'STORAGE_FULL' | 'STORAGE_FAILED' | 'STORAGE_CORRUPT' | 'WRONG_KEY' | 'NETWORK' | 'TIMEOUT' | 'ABORTED' | 'UNAUTHENTICATED' | 'FORBIDDEN' | 'SCOPE_REVOKED' | 'RATE_LIMITED' | 'CURSOR_EXPIRED' | 'EPOCH_CHANGED' | 'PROTOCOL' | 'BACKEND_FAILED' | 'NOT_SUPPORTED' | 'CONSTRAINT' | 'RECORD_TOO_LARGE' | 'GROUP_TOO_LARGE' | 'MUTATION_ID_REUSED' | 'RESOLVER_FAILED' | 'SCOPE_CHANGE' | 'ID_COLLISION' | 'UNSENT_CHANGES' | 'LISTENER_FAILED';

export interface FetchRequest {
    readonly scope: string;
    readonly collection: string;
    readonly ids: readonly string[];
    readonly fields?: Projection;
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

export type Hlc = string;

export interface HlcParts {
    readonly ms: number;
    readonly counter: number;
    readonly node: string;
}

export interface HybridClock {
    tick(after?: Hlc): Hlc;
}

export type Json = null | boolean | number | string | readonly Json[] | JsonObject;

export interface JsonObject {
    readonly [key: string]: Json;
}

export type JsonPointer = string;

export type LogLevel = 'debug' | 'info' | 'warning' | 'error';

export interface Logger {
    log(level: LogLevel, message: string, details?: Readonly<Record<string, unknown>>): void;
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

export type Operator = ValueOperator | NullOperator;

export interface Patch {
    readonly set?: Readonly<Record<JsonPointer, Json>>;
    readonly unset?: readonly JsonPointer[];
}

export type Path = readonly string[];

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

export interface Random {
    bytes(length: number): Uint8Array;
    next(): number;
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

export interface Traffic {
    sent(bytes: number): void;
    received(bytes: number): void;
}

export interface Unreadable {
    readonly index: number;
    readonly collection?: string;
    readonly id?: string;
    readonly reason: string;
}

export type ValueOperator = '==' | '!=' | '<' | '<=' | '>' | '>=' | 'in' | 'not-in' | 'array-contains' | 'array-contains-any' | 'contains' | 'starts-with' | 'ends-with';

export type Version = string;

export interface Wake {
    readonly scope: string;
    readonly page?: PullResponse & {
        readonly from: Cursor;
    };
}

export declare function applyPatch(document: JsonObject, patch: Patch): JsonObject;

export declare function canonicalJson(value: Json): string;

export declare function checkCollectionName(name: unknown): string;

export declare function checkFetchRequest(value: unknown): FetchRequest;

export declare function checkFetchResponse(value: unknown): CheckedFetch;

export declare function checkId(id: unknown): string;

export declare function checkMutation(value: unknown): Mutation;

export declare function checkPatch(value: unknown): Patch;

export declare function checkPullRequest(value: unknown): PullRequest;

export declare function checkPullResponse(value: unknown): CheckedPull;

export declare function checkPushRequest(value: unknown): CheckedPushRequest;

export declare function checkPushResponse(value: unknown): CheckedPush;

export declare function checkRemoteRecord(value: unknown): RemoteRecord;

export declare function checkScope(scope: unknown): string;

export declare function clampTime(time: Hlc, maxMs: number): Hlc;

export declare function collectionNameProblem(name: unknown): string | null;

export declare function compareCodePoints(left: string, right: string): number;

export declare function compareHlc(a: Hlc, b: Hlc): number;

export declare function compileFilter(filter: Filter | null): (document: JsonObject) => boolean;

export declare function copyDocument(value: unknown, limits?: CopyLimits): JsonObject;

export declare function createHybridClock(options: {
    readonly clock: Clock;
    readonly node: string;
}): HybridClock;

export declare function createIdFactory(deps: {
    readonly clock: Clock;
    readonly random: Random;
}): () => string;

export declare function deepEqual(a: Json | undefined, b: Json | undefined): boolean;

export declare function didYouMean(name: string, names: readonly string[]): string;

export declare function diffDocuments(base: JsonObject, local: JsonObject): Patch | null;

export declare function formatHlc(parts: HlcParts): Hlc;

export declare function formatPointer(path: Path): JsonPointer;

export declare function formatUuid7(ms: number, counter: number, random: Uint8Array, at?: number): string;

export declare function idProblem(id: unknown): string | null;

export declare function invalidOption(option: string, value: unknown, wanted: string): SyncError;

export declare function isErrorCode(value: unknown): value is ErrorCode;

export declare function isHlc(value: unknown): value is Hlc;

export declare function isSyncError(error: unknown, code?: ErrorCode): error is SyncError;

export declare function latest(a: Hlc, b: Hlc): Hlc;

export declare function parseDuration(value: unknown, option: string, leastMs?: number): number;

export declare function parseFilter(value: unknown, at?: string): Filter;

export declare function parseHlc(time: Hlc): HlcParts;

export declare function parsePointer(pointer: string): Path | null;

export declare function projectDocument(document: JsonObject, fields: Projection | undefined): JsonObject;

export declare function scopeProblem(scope: unknown): string | null;

export declare function toHex(bytes: Uint8Array, from?: number, to?: number): string;

export declare function toSyncError(error: unknown, code: ErrorCode, message: string): SyncError;

export declare function utf8ByteLength(text: string): number;

