export { protocolConformance }
export { type PlatformSocket }
export { type ProtocolSuiteOptions }
export { type ServerUnderTest }
export { type SocketConstructor }

export interface PlatformSocket {
    binaryType: string;
    readonly protocol: string;
    addEventListener(type: 'open' | 'error', listener: () => void): void;
    addEventListener(type: 'message', listener: (event: {
        readonly data: unknown;
    }) => void): void;
    addEventListener(type: 'close', listener: (event: {
        readonly code: number;
    }) => void): void;
    send(data: string | Uint8Array): void;
    close(code?: number, reason?: string): void;
    pause?(): void;
    resume?(): void;
}

export interface ProtocolSuiteOptions extends TestRunner {
    readonly create: () => Promise<ServerUnderTest>;
    readonly patienceMs?: number;
    readonly slow?: boolean;
    readonly note?: (title: string, reason: string) => void;
}

export interface ServerUnderTest {
    readonly url: string;
    readonly token: string | null;
    readonly scope: string;
    readonly otherToken?: string;
    readonly secondToken?: string;
    readonly expiredToken?: string;
    readonly revokedToken?: string;
    readonly briefToken?: () => Promise<string>;
    readonly purge?: () => Promise<void>;
    readonly limitedUrl?: string;
    readonly WebSocket?: SocketConstructor;
    readonly close: () => Promise<void>;
}

export type SocketConstructor = new (url: string, protocols: string[]) => PlatformSocket;

export interface TestRunner {
    readonly describe: (name: string, body: () => void) => unknown;
    readonly test: (name: string, body: () => Promise<void>, timeoutMs?: number) => unknown;
}

export declare function protocolConformance(options: ProtocolSuiteOptions): void;

