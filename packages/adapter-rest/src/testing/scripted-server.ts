/** A server that answers as a test says, however wrong. */
import { once } from 'node:events'
import { createServer, type IncomingHttpHeaders, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { gunzipSync } from 'node:zlib'
import type { AdapterContext } from '@synclayer/core/adapter'
import { onTestFinished } from 'vitest'
import { type WebSocket, WebSocketServer } from 'ws'

export interface Received {
  readonly method: string
  readonly path: string
  readonly headers: IncomingHttpHeaders
  /** After decompression. */
  readonly body: string
  /** As it came. */
  readonly bytes: number
}

export interface ScriptedServer {
  readonly url: string
  readonly received: Received[]
}

export type Script = (request: Received, response: ServerResponse) => void

/** Serves until the test has finished. */
export async function scriptServer(
  script: Script,
  onSocket?: (socket: WebSocket) => void,
): Promise<ScriptedServer> {
  const received: Received[] = []
  const server = createServer((incoming, response) => {
    const chunks: Buffer[] = []
    incoming.on('data', (chunk: Buffer) => chunks.push(chunk))
    incoming.on('end', () => {
      const whole = Buffer.concat(chunks)
      const { method = '', url = '', headers } = incoming
      const body = headers['content-encoding'] === 'gzip' ? gunzipSync(whole) : whole
      const request = { method, path: url, headers, body: body.toString(), bytes: whole.length }
      received.push(request)
      script(request, response)
    })
  })
  if (onSocket !== undefined) {
    const sockets = new WebSocketServer({ server, path: '/sync/ws' })
    sockets.on('connection', onSocket)
  }
  await once(server.listen(0, '127.0.0.1'), 'listening')
  onTestFinished(() => {
    server.closeAllConnections()
    server.close()
  })
  const { port } = server.address() as AddressInfo
  return { url: `http://127.0.0.1:${port}`, received }
}

/** Answers JSON. */
export function answerJson(
  response: ServerResponse,
  body: unknown,
  status = 200,
  headers: Record<string, string> = {},
): void {
  response.writeHead(status, { 'Content-Type': 'application/json', ...headers }).end(JSON.stringify(body))
}

/** What adapters are opened with, and what they told of their traffic. */
export function createContext(): AdapterContext & { readonly counted: { sent: number; received: number } } {
  const counted = { sent: 0, received: 0 }
  return {
    counted,
    collections: ['todos'],
    scopes: [],
    logger: { log: () => undefined },
    clock: { now: () => Date.parse('2026-11-25T14:00:00Z') },
    random: { bytes: (length) => new Uint8Array(length), next: () => 0.5 },
    traffic: {
      sent: (bytes) => void (counted.sent += bytes),
      received: (bytes) => void (counted.received += bytes),
    },
  }
}
