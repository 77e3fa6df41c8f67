/**
 * A server to run the suite against: fresh for each test, or one that goes on, such as a program in another language. The
 * suite takes new ids for all it writes, and looks only at what came after its own beginning; so it needs no reset, but
 * nobody else may write to the scope meanwhile.
 */
export interface ServerUnderTest {
  /** The base address, such as `http://localhost:8080`; with or without a path. */
  readonly url: string
  /** A token that grants `scope`. Null: the server asks for none. */
  readonly token: string | null
  /** A scope to read and write. The server serves the collections `todos` and `lists` there. */
  readonly scope: string
  /** A token of another principal, which does not grant `scope`. */
  readonly otherToken?: string
  /** A token of another principal that grants `scope` too. */
  readonly secondToken?: string
  /** A token that was good once. */
  readonly expiredToken?: string
  /** A token of a principal that `scope` was taken back from: its clients are to remove what they have of it. */
  readonly revokedToken?: string
  /** Makes a token that grants `scope`, and expires within a few seconds. */
  readonly briefToken?: () => Promise<string>
  /** Removes what was deleted so far from the feed of `scope`, so that older cursors expire. */
  readonly purge?: () => Promise<void>
  /** Another address of the server, or of one like it, that takes no more than a hundred requests at once. */
  readonly limitedUrl?: string
  /** Makes sockets; that of the package `ws` unless told. */
  readonly WebSocket?: SocketConstructor
  /** Ends what `create` began. */
  readonly close: () => Promise<void>
}

/** The parts of a platform's WebSocket that the suite uses. */
export interface PlatformSocket {
  binaryType: string
  readonly protocol: string
  addEventListener(type: 'open' | 'error', listener: () => void): void
  addEventListener(type: 'message', listener: (event: { readonly data: unknown }) => void): void
  addEventListener(type: 'close', listener: (event: { readonly code: number }) => void): void
  send(data: string | Uint8Array): void
  close(code?: number, reason?: string): void
  /** Reads nothing more until `resume`. Few platforms have it. */
  pause?(): void
  resume?(): void
}

export type SocketConstructor = new (url: string, protocols: string[]) => PlatformSocket
