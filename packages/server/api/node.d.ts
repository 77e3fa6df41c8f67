export { createRequestListener }
export { createUpgradeListener }
export { serveSync }
export { type RequestListener }
export { type ServeOptions }
export { type Serving }
export { type UpgradeListener }

export interface RequestHead {
    readonly method: string;
    readonly url: URL;
    header(name: string): string | null;
}

export type RequestListener = (incoming: IncomingMessage, outgoing: ServerResponse) => void;

export interface ServeOptions {
    readonly server: Pick<SyncServer, 'fetch' | 'connect' | 'close'>;
    readonly port?: number;
    readonly host?: string;
    readonly headersMs?: number;
    readonly requestMs?: number;
    readonly keepAliveMs?: number;
    readonly closeMs?: number;
}

export interface ServerSocket {
    send(text: string): void;
    close(code: number, reason: string): void;
    readonly bufferedBytes: number;
}

export interface Serving {
    readonly url: string;
    readonly port: number;
    close(): Promise<void>;
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

export type UpgradeListener = (request: IncomingMessage, socket: Duplex, head: Buffer) => void;

export declare function createRequestListener(server: Pick<SyncServer, 'fetch'>): RequestListener;

export declare function createUpgradeListener(server: Pick<SyncServer, 'connect' | 'fetch'>): UpgradeListener;

export declare function serveSync(options: ServeOptions): Promise<Serving>;

