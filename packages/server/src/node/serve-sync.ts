import { SyncError } from '@synclayer/core/adapter'
import { once } from 'node:events'
import { createServer, type Server } from 'node:http'
import { type AddressInfo, Server as NetServer } from 'node:net'
import { trackConnections } from './connections.ts'
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
  const http = createServer(
    {
      headersTimeout: checked.headersMs,
      requestTimeout: checked.requestMs,
      keepAliveTimeout: checked.keepAliveMs,
      connectionsCheckingInterval: Math.min(LOOK_EVERY_MS, checked.headersMs, checked.requestMs),
    },
    createRequestListener(server),
  )
  http.on('upgrade', createUpgradeListener(server))
  const connections = trackConnections(http)
  await listen(http, checked)
  const { port, address } = http.address() as AddressInfo
  let closing: Promise<void> | undefined

  const close = async (): Promise<void> => {
    const closed = once(http, 'close')
    // The port alone is given up: what http.close() does besides would cut answers short.
    NetServer.prototype.close.call(http)
    connections.end()
    const timer = setTimeout(connections.destroy, checked.closeMs)
    await server.close()
    await closed
    clearTimeout(timer)
    // Now there is nothing to cut short, and it no longer looks for connections that are too slow.
    http.close()
  }

  return { url: urlOf(address, port), port, close: () => (closing ??= close()) }
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
