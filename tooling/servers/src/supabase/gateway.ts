/** What stands before the services of a project: asks for the key, lets browsers of any origin in, and passes requests on. */
import { Agent, createServer, type IncomingMessage, request as ask, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Duplex } from 'node:stream'
import { verifyToken } from './tokens.ts'

/** An answer in place of the service's; `status` 0: the connection breaks without one. */
export interface Fault {
  readonly status: number
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: string
  /** The service has the request all the same, and its own answer is lost. */
  readonly isPassed?: boolean
}

export interface Gateway {
  readonly url: string
  /** What goes wrong, asked for every request; null: nothing does. */
  setFault(fault: ((request: IncomingMessage) => Fault | null) | null): void
  close(): Promise<void>
}

export interface GatewayOptions {
  /** PostgREST, without a slash at its end. */
  readonly restUrl: string
  readonly jwtSecret: string
  /** Takes requests for `/realtime/v1/websocket`. */
  readonly upgrade: (request: IncomingMessage, socket: Duplex, head: Buffer) => void
}

const REST = '/rest/v1'

export async function startGateway({ restUrl, jwtSecret, upgrade }: GatewayOptions): Promise<Gateway> {
  const agent = new Agent({ keepAlive: true })
  let faultOf: Parameters<Gateway['setFault']>[0] = null

  const passOn = (request: IncomingMessage, response: ServerResponse, fault: Fault | null): void => {
    const { apikey, authorization, ...headers } = request.headers
    const target = new URL(restUrl + request.url!.slice(REST.length))
    const onward = ask(target, {
      agent,
      method: request.method ?? 'GET',
      headers: {
        ...headers,
        host: target.host,
        apikey,
        authorization: authorization ?? `Bearer ${String(apikey)}`,
      },
    })
    onward.on('response', (answer) => {
      if (fault !== null) {
        answer.resume().on('end', () => answerWith(response, fault))
        return
      }
      response.writeHead(answer.statusCode ?? 502, { ...answer.headers, ...CORS })
      answer.pipe(response)
    })
    onward.on('error', () => answerWith(response, { status: 502, body: 'Bad Gateway' }))
    response.on('close', () => onward.destroy())
    request.pipe(onward)
  }

  const server = createServer((request, response) => {
    if (request.method === 'OPTIONS') {
      const asked = request.headers['access-control-request-headers'] ?? '*'
      response.writeHead(200, { ...CORS, 'access-control-allow-headers': asked }).end()
      return
    }
    if (request.url?.startsWith(`${REST}/`) !== true) return answerWith(response, { status: 404 })
    const key = request.headers['apikey']
    if (key === undefined) return answerWith(response, complaint('No API key found in request'))
    if ('refusal' in verifyToken(String(key), jwtSecret, Date.now()))
      return answerWith(response, complaint('Invalid API key'))
    const fault = faultOf?.(request) ?? null
    if (fault === null || fault.isPassed === true) passOn(request, response, fault)
    else answerWith(response, fault)
  })
  server.on('upgrade', (request: IncomingMessage, socket: Duplex, head: Buffer) => {
    if (request.url?.startsWith('/realtime/v1/websocket') === true) upgrade(request, socket, head)
    else socket.destroy()
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))

  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    setFault(fault) {
      faultOf = fault
    },
    async close() {
      const closed = new Promise((resolve) => server.close(resolve))
      server.closeAllConnections()
      agent.destroy()
      await closed
    },
  }
}

const CORS = {
  'access-control-allow-origin': '*',
  'access-control-allow-methods': 'GET, HEAD, PUT, PATCH, POST, DELETE, OPTIONS',
}

function answerWith(response: ServerResponse, { status, headers, body }: Fault): void {
  if (status === 0) response.destroy()
  else response.writeHead(status, { 'content-type': 'text/plain', ...CORS, ...headers }).end(body ?? '')
}

function complaint(message: string): Fault {
  const hint = 'Double check your Supabase `anon` or `service_role` API key.'
  return {
    status: 401,
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ message, hint }),
  }
}
