/** Requests as any program could make them, and what every answer must be, whatever was asked. */
import {
  type BackendAdapter,
  isErrorCode,
  type PullResponse,
  type PushResponse,
  type RemoteRecord,
  SyncError,
} from '@synclayer/core/adapter'
import type { ErrorBody } from '@synclayer/core/protocol'
import { assert, assertEqual } from '../expect.ts'
import { assertMatches, type SchemaName } from './schemas.ts'
import type { ServerUnderTest } from './server-under-test.ts'

/** One request. */
export interface Call {
  /** POST where there is a body, else GET, unless told. */
  readonly method?: string
  /** Below the base address: `/sync/push`. */
  readonly path: string
  /** Null sends none; left out, the one of the server under test. */
  readonly token?: string | null
  /** Null takes one away that the suite would send. */
  readonly headers?: Readonly<Record<string, string | null>>
  /** Sent as JSON. */
  readonly body?: unknown
  /** Sent as it is, instead. */
  readonly raw?: string | Uint8Array
}

export interface Answer {
  readonly status: number
  readonly headers: Headers
  readonly text: string
  /** Undefined where the text is no JSON. */
  readonly json: unknown
}

/** What a server gives a client, less what no client needs here. */
export type Endpoint = Pick<BackendAdapter, 'push' | 'pull' | 'fetch'>

/** The messages that come with 200, by method and path. */
const SCHEMAS: Readonly<Record<string, SchemaName>> = {
  'GET /sync': 'hello',
  'POST /sync/push': 'push-response',
  'POST /sync/pull': 'pull-response',
  'POST /sync/fetch': 'fetch-response',
  'GET /sync/todos': 'simple-page',
  'POST /sync/todos': 'simple-result',
}

/** Frames of stack traces, of JavaScript and others, and paths into a server's insides. */
const LEAKS = [
  /(?:\\n|\n)\s+at \S/,
  /(?:file:\/\/|[\w.]\/)[^\s"]*:\d+:\d+/,
  /Traceback \(most recent/,
  /goroutine \d+ \[/,
  /node_modules/,
]

/** Sends it, and holds the answer against what is promised of every answer. */
export async function send(server: ServerUnderTest, call: Call): Promise<Answer> {
  const { method = call.body === undefined && call.raw === undefined ? 'GET' : 'POST', path } = call
  const body = call.raw ?? (call.body === undefined ? undefined : JSON.stringify(call.body))
  const response = await fetch(addressOf(server, path), {
    method,
    headers: headersOf(server, call, body !== undefined),
    redirect: 'error',
    ...(body === undefined ? {} : { body: body as string | Uint8Array<ArrayBuffer> }),
  })
  const text = await response.text()
  const answer = { status: response.status, headers: response.headers, text, json: parse(text) }
  assertSound(`${method} ${path.replace(/\?.*/, '')}`, answer)
  return answer
}

/** Fails unless the answer has this status, and this code in its body. */
export function assertRefused(answer: Answer, status: number, codes: string | readonly string[]): void {
  assertEqual(answer.status, status, `status of ${answer.text.slice(0, 200)}`)
  const { code } = (answer.json as ErrorBody).error
  assert([codes].flat().includes(code), `Expected ${String(codes)} in the body, got ${answer.text}`)
}

/** The same server as the suites of adapters see one: refusals are thrown, with the code of their body. */
export function endpointOf(server: ServerUnderTest, token?: string | null): Endpoint {
  const post = async (path: string, body: unknown): Promise<unknown> => {
    const answer = await send(server, { path, body, ...(token === undefined ? {} : { token }) })
    if (answer.status === 200) return answer.json
    const { code, message } = (answer.json as ErrorBody).error
    assert(isErrorCode(code), `The code ${String(code)}`)
    throw new SyncError(code, `${path} was answered with ${answer.status}: ${message}`)
  }
  return {
    push: async (request) => (await post('/sync/push', request)) as PushResponse,
    pull: async (request) => (await post('/sync/pull', request)) as PullResponse,
    fetch: async (request) => (await post('/sync/fetch', request)) as readonly RemoteRecord[],
  }
}

/** Where that path is, with the scheme changed from http to ws for sockets. */
export function addressOf({ url }: ServerUnderTest, path: string): string {
  return `${url.replace(/\/$/, '')}${path}`
}

function headersOf(server: ServerUnderTest, call: Call, hasBody: boolean): Record<string, string> {
  const token = call.token === undefined ? server.token : call.token
  const headers: Record<string, string | null> = {
    ...(token === null ? {} : { authorization: `Bearer ${token}` }),
    ...(hasBody ? { 'content-type': 'application/json' } : {}),
    ...call.headers,
  }
  return Object.fromEntries(
    Object.entries(headers).flatMap(([name, value]) => (value === null ? [] : [[name, value]])),
  )
}

function assertSound(what: string, answer: Answer): void {
  for (const leak of LEAKS)
    assert(!leak.test(answer.text), `${what} leaks its insides: ${answer.text.slice(0, 500)}`)
  if (!/^\w+ \/sync(?:\/|$)/.test(what)) return
  const promised = answer.headers.get('synclayer-protocol')
  assertEqual(promised, '1', `header Synclayer-Protocol of ${what}, answered with ${answer.status}`)
  const type = answer.headers.get('content-type') ?? 'none'
  assert(/^application\/json(?:;|$)/i.test(type), `${what} was answered in the type ${type}`)
  const schema = answer.status === 200 ? SCHEMAS[what] : 'error-body'
  if (schema !== undefined) assertMatches(schema, answer.json, `The answer ${answer.status} to ${what}`)
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
