export { DEAD_AFTER_MS }
export { MAX_SOCKET_MESSAGE_BYTES }
export { MAX_SOCKET_PAGE_BYTES }
export { PING_INTERVAL_MS }
export { PROTOCOL_VERSION }
export { SOCKET_ERRORS }
export { SOCKET_PROTOCOL }
export { checkClientMessage }
export { checkErrorBody }
export { checkHello }
export { checkServerMessage }
export { formatRfc3339 }
export { parseRfc3339 }
export { type CheckedServerMessage }
export { type ClientMessage }
export { type ErrorBody }
export { type Hello }
export { type ServerMessage }
export { type SocketErrorCode }
export { type SocketPage }

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

export type Change = (RemoteRecord & {
    readonly kind: 'put' | 'delete';
}) | {
    readonly kind: 'leave';
    readonly collection: string;
    readonly id: string;
    readonly version: Version;
};

export interface CheckedPull {
    readonly response: PullResponse;
    readonly unreadable: readonly Unreadable[];
}

export type CheckedServerMessage = Exclude<ServerMessage, {
    readonly type: 'page';
}> | {
    readonly type: 'page';
    readonly id: number;
    readonly page: SocketPage;
    readonly unreadable: CheckedPull['unreadable'];
};

export type ClientMessage = {
    readonly type: 'hello';
    readonly protocol: number;
    readonly token?: string;
} | {
    readonly type: 'subscribe';
    readonly id: number;
    readonly scope: string;
    readonly collections: readonly PullCollection[];
    readonly cursor: Cursor | null;
} | {
    readonly type: 'unsubscribe';
    readonly id: number;
} | {
    readonly type: 'ping';
} | {
    readonly type: 'pong';
};

export type Cursor = string;

export declare const DEAD_AFTER_MS: number;

export interface ErrorBody {
    readonly error: {
        readonly code: ErrorCode;
        readonly message: string;
        readonly details?: Readonly<Record<string, Json>>;
        readonly retryAfterMs?: number;
    };
}

export type ErrorCode = 'INVALID_OPTION' | 'INVALID_DOCUMENT' | 'INVALID_MUTATION' | 'UNKNOWN_COLLECTION' | 'NOT_FOUND' | 'CLOSED' | 'STORAGE_FULL' | 'STORAGE_FAILED' | 'STORAGE_CORRUPT' | 'WRONG_KEY' | 'NETWORK' | 'TIMEOUT' | 'ABORTED' | 'UNAUTHENTICATED' | 'FORBIDDEN' | 'SCOPE_REVOKED' | 'RATE_LIMITED' | 'CURSOR_EXPIRED' | 'EPOCH_CHANGED' | 'PROTOCOL' | 'BACKEND_FAILED' | 'NOT_SUPPORTED' | 'CONSTRAINT' | 'RECORD_TOO_LARGE' | 'GROUP_TOO_LARGE' | 'MUTATION_ID_REUSED' | 'RESOLVER_FAILED' | 'SCOPE_CHANGE' | 'ID_COLLISION' | 'UNSENT_CHANGES' | 'LISTENER_FAILED';

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

export interface Hello {
    readonly protocol: number;
    readonly capabilities: AdapterCapabilities;
    readonly maxRequestBytes: number;
    readonly maxIds: number;
    readonly serverTime: number | null;
}

export type Hlc = string;

export type Json = null | boolean | number | string | readonly Json[] | JsonObject;

export interface JsonObject {
    readonly [key: string]: Json;
}

export declare const MAX_SOCKET_MESSAGE_BYTES: number;

export declare const MAX_SOCKET_PAGE_BYTES: number;

export type NullOperator = 'is-null' | 'is-not-null';

export declare const PING_INTERVAL_MS: number;

export declare const PROTOCOL_VERSION: number;

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

export interface PullResponse {
    readonly changes: readonly Change[];
    readonly cursor: Cursor;
    readonly epoch: string;
    readonly hasMore: boolean;
    readonly remaining?: number;
    readonly serverTime: number | null;
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

export declare const SOCKET_ERRORS: Readonly<Record<SocketErrorCode, {
    readonly code: ErrorCode;
    readonly close: number;
}>>;

export declare const SOCKET_PROTOCOL: string;

export type ServerMessage = {
    readonly type: 'welcome';
    readonly protocol: number;
} | {
    readonly type: 'subscribed';
    readonly id: number;
} | {
    readonly type: 'page';
    readonly id: number;
    readonly page: SocketPage;
} | {
    readonly type: 'wake';
    readonly id: number;
} | {
    readonly type: 'error';
    readonly id?: number;
    readonly code: SocketErrorCode;
    readonly message: string;
    readonly details?: Readonly<Record<string, Json>>;
    readonly retryAfterMs?: number;
} | {
    readonly type: 'ping';
} | {
    readonly type: 'pong';
};

export type SocketErrorCode = 'AUTH_FAILED' | 'UNAUTHORIZED' | 'INVALID_MESSAGE' | 'COLLECTION_NOT_FOUND' | 'RECORD_NOT_FOUND' | 'RATE_LIMIT_EXCEEDED' | 'SERVER_ERROR';

export type SocketPage = PullResponse & {
    readonly from: Cursor;
};

export interface Unreadable {
    readonly index: number;
    readonly collection?: string;
    readonly id?: string;
    readonly reason: string;
}

export type ValueOperator = '==' | '!=' | '<' | '<=' | '>' | '>=' | 'in' | 'not-in' | 'array-contains' | 'array-contains-any' | 'contains' | 'starts-with' | 'ends-with';

export type Version = string;

export declare function checkClientMessage(value: unknown): ClientMessage;

export declare function checkErrorBody(value: unknown): ErrorBody;

export declare function checkHello(value: unknown): Hello;

export declare function checkServerMessage(value: unknown): CheckedServerMessage;

export declare function formatRfc3339(moment: number): string;

export declare function parseRfc3339(text: string): number | null;

