export { restAdapter }
export { type Auth }
export { type AuthRequest }
export { type RestAdapterOptions }
export { type SocketConstructor }

export interface RestAdapterOptions {
    readonly url: string;
    readonly auth?: Auth;
    readonly headers?: Readonly<Record<string, string>>;
    readonly fetch?: typeof globalThis.fetch;
    readonly WebSocket?: SocketConstructor;
    readonly realtime?: boolean;
    readonly dialect?: 'strict' | 'simple';
    readonly compress?: boolean;
}

export type SocketConstructor = new (url: string, protocols?: string[]) => object;

export declare function restAdapter(options: RestAdapterOptions): BackendAdapter;

