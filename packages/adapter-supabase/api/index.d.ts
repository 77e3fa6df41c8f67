export { supabaseAdapter }
export { type SupabaseAdapterOptions }
export { type SupabaseLike }

export interface SupabaseAdapterOptions {
    readonly client?: SupabaseLike;
    readonly url?: string;
    readonly key?: string;
    readonly accessToken?: () => Promise<string | null>;
    readonly WebSocket?: new (url: string, protocols?: string | string[]) => object;
    readonly schema?: string;
    readonly realtime?: boolean;
}

export interface SupabaseLike {
    schema(name: string): {
        readonly url: string;
        readonly headers: Headers;
        readonly fetch?: typeof globalThis.fetch;
    };
    channel: SupabaseClient['channel'];
    getChannels: SupabaseClient['getChannels'];
    removeChannel: SupabaseClient['removeChannel'];
    readonly realtime: Pick<SupabaseClient['realtime'], 'setAuth' | 'accessToken' | 'disconnect'>;
    readonly auth: Pick<SupabaseClient['auth'], 'refreshSession'>;
}

export declare function supabaseAdapter(options: SupabaseAdapterOptions): BackendAdapter;

