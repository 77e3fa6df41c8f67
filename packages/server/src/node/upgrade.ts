/** WebSockets of node:http, by `ws`. */
import { SOCKET_PROTOCOL } from '@synclayer/core/protocol'
import { type IncomingHttpHeaders, type IncomingMessage, STATUS_CODES } from 'node:http'
import type { Duplex } from 'node:stream'
import { type ServerOptions, type WebSocket, WebSocketServer } from 'ws'
import type { RequestHead, SyncServer } from '../contract.ts'

/** A listener for the `upgrade` event of a node:http server. */
export type UpgradeListener = (request: IncomingMessage, socket: Duplex, head: Buffer) => void

/**
 * Larger messages are cut off with 1009 before they are read; between this and what the protocol allows, the client is
 * told so in its own words.
 */
const MAX_PAYLOAD_BYTES = 2 * 1024 * 1024

/** Who does not answer a close for so long is cut off. */
const CLOSE_WITHIN_MS = 10_000

/** What the server answers to a request for a socket that is not one: it may be upgraded. */
const UPGRADE_REQUIRED = 426

const SOCKETS: ServerOptions & { readonly closeTimeout: number } = {
  noServer: true,
  clientTracking: false,
  maxPayload: MAX_PAYLOAD_BYTES,
  // A window for each socket is memory for each socket, and pages are small or rare.
  perMessageDeflate: false,
  closeTimeout: CLOSE_WITHIN_MS,
  handleProtocols: () => SOCKET_PROTOCOL,
}

/**
 * Takes requests for `GET /sync/ws` over. Whether one may become a socket is asked of the server itself, as a plain
 * request: it answers 426 where it may; every other answer is given to the client as it is.
 */
export function createUpgradeListener(server: Pick<SyncServer, 'connect' | 'fetch'>): UpgradeListener {
  const sockets = new WebSocketServer(SOCKETS)

  const upgrade = async (request: IncomingMessage, socket: Duplex, head: Buffer): Promise<void> => {
    const asked = headOf(request)
    if (asked === null) {
      refuse(socket, new Response(null, { status: 400 }), '')
      return
    }
    const { url } = asked
    const answer = await server.fetch(new Request(url, { headers: headersOf(request.headers) }))
    if (answer.status !== UPGRADE_REQUIRED) refuse(socket, answer, await answer.text())
    else if (!offersProtocol(request)) {
      refuse(
        socket,
        new Response(null, { status: 400 }),
        `The subprotocol ${SOCKET_PROTOCOL} is to be offered`,
      )
    } else sockets.handleUpgrade(request, socket, head, (accepted) => attach(server, accepted, asked))
  }

  return (request, socket, head) => {
    const destroy = (): void => void socket.destroy()
    socket.on('error', destroy)
    upgrade(request, socket, head)
      .catch(destroy)
      .finally(() => socket.off('error', destroy))
  }
}

function attach(server: Pick<SyncServer, 'connect'>, socket: WebSocket, head: RequestHead): void {
  const taken = (): void => {
    if (socket.bufferedAmount === 0) handler.drained()
  }
  const handler = server.connect(
    {
      send: (text) => socket.send(text, taken),
      close: (code, reason) => socket.close(code, reason),
      get bufferedBytes() {
        return socket.bufferedAmount
      },
    },
    head,
  )
  // A binary frame is no message, as an empty text is none.
  socket.on('message', (data: Buffer, isBinary) => handler.message(isBinary ? '' : data.toString()))
  socket.on('close', () => handler.closed())
  // What broke it is not ours; that it is closed follows.
  socket.on('error', () => undefined)
}

/** Null where no URL can be made of it. */
function headOf({ method = 'GET', url = '/', headers, socket }: IncomingMessage): RequestHead | null {
  const scheme = 'encrypted' in socket ? 'https' : 'http'
  const address = `${scheme}://${headers.host ?? ''}${url}`
  if (!URL.canParse(address)) return null
  return {
    method,
    url: new URL(address),
    header: (name) => {
      const value = headers[name.toLowerCase()]
      return (Array.isArray(value) ? value.join(', ') : value) ?? null
    },
  }
}

function headersOf(headers: IncomingHttpHeaders): Headers {
  const copy = new Headers()
  for (const [name, value] of Object.entries(headers)) {
    // The answer is passed on as text.
    if (value !== undefined && name !== 'accept-encoding')
      copy.set(name, Array.isArray(value) ? value.join(', ') : value)
  }
  return copy
}

function offersProtocol({ headers }: IncomingMessage): boolean {
  const offered = headers['sec-websocket-protocol'] ?? ''
  return offered.split(',').some((name) => name.trim() === SOCKET_PROTOCOL)
}

function refuse(socket: Duplex, { status, headers }: Response, body: string): void {
  const lines = [...headers].filter(([name]) => name !== 'content-length' && name !== 'connection')
  lines.push(['content-length', String(Buffer.byteLength(body))], ['connection', 'close'])
  const head = lines.map(([name, value]) => `${name}: ${value}\r\n`).join('')
  socket.end(`HTTP/1.1 ${status} ${STATUS_CODES[status] ?? ''}\r\n${head}\r\n${body}`)
}
