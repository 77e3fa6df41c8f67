export { after }
export { closed }
export { createHttpClient }
export { createTokens }
export { pushInParts }
export { type Answer }
export { type Auth }
export { type AuthRequest }
export { type GivenToken }
export { type HttpClient }
export { type HttpClientDeps }
export { type HttpClientOptions }
export { type HttpRequest }
export { type PartSender }
export { type Tokens }

export interface Answer {
    readonly status: number;
    readonly body: unknown;
    readonly retryAfterMs: number | undefined;
    readonly asked: string;
}

export type Auth = (asked: AuthRequest) => string | null | Promise<string | null>;

export interface AuthRequest {
    readonly refused: string | undefined;
}

export interface GivenToken {
    readonly token: string | null;
    readonly call: number;
}

export interface HttpClient {
    request(request: HttpRequest, signal: AbortSignal): Promise<Answer>;
    readonly tokens: Tokens;
    close(): void;
}

export interface HttpClientDeps {
    readonly options: HttpClientOptions;
    readonly clock: Clock;
    readonly traffic: Traffic;
    readonly maxAnswerBytes?: number;
}

export interface HttpClientOptions {
    readonly url: string;
    readonly auth: Auth;
    readonly headers: Headers | Readonly<Record<string, string>>;
    readonly fetch: typeof globalThis.fetch | undefined;
    readonly compress: boolean;
}

export interface HttpRequest {
    readonly method: 'GET' | 'POST';
    readonly path: string;
    readonly body?: string;
    readonly headers?: Readonly<Record<string, string>>;
}

export interface PartSender {
    readonly maxMutations: number;
    readonly maxBytes: number;
    readonly prepare?: (request: PushRequest) => PushRequest;
    readonly send: (request: string) => Promise<PushResponse>;
}

export interface Tokens {
    get(): Promise<GivenToken>;
    renew(refused: GivenToken): Promise<GivenToken>;
}

export declare function after(delayMs: number, task: () => void): () => void;

export declare function closed(): SyncError;

export declare function createHttpClient(deps: HttpClientDeps): HttpClient;

export declare function createTokens(auth: Auth): Tokens;

export declare function pushInParts(asked: PushRequest, sender: PartSender): Promise<PushResponse>;

