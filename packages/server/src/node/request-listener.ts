/** A listener for the `request` event of node:http. */
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { SyncServer } from '../contract.ts'
import { toRequest } from './node-request.ts'
import { sendResponse } from './node-response.ts'

/** A listener for the `request` event of a node:http server, and a handler for Express. */
export type RequestListener = (incoming: IncomingMessage, outgoing: ServerResponse) => void

/** Who still sends a body when it has been answered is listened to for so long, so that the answer is not lost. */
const LINGER_MS = 2_000

/** Answers requests by the server's `fetch`. */
export function createRequestListener(server: Pick<SyncServer, 'fetch'>): RequestListener {
  const answer = async (incoming: IncomingMessage, outgoing: ServerResponse): Promise<void> => {
    const aborter = new AbortController()
    outgoing.once('close', () => {
      if (!outgoing.writableFinished) aborter.abort()
    })
    const request = toRequest(incoming, aborter.signal)
    const response = request === null ? new Response(null, { status: 400 }) : await server.fetch(request)
    await sendResponse(response, outgoing)
    if (!incoming.complete) linger(incoming)
  }
  return (incoming, outgoing) => {
    answer(incoming, outgoing).catch(() => outgoing.destroy())
  }
}

/** Takes what is still coming, and ends the connection if it does not stop. */
function linger(incoming: IncomingMessage): void {
  const timer = setTimeout(() => incoming.destroy(), LINGER_MS)
  incoming.once('close', () => clearTimeout(timer))
  // Who read it so far would only pause it again, and an answered connection be cut off under its next request.
  incoming.removeAllListeners('data')
  incoming.resume()
}
