/**
 * One socket, from its first message to its end.
 *
 *   greeting ──hello──▶ checking ──▶ open ──▶ closed
 *      └────────┴─── anything else ───────────▶┘
 */
import { SyncError, toSyncError } from '@synclayer/core/adapter'
import {
  checkClientMessage,
  type ClientMessage,
  MAX_SOCKET_MESSAGE_BYTES,
  PROTOCOL_VERSION,
  type ServerMessage,
} from '@synclayer/core/protocol'
import { checkScope } from '../auth/check-scope.ts'
import type { Principal, RequestHead, ServerSocket, SocketHandler } from '../contract.ts'
import { parseJson } from '../parse-json.ts'
import type { Asker, RealtimeDeps } from '../realtime-deps.ts'
import { HELLO_WITHIN_MS } from './liveness.ts'
import type { ScopeFeed } from './scope-feed.ts'
import { closeCodeOf, errorMessage } from './socket-error.ts'
import { createSocketWriter } from './socket-writer.ts'
import { createSubscriptions, type Subscriptions } from './subscriptions.ts'

export interface Session extends SocketHandler {
  /** Looks after the socket; called about once a second. */
  pulse(): void
  /** Ends it from this side. */
  end(code: number, reason: string): void
}

export interface SessionDeps extends Pick<
  RealtimeDeps,
  'authenticate' | 'clock' | 'collections' | 'countRequest' | 'limits' | 'logger' | 'ready'
> {
  /** Milliseconds that never jump. */
  now(): number
  feedOf(scope: string): ScopeFeed
  /** Counts one socket more. Throws RATE_LIMITED where it is one too many. */
  admit(principal: Principal): void
  /** The socket is gone, with the principal it was counted for. */
  onEnd(session: Session, principal: Principal | undefined): void
}

type Phase = 'greeting' | 'checking' | 'open' | 'closed'

type Subscribe = ClientMessage & { readonly type: 'subscribe' }

const AWAY = 1001
const TRY_LATER = 1013

/** Takes over an accepted socket. */
export function createSession(deps: SessionDeps, socket: ServerSocket, head: RequestHead): Session {
  const { clock, limits } = deps
  const begunAt = deps.now()
  let phase: Phase = 'greeting'
  // Not held for longer than it is needed: a request is large.
  let request: RequestHead | undefined = head
  let principal: Principal | undefined
  let subscriptions: Subscriptions | undefined
  const writer = createSocketWriter({
    socket,
    now: () => deps.now(),
    onRoom: () => subscriptions?.resume(),
    onBroken: () => end(TRY_LATER, 'Nothing of what was sent was taken'),
  })

  const say = (message: ServerMessage): void => writer.send(JSON.stringify(message))
  const leave = (): boolean => {
    if (phase === 'closed') return false
    phase = 'closed'
    request = undefined
    subscriptions?.close()
    deps.onEnd(session, principal)
    return true
  }
  const end = (code: number, reason: string): void => {
    if (!leave()) return
    try {
      socket.close(code, reason)
    } catch {
      // It was closed already, from the other side.
    }
  }
  const fail = (error: SyncError): void => {
    if (phase === 'closed') return
    const message = explain(error)
    say(message)
    end(closeCodeOf(message.code), message.code)
  }
  /** Only that subscription ends. */
  const refuse = (id: number, error: SyncError): void => {
    subscriptions?.remove(id)
    say(explain(error, id))
  }
  /** What the client is not told is logged. */
  const explain = (error: SyncError, id?: number): ReturnType<typeof errorMessage> => {
    const message = errorMessage(error, id)
    if (message.code === 'SERVER_ERROR') deps.logger.log('error', 'A socket failed', { error })
    return message
  }
  const isEntitled = (): boolean => {
    if (principal?.expiresAt === undefined || clock.now() < principal.expiresAt) return true
    fail(new SyncError('UNAUTHENTICATED', 'The token has expired'))
    return false
  }

  const greet = async (token: string | null, request: RequestHead): Promise<void> => {
    const asker = await deps.authenticate({ token, request })
    await deps.ready()
    if (phase === 'checking') open(asker)
  }
  const open = (asker: Asker): void => {
    deps.admit(asker.principal)
    principal = asker.principal
    phase = 'open'
    subscriptions = createSubscriptions({ writer, tag: asker.tag, most: limits.subscriptions, isEntitled })
    if (isEntitled()) say({ type: 'welcome', protocol: PROTOCOL_VERSION })
  }
  const subscribe = ({ id, scope, collections, cursor }: Subscribe, size: number): void => {
    try {
      const unknown = collections.find(({ name }) => deps.collections?.includes(name) === false)
      if (unknown !== undefined) {
        throw new SyncError('UNKNOWN_COLLECTION', `The server has no collection ${unknown.name}`, {
          details: { collection: unknown.name },
        })
      }
      const check = (): void => checkScope(principal!, scope)
      subscriptions!.add(() => deps.feedOf(scope), { id, collections, cursor, size, check })
    } catch (error) {
      refuse(id, toSyncError(error, 'BACKEND_FAILED', 'A scope could not be followed'))
    }
  }
  const take = (message: ClientMessage, size: number): void => {
    deps.countRequest(principal!)
    switch (message.type) {
      case 'hello':
        throw outOfTurn('hello is said once')
      case 'subscribe':
        subscribe(message, size)
        break
      case 'unsubscribe':
        subscriptions!.remove(message.id)
        break
      case 'ping':
        // Who sends without reading is not answered.
        if (writer.hasRoom()) say({ type: 'pong' })
        break
      case 'pong':
        break
    }
  }

  const session: Session = {
    message(text) {
      if (phase === 'closed') return
      writer.heard()
      try {
        const message = readMessage(text)
        if (phase === 'checking') throw outOfTurn('Nothing may be sent before welcome')
        if (phase === 'open') {
          if (isEntitled()) take(message, text.length)
          return
        }
        const { token = null } = readHello(message)
        phase = 'checking'
        greet(token, request!).catch(failWith)
        request = undefined
      } catch (error) {
        failWith(error)
      }
    },
    drained: () => writer.drained(),
    closed: () => void leave(),
    pulse() {
      if (phase === 'greeting' && deps.now() - begunAt >= HELLO_WITHIN_MS) {
        fail(outOfTurn(`Nobody said hello within ${HELLO_WITHIN_MS} ms`))
      }
      if (phase === 'closed' || !isEntitled()) return
      const verdict = writer.pulse()
      if (verdict === 'dead') end(AWAY, 'Nothing was heard for too long')
      else if (verdict === 'stalled') end(TRY_LATER, 'Nothing was taken for too long')
      else if (verdict === 'ping') say({ type: 'ping' })
    },
    end,
  }
  const failWith = (error: unknown): void => fail(toSyncError(error, 'BACKEND_FAILED', 'A socket failed'))
  return session
}

function readMessage(text: string): ClientMessage {
  const bytes = new TextEncoder().encode(text)
  if (bytes.length > MAX_SOCKET_MESSAGE_BYTES) {
    throw outOfTurn(`A message may have ${MAX_SOCKET_MESSAGE_BYTES} bytes`)
  }
  return checkClientMessage(parseJson(bytes))
}

function readHello(message: ClientMessage): ClientMessage & { readonly type: 'hello' } {
  if (message.type !== 'hello') throw outOfTurn('The first message must be hello')
  if (message.protocol === PROTOCOL_VERSION) return message
  throw new SyncError('PROTOCOL', `This server speaks version ${PROTOCOL_VERSION} of the protocol`, {
    details: { protocol: PROTOCOL_VERSION },
  })
}

function outOfTurn(message: string): SyncError {
  return new SyncError('PROTOCOL', message)
}
