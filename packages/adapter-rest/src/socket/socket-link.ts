/**
 * One WebSocket, from its opening to its end.
 *
 *   connecting ──open──▶ greeting ──welcome──▶ open ──▶ ended
 *       └───────────────────┴── anything else ─────────▶┘
 */
import { SyncError, type Traffic, utf8ByteLength } from '@synclayer/core/adapter'
import {
  type CheckedServerMessage,
  checkServerMessage,
  type ClientMessage,
  MAX_SOCKET_MESSAGE_BYTES,
  PROTOCOL_VERSION,
  SOCKET_PROTOCOL,
} from '@synclayer/core/protocol'
import type { SocketConstructor } from '../options.ts'
import { after } from '@synclayer/adapter-kit/http'
import { withoutTexts } from '../without-texts.ts'
import { watchLiveness } from './liveness.ts'
import { cutOff, errorOfClose, errorOfMessage } from './socket-error.ts'

/** What is said of one subscription. */
export type SubscriptionMessage =
  | Extract<CheckedServerMessage, { readonly type: 'subscribed' | 'page' | 'wake' }>
  | (Extract<CheckedServerMessage, { readonly type: 'error' }> & { readonly id: number })

export interface SocketLink {
  send(message: ClientMessage): void
  /** Ends it from this side; `onEnd` is not called. */
  close(): void
}

export interface SocketLinkOptions {
  readonly WebSocket: SocketConstructor
  /** The address of `/sync/ws`. */
  readonly url: string
  readonly token: string | null
  readonly traffic: Traffic
  readonly onMessage: (message: SubscriptionMessage) => void
  /** Called once, where an open link ends otherwise than by `close`. */
  readonly onEnd: (error: SyncError) => void
}

/** The few members of a WebSocket that are used. */
interface Socket {
  send(text: string): void
  close(code?: number, reason?: string): void
  addEventListener(
    type: string,
    listener: (event: {
      readonly data?: unknown
      readonly code?: number
      readonly message?: unknown
    }) => void,
  ): void
  /** Where there is one: whoever does not answer any more does not answer a close either. */
  terminate?(): void
}

/** How long connecting and greeting may take. */
const WELCOME_WITHIN_MS = 10_000

const NORMAL = 1000

/** Opens one. Rejects with UNAUTHENTICATED where the token is not taken, NETWORK, TIMEOUT, or what the server says. */
export function openLink(options: SocketLinkOptions): Promise<SocketLink> {
  return new Promise((resolve, reject) => {
    const { traffic, token } = options
    let phase: 'connecting' | 'greeting' | 'open' | 'ended' = 'connecting'
    const socket = createSocket(options)

    const send = (message: ClientMessage): void => {
      if (phase === 'ended') return
      const text = JSON.stringify(message)
      traffic.sent(utf8ByteLength(text))
      liveness.sent()
      try {
        socket.send(text)
      } catch {
        // It is closing; that is told by its close.
      }
    }
    const leave = (): boolean => {
      if (phase === 'ended') return false
      phase = 'ended'
      cancelLimit()
      liveness.stop()
      return true
    }
    const end = (error: SyncError, isDead = false): void => {
      const isOpen = phase === 'open'
      if (!leave()) return
      if (isDead && socket.terminate !== undefined) socket.terminate()
      else socket.close(NORMAL)
      if (isOpen) options.onEnd(error)
      else reject(error)
    }
    const take = (message: CheckedServerMessage): void => {
      if (message.type === 'ping') send({ type: 'pong' })
      if (message.type === 'ping' || message.type === 'pong') return
      if (message.type === 'error' && message.id === undefined) end(errorOfMessage(message))
      else if (message.type === 'welcome') {
        phase = 'open'
        cancelLimit()
        resolve({
          send,
          close() {
            if (leave()) socket.close(NORMAL)
          },
        })
      } else options.onMessage(message as SubscriptionMessage)
    }
    const read = (data: unknown): CheckedServerMessage => {
      if (typeof data !== 'string') throw new TypeError('A message is text')
      const bytes = utf8ByteLength(data)
      traffic.received(bytes)
      if (bytes > MAX_SOCKET_MESSAGE_BYTES) throw new RangeError(`A message of ${bytes} bytes`)
      const message = checkServerMessage(JSON.parse(data))
      const isAnyTime = message.type === 'ping' || message.type === 'pong' || message.type === 'error'
      const isInTurn = message.type === 'welcome' ? phase === 'greeting' : isAnyTime || phase === 'open'
      if (!isInTurn) throw new TypeError(`${message.type} is out of turn`)
      if (message.type === 'page') withoutTexts(message.page.changes)
      return message
    }

    const liveness = watchLiveness(
      () => send({ type: 'ping' }),
      () => end(cutOff('Nothing was heard of the server for too long.'), true),
    )
    const cancelLimit = after(WELCOME_WITHIN_MS, () =>
      end(new SyncError('TIMEOUT', `The server did not say welcome within ${WELCOME_WITHIN_MS} ms.`), true),
    )
    socket.addEventListener('open', () => {
      if (phase !== 'connecting') return
      phase = 'greeting'
      send({ type: 'hello', protocol: PROTOCOL_VERSION, ...(token === null ? {} : { token }) })
    })
    socket.addEventListener('message', ({ data }) => {
      if (phase === 'ended') return
      liveness.heard()
      let message: CheckedServerMessage
      try {
        message = read(data)
      } catch (error) {
        end(cutOff('The server has sent something that is no message.', { cause: error }))
        return
      }
      take(message)
    })
    // A close always follows, and of the two only the error of some platforms says why.
    let reason: unknown
    socket.addEventListener('error', ({ message }) => (reason = message))
    socket.addEventListener('close', ({ code = 0 }) => {
      if (phase === 'open' || phase === 'greeting') end(errorOfClose(code))
      else
        end(
          cutOff(
            `No WebSocket could be opened${typeof reason === 'string' && reason !== '' ? `: ${reason}` : ''}.`,
          ),
        )
    })
  })
}

function createSocket({ WebSocket, url }: SocketLinkOptions): Socket {
  return new WebSocket(url, [SOCKET_PROTOCOL]) as Socket
}
