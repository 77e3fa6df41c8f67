/** A server over SQLite in memory, asked without a network. Tokens are the names of principals. */
import { sqliteAdapter } from '@synclayer/adapter-sqlite'
import type {
  BackendAdapter,
  LogLevel,
  Mutation,
  PullResponse,
  PushRequest,
  PushResponse,
  PushResult,
} from '@synclayer/core/adapter'
import { checkErrorBody } from '@synclayer/core/protocol'
import Database from 'better-sqlite3'
import type { Principal, SyncServer } from '../contract.ts'
import { createSyncServer } from '../create-sync-server.ts'
import type { SyncServerOptions } from '../options.ts'

export interface LabOptions extends Partial<SyncServerOptions> {
  /** What the adapter does in place of SQLite's. */
  readonly faults?: (whole: BackendAdapter) => Partial<BackendAdapter>
}

/** What was answered. */
export interface Answer<Body = unknown> {
  readonly status: number
  readonly headers: Headers
  readonly body: Body
}

export interface Asked {
  readonly token?: string | null
  readonly method?: string
  readonly headers?: Readonly<Record<string, string>>
  readonly signal?: AbortSignal
}

export interface ServerLab {
  readonly server: SyncServer
  /** The adapter behind the server, and behind its faults. */
  readonly adapter: BackendAdapter
  readonly logged: readonly string[]
  /** Asks as ada, if not told otherwise; with a body by POST. */
  ask<Body>(path: string, body?: unknown, asked?: Asked): Promise<Answer<Body>>
  /** The same with a body that is sent as it is. */
  send(
    path: string,
    body: string | Uint8Array<ArrayBuffer> | ReadableStream<Uint8Array> | null,
    asked?: Asked,
  ): Promise<Response>
  /** Pushes to scope `a` from its head; answers the results in the order of the mutations. */
  push(
    mutations: readonly Mutation[],
    request?: Partial<PushRequest>,
    asked?: Asked,
  ): Promise<readonly PushResult[]>
  pull(cursor?: string | null, asked?: Asked): Promise<PullResponse>
}

const TIME = '0198abcdef01-0000-00000000000000aa'

const PRINCIPALS: Readonly<Record<string, Principal>> = {
  ada: { id: 'ada', scopes: ['a'] },
  bob: { id: 'bob', scopes: ['a'] },
  eve: { id: 'eve', scopes: ['b'], revokedScopes: ['a'] },
  nil: { id: 'nil', scopes: [] },
  old: { id: 'old', scopes: ['a'], expiresAt: 1 },
}

/** A new record, by the n-th mutation of a client. */
export function put(n: number, more: Partial<Mutation> = {}, clientId = 'phone'): Mutation {
  const recordId = more.recordId ?? `r${n}`
  const head = { id: `${clientId}.${n}`, collection: 'todos', recordId, base: null, time: TIME, schema: 1 }
  return { ...head, kind: 'put', data: { id: recordId, text: 'Milk' }, ...more }
}

export function createServerLab({ faults, ...options }: LabOptions = {}): ServerLab {
  const adapter = sqliteAdapter({ database: new Database(':memory:') })
  const logged: string[] = []
  const server = createSyncServer({
    adapter: { ...adapter, ...faults?.(adapter) },
    authenticate: ({ token }) => (Object.hasOwn(PRINCIPALS, token ?? '') ? PRINCIPALS[token!]! : null),
    logger: {
      log: (level: LogLevel, message, details) => {
        const error = details?.['error']
        const cause = error instanceof Error ? `${String(error)} ${String(error.cause)}` : ''
        logged.push(`${level} ${message} ${JSON.stringify(details)} ${cause}`)
      },
    },
    ...options,
  })

  const send: ServerLab['send'] = (path, body, { token = 'ada', method, headers, signal } = {}) =>
    server.fetch(
      new Request(`http://sync.test${path}`, {
        method: method ?? (body === null ? 'GET' : 'POST'),
        headers: {
          ...(token === null ? {} : { Authorization: `Bearer ${token}` }),
          ...(body === null ? {} : { 'Content-Type': 'application/json' }),
          ...headers,
        },
        body,
        ...(signal === undefined ? {} : { signal }),
        ...(body instanceof ReadableStream ? { duplex: 'half' } : {}),
      }),
    )
  const ask = async <Body>(path: string, body?: unknown, asked?: Asked): Promise<Answer<Body>> => {
    const response = await send(path, body === undefined ? null : JSON.stringify(body), asked)
    return { status: response.status, headers: response.headers, body: (await response.json()) as Body }
  }
  const pull: ServerLab['pull'] = async (cursor = null, asked) => {
    const request = { scope: 'a', collections: [{ name: 'todos' }], cursor, limit: 1_000 }
    return (await ask<PullResponse>('/sync/pull', request, asked)).body
  }
  return {
    server,
    adapter,
    logged,
    ask,
    send,
    pull,
    async push(mutations, request, asked) {
      const { cursor, epoch } = await pull(null, asked)
      const clientId = mutations[0]?.id.replace(/\.\d+$/, '') ?? 'phone'
      const body = { scope: 'a', clientId, settled: 0, epoch, cursor, mutations, ...request }
      const { results } = (await ask<PushResponse>('/sync/push', body, asked)).body
      return mutations.map(({ id }) => results.find((result) => result.id === id)!)
    },
  }
}

/** A pull and a fetch of scope `a`. */
export const PULL = { scope: 'a', collections: [{ name: 'todos' }], cursor: null, limit: 10 } as const
export const FETCH = { scope: 'a', collection: 'todos', ids: ['r1'] } as const

/** Status and code of an answer. Throws where it is no sound error, or says something of what is behind the server. */
export async function refusal(answer: Response | Promise<Response>): Promise<string> {
  const response = await answer
  const text = await response.text()
  const { error } = checkErrorBody(JSON.parse(text))
  if (/stack|\.ts\b|at .*:\d|sqlite/i.test(text)) throw new Error(`It tells too much: ${text}`)
  if (response.headers.get('synclayer-protocol') !== '1') throw new Error('It does not tell its protocol')
  return `${response.status} ${error.code}`
}
