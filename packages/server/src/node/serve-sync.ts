import { SyncError } from '@synclayer/core/adapter'
import { createServer, type Server } from 'node:http'
import type { AddressInfo, Socket } from 'node:net'
import { checkServeOptions, type ServeOptions } from './serve-options.ts'
import { createRequestListener } from './request-listener.ts'
import { createUpgradeListener } from './upgrade.ts'

export type { ServeOptions } from './serve-options.ts'

/** A server that listens. */
export interface Serving {
  /** Where it is reached from this machine, such as `http://127.0.0.1:8787`. */
  readonly url: string
  readonly port: number
  /**
   * Takes no new connections, answers what was begun, closes sockets with 1001, and then the server it serves. Who does
   * not take his answer in time is cut off. Safe to call twice.
   */
  close(): Promise<void>
}

/** How often connections are looked at for whether they are too slow, at least. */
const LOOK_EVERY_MS = 1_000

/**
 * Serves HTTP and WebSockets by node:http. Throws INVALID_OPTION for an unsound option; rejects with NETWORK where the port
 * cannot be had.
 */
export async function serveSync(options: ServeOptions): Promise<Serving> {
  const checked = checkServeOptions(options)
  const { server } = checked
  const listener = createRequestListener(server)
  let isClosing = false
  const http = createServer(
    {
      headersTimeout: checked.headersMs,
      requestTimeout: checked.requestMs,
      keepAliveTimeout: checked.keepAliveMs,
      connectionsCheckingInterval: Math.min(LOOK_EVERY_MS, checked.headersMs, checked.requestMs),
    },
    (incoming, outgoing) => {
      // What was begun is answered; the connection is not kept for more.
      if (isClosing) outgoing.shouldKeepAlive = false
      listener(incoming, outgoing)
    },
  )
  http.on('upgrade', createUpgradeListener(server))
  const sockets = trackSockets(http, () => isClosing)
  await listen(http, checked)
  const { port, address } = http.address() as AddressInfo
  let closing: Promise<void> | undefined

  const close = async (): Promise<void> => {
    isClosing = true
    const closed = new Promise<void>((resolve) => http.close(() => resolve()))
    const timer = setTimeout(() => sockets.all.forEach((socket) => socket.destroy()), checked.closeMs)
    // Browsers and pools open connections for requests that may never come; Node does not count these as idle.
    for (const socket of sockets.unused) socket.destroy()
    await server.close()
    http.closeIdleConnections()
    await closed
    clearTimeout(timer)
  }

  return { url: urlOf(address, port), port, close: () => (closing ??= close()) }
}

/** All connections, and those that no request has come over yet. None is taken any more while the server closes. */
function trackSockets(
  http: Server,
  isClosing: () => boolean,
): {
  readonly all: ReadonlySet<Socket>
  readonly unused: ReadonlySet<Socket>
} {
  const all = new Set<Socket>()
  const unused = new Set<Socket>()
  http.on('connection', (socket) => {
    // It was accepted before the port was given up, and told of only now.
    if (isClosing()) socket.destroy()
    all.add(socket)
    unused.add(socket)
    socket.once('close', () => {
      all.delete(socket)
      unused.delete(socket)
    })
  })
  for (const event of ['request', 'upgrade']) {
    http.on(event, ({ socket }: { readonly socket: Socket }) => unused.delete(socket))
  }
  return { all, unused }
}

function listen(
  http: Server,
  { port, host }: { readonly port: number; readonly host: string },
): Promise<void> {
  return new Promise((resolve, reject) => {
    const fail = (cause: Error): void => {
      reject(new SyncError('NETWORK', `Cannot listen on ${host}, port ${port}: ${cause.message}`, { cause }))
    }
    http.once('error', fail)
    http.listen(port, host, () => {
      http.off('error', fail)
      resolve()
    })
  })
}

/** An address that stands for all of the machine's is reached by its own. */
function urlOf(address: string, port: number): string {
  const host = address === '0.0.0.0' || address === '::' ? 'localhost' : address
  return `http://${host.includes(':') ? `[${host}]` : host}:${port}`
}
