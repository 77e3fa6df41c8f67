export { createSyncServer }
export { jwtAuthentication }
export { type Authenticate }
export { type Authorize }
export { type AuthorizeRequest }
export { type CorsOption }
export { type Credentials }
export { type JwtOptions }
export { type Principal }
export { type RequestHead }
export { type ServerLimits }
export { type ServerSocket }
export { type SocketHandler }
export { type SyncServer }
export { type SyncServerOptions }
export { type Verdict }

export type Authenticate = (credentials: Credentials) => Principal | null | Promise<Principal | null>;

export type Authorize = (request: AuthorizeRequest) => Verdict | Promise<Verdict>;

export interface AuthorizeRequest {
    readonly principal: Principal;
    readonly scope: string;
    readonly mutation: Mutation;
    current(): Promise<RemoteRecord | null>;
}

export type CorsOption = readonly string[] | '*' | ((origin: string) => boolean);

export interface Credentials {
    readonly token: string | null;
    readonly request: RequestHead;
}

export interface JwtOptions {
    readonly secret?: string | Uint8Array;
    readonly jwks?: string | URL;
    readonly issuer?: string | readonly string[];
    readonly audience?: string | readonly string[];
    readonly algorithms?: readonly string[];
    readonly scopes?: (claims: Readonly<Record<string, unknown>>) => readonly string[];
    readonly now?: () => number;
}

export interface Principal {
    readonly id: string;
    readonly scopes: readonly string[] | ((scope: string) => boolean);
    readonly revokedScopes?: readonly string[];
    readonly expiresAt?: number;
}

export interface RequestHead {
    readonly method: string;
    readonly url: URL;
    header(name: string): string | null;
}

export interface ServerLimits {
    readonly bodyBytes?: number;
    readonly batch?: number;
    readonly pageChanges?: number;
    readonly ids?: number;
    readonly requestsPerSecond?: number;
    readonly burst?: number;
    readonly subscriptions?: number;
    readonly sockets?: number;
    readonly requestMs?: number;
}

export interface ServerSocket {
    send(text: string): void;
    close(code: number, reason: string): void;
    readonly bufferedBytes: number;
}

export interface SocketHandler {
    message(text: string): void;
    drained(): void;
    closed(): void;
}

export interface SyncServer {
    fetch(request: Request): Promise<Response>;
    connect(socket: ServerSocket, head: RequestHead): SocketHandler;
    ready(): Promise<void>;
    close(): Promise<void>;
}

export interface SyncServerOptions {
    readonly adapter: BackendAdapter;
    readonly authenticate: Authenticate;
    readonly authorize?: Authorize;
    readonly collections?: readonly string[];
    readonly cors?: CorsOption;
    readonly basePath?: string;
    readonly limits?: ServerLimits;
    readonly logger?: Logger;
    readonly clock?: Clock;
    readonly random?: Random;
    readonly timers?: Timers;
}

export interface Timers {
    after(delayMs: number, task: () => void): () => void;
}

export type Verdict = boolean | {
    readonly reason: string;
};

export declare function createSyncServer(options: SyncServerOptions): SyncServer;

export declare function jwtAuthentication(options: JwtOptions): Authenticate;

