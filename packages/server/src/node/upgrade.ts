/** WebSockets of node:http, by `ws`. */
import { SOCKET_PROTOCOL } from '@synclayer/core/protocol'
import { type IncomingMessage, STATUS_CODES } from 'node:http'
import type { Duplex } from 'node:stream'
import { type ServerOptions, type WebSocket, WebSocketServer } from 'ws'
import type { RequestHead, SyncServer } from '../contract.ts'
import { headOf } from '../http/request-head.ts'
import { toRequest } from './node-request.ts'

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

  const upgrade = async (incoming: IncomingMessage, socket: Duplex, head: Buffer): Promise<void> => {
    const aborter = new AbortController()
    const abort = (): void => aborter.abort()
    socket.once('close', abort)
    const request = toRequest(incoming, aborter.signal)
    const answer = request === null ? badRequest('The request cannot be read') : await server.fetch(request)
    // The connection outlives the request by far, and is not to hold it.
    socket.off('close', abort)
    if (request === null || answer.status !== UPGRADE_REQUIRED) await refuse(socket, answer)
    else if (!offersProtocol(request)) {
      await refuse(socket, badRequest(`The subprotocol ${SOCKET_PROTOCOL} is to be offered`))
    } else
      sockets.handleUpgrade(incoming, socket, head, (accepted) => attach(server, accepted, headOf(request)))
  }

  return (request, socket, head) => {
    const destroy = (): void => void socket.destroy()
    socket.on('error', destroy)
    upgrade(request, socket, head).catch(destroy)
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

function offersProtocol({ headers }: Request): boolean {
  const offered = headers.get('sec-websocket-protocol') ?? ''
  return offered.split(',').some((name) => name.trim() === SOCKET_PROTOCOL)
}

function badRequest(message: string): Response {
  return Response.json({ error: { code: 'PROTOCOL', message } }, { status: 400 })
}

/** Gives the client an answer of HTTP in place of a socket. */
async function refuse(socket: Duplex, answer: Response): Promise<void> {
  const body = Buffer.from(await answer.arrayBuffer())
  const headers = [...answer.headers].filter(([name]) => name !== 'content-length' && name !== 'connection')
  headers.push(['content-length', String(body.length)], ['connection', 'close'])
  const lines = headers.map(([name, value]) => `${name}: ${value}\r\n`)
  const { status } = answer
  socket.write(`HTTP/1.1 ${status} ${STATUS_CODES[status] ?? ''}\r\n${lines.join('')}\r\n`)
  socket.end(body)
}
