/** One HTTP request on its way through the faulty proxy. */
import { type IncomingMessage, request, type ServerResponse } from 'node:http'
import { setTimeout as delay } from 'node:timers/promises'
import type { Socket } from 'node:net'
import type { Fates } from './fates.ts'

/** A request as it came, read to its end. */
interface Asked {
  readonly method: string
  readonly path: string
  readonly headers: readonly string[]
  readonly body: Buffer
}

interface Answered {
  readonly status: number
  readonly headers: readonly string[]
  readonly body: Buffer
}

const LATE_MS = 800
const SLOW_MS = 80

/** Said by proxies in the server's place. */
const FOREIGN: readonly Answered[] = [
  answered(502, 'text/html', '<html><body><h1>502 Bad Gateway</h1></body></html>'),
  answered(503, 'text/plain', 'upstream connect error'),
  answered(200, 'text/html', '<html><body>Welcome! Please log in to the network.</body></html>'),
  answered(403, 'text/html', '<html><body>Blocked by policy.</body></html>'),
]

/** Answers a request as its fate says. */
export async function answerFaultily(
  port: number,
  fates: Fates,
  incoming: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const fate = fates.http()
  const asked = await readRequest(incoming)
  const { socket } = incoming
  switch (fate) {
    case 'pass':
      return give(response, await forward(port, asked))
    case 'slow': {
      await delay(fates.delayMs(SLOW_MS))
      const answer = await forward(port, asked)
      await delay(fates.delayMs(SLOW_MS))
      return give(response, answer)
    }
    case 'lost':
      return reset(socket)
    case 'answerLost':
      await forward(port, asked)
      return reset(socket)
    case 'late':
      reset(socket)
      await delay(fates.delayMs(LATE_MS))
      await forward(port, asked)
      return
    case 'twice': {
      const [first, second] = await Promise.all([forward(port, asked), forward(port, asked)])
      return give(response, fates.delayMs(2) === 0 ? first : second)
    }
    case 'again':
      give(response, await forward(port, asked))
      await delay(fates.delayMs(LATE_MS))
      await forward(port, asked)
      return
    case 'cut':
      return giveHalf(response, socket, await forward(port, asked))
    case 'clipped': {
      const answer = await forward(port, asked)
      return give(response, { ...answer, body: answer.body.subarray(0, answer.body.length / 2) })
    }
    case 'foreign':
      return give(response, FOREIGN[fates.delayMs(FOREIGN.length)]!)
    case 'silence':
      // The client gives up by itself.
      return
  }
}

/** The connection is gone at once, as if a cable were cut. */
export function reset(socket: Socket): void {
  if (!socket.destroyed) socket.resetAndDestroy()
}

async function readRequest(incoming: IncomingMessage): Promise<Asked> {
  const chunks: Buffer[] = []
  for await (const chunk of incoming) chunks.push(chunk as Buffer)
  return {
    method: incoming.method ?? 'GET',
    path: incoming.url ?? '/',
    headers: incoming.rawHeaders,
    body: Buffer.concat(chunks),
  }
}

/** Asks the server. Rejects where it cannot be reached, or breaks off. */
async function forward(port: number, asked: Asked): Promise<Answered> {
  const { method, path, headers, body } = asked
  const outgoing = request({ host: '127.0.0.1', port, method, path, agent: false })
  for (const [name, value] of pairsOf(headers)) outgoing.setHeader(name, value)
  outgoing.setHeader('Content-Length', body.length)
  const arrived = new Promise<IncomingMessage>((resolve, reject) => {
    outgoing.once('response', resolve).once('error', reject)
  })
  outgoing.end(body)
  const answer = await arrived
  const chunks: Buffer[] = []
  for await (const chunk of answer) chunks.push(chunk as Buffer)
  return { status: answer.statusCode ?? 502, headers: answer.rawHeaders, body: Buffer.concat(chunks) }
}

function give(response: ServerResponse, answer: Answered): void {
  writeHead(response, answer)
  response.end(answer.body)
}

/** The length that is told is that of the whole. */
function giveHalf(response: ServerResponse, socket: Socket, answer: Answered): void {
  writeHead(response, answer)
  response.write(answer.body.subarray(0, answer.body.length / 2), () => reset(socket))
}

function writeHead(response: ServerResponse, { status, headers, body }: Answered): void {
  response.statusCode = status
  for (const [name, value] of pairsOf(headers)) response.setHeader(name, value)
  response.setHeader('Content-Length', body.length)
}

/** Headers of one connection say nothing of the next. */
function pairsOf(headers: readonly string[]): readonly (readonly [string, string])[] {
  const pairs: [string, string][] = []
  for (let at = 0; at < headers.length; at += 2) {
    const name = headers[at]!
    if (!/^(connection|keep-alive|transfer-encoding|content-length)$/i.test(name)) {
      pairs.push([name, headers[at + 1]!])
    }
  }
  return pairs
}

function answered(status: number, type: string, text: string): Answered {
  return { status, headers: ['Content-Type', type], body: Buffer.from(text) }
}
