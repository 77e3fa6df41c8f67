/** What the parts of the server share. */
import type { Mutation, RemoteRecord } from '@synclayer/core/adapter'

/** Who is asking, as `authenticate` found out. */
export interface Principal {
  /** Names the user or service, the same at every request. Client ids of different principals are kept apart by it. */
  readonly id: string
  /** The scopes this principal may read and write: their names, or a function that answers for one. */
  readonly scopes: readonly string[] | ((scope: string) => boolean)
  /** Scopes that were taken back: clients remove their local data of these (SCOPE_REVOKED). */
  readonly revokedScopes?: readonly string[]
  /** When this stops being true, in milliseconds since 1970: sockets are closed then. */
  readonly expiresAt?: number
}

/** What is known of a request before its body is read. Names of headers are in lower case. */
export interface RequestHead {
  readonly method: string
  readonly url: URL
  header(name: string): string | null
}

/** The bearer token, and what it came with. */
export interface Credentials {
  /** Null where there was none. */
  readonly token: string | null
  readonly request: RequestHead
}

/** Answers who has the token; null, or a thrown UNAUTHENTICATED, where nobody does. */
export type Authenticate = (credentials: Credentials) => Principal | null | Promise<Principal | null>

export interface AuthorizeRequest {
  readonly principal: Principal
  readonly scope: string
  readonly mutation: Mutation
  /**
   * The record as it is stored, or null. It is what the mutation would be applied to only where its version is
   * `mutation.base`; else the mutation will not be applied, whatever is answered here.
   */
  current(): Promise<RemoteRecord | null>
}

/** True: go on. False, or a reason: the mutation is rejected as FORBIDDEN, and parked by the client. */
export type Authorize = (request: AuthorizeRequest) => Verdict | Promise<Verdict>

export type Verdict = boolean | { readonly reason: string }

/** A socket of any platform, open and accepted. */
export interface ServerSocket {
  send(text: string): void
  close(code: number, reason: string): void
  /** Bytes handed to `send` that the network has not taken yet. */
  readonly bufferedBytes: number
}

/** What a socket's owner calls. None of these throws. */
export interface SocketHandler {
  message(text: string): void
  /** What was sent has been taken, all of it. Platforms that cannot tell need not call it: the server looks by itself. */
  drained(): void
  closed(): void
}

export interface SyncServer {
  /** Answers one HTTP request: for Hono, Next, Bun, Deno, Workers, and `@synclayer/server/node`. Never rejects. */
  fetch(request: Request): Promise<Response>
  /** Takes over an accepted WebSocket of `GET /sync/ws`, of the subprotocol `synclayer.1`. */
  connect(socket: ServerSocket, head: RequestHead): SocketHandler
  /** Resolves once the adapter is open; rejects with its error where it cannot be opened. */
  ready(): Promise<void>
  /** Takes no new requests, answers those begun, closes sockets with 1001, and then the adapter. Safe to call twice. */
  close(): Promise<void>
}
