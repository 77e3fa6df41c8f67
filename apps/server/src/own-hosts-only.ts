/**
 * For a server that is open to whoever is on this machine: requests that name it, and no others.
 *
 * A page may have its own name lead to 127.0.0.1 (DNS rebinding). Then the browser takes this server for the page's own,
 * and only the name it asks for tells.
 */
import type { SyncServer } from '@synclayer/server'
import { isLoopback } from './loopback.ts'

const REFUSAL = {
  error: {
    code: 'FORBIDDEN',
    message: 'This server answers only to the names of its own machine',
  },
}

export function ownHostsOnly(server: SyncServer): SyncServer {
  return {
    // Sockets are asked for by a request too.
    fetch: (request) =>
      isLoopback(new URL(request.url).hostname)
        ? server.fetch(request)
        : Promise.resolve(Response.json(REFUSAL, { status: 403 })),
    connect: (socket, head) => server.connect(socket, head),
    ready: () => server.ready(),
    close: () => server.close(),
  }
}
