/** Short ways to use an adapter in a test. */
import type {
  AdapterContext,
  BackendAdapter,
  JsonObject,
  Mutation,
  PullRequest,
  PullResponse,
  PushResult,
} from '@synclayer/core/adapter'
import { randomBytes } from 'node:crypto'
import type { PostgresAdapterOptions } from '../options.ts'
import { postgresAdapter } from '../postgres-adapter.ts'

export const SIGNAL: AbortSignal = new AbortController().signal
export const TIME = '0198abcdef01-0000-00000000000000aa'

export function testContext(now: () => number = () => Date.now()): AdapterContext {
  return {
    collections: ['todos'],
    scopes: [],
    logger: { log: () => {} },
    clock: { now },
    random: { bytes: (length) => randomBytes(length), next: Math.random },
    traffic: { sent: () => {}, received: () => {} },
  }
}

/** An open adapter. */
export async function open(options: PostgresAdapterOptions, now?: () => number): Promise<BackendAdapter> {
  const adapter = postgresAdapter(options)
  await adapter.open(testContext(now))
  return adapter
}

export async function pull(
  adapter: BackendAdapter,
  cursor: string | null,
  request: Partial<PullRequest> = {},
): Promise<PullResponse> {
  return adapter.pull(
    { scope: 'default', collections: [{ name: 'todos' }], cursor, limit: 100, ...request },
    SIGNAL,
  )
}

/** All changes from a cursor to the head, and the cursor there. */
export async function pullAll(
  adapter: BackendAdapter,
  from: string | null = null,
  request: Partial<PullRequest> = {},
): Promise<PullResponse> {
  let page = await pull(adapter, from, request)
  const changes = [...page.changes]
  while (page.hasMore) {
    page = await pull(adapter, page.cursor, request)
    changes.push(...page.changes)
  }
  return { ...page, changes }
}

/** A create of `r<n>` with the id `<client>.<n>`. */
export function put(n: number, data: JsonObject = {}, client = 'c'): Mutation {
  const recordId = `r${n}`
  const head = { id: `${client}.${n}`, collection: 'todos', recordId, base: null, time: TIME, schema: 1 }
  return { ...head, kind: 'put', data: { ...data, id: recordId } }
}

/** Whose push it is; client `c` in the scope `default` when left out. */
interface PushAs {
  readonly clientId?: string
  readonly settled?: number
  readonly scope?: string
  readonly signal?: AbortSignal
}

/** Pushes from the head; answers the results. */
export async function pushAll(
  adapter: BackendAdapter,
  mutations: readonly Mutation[],
  { clientId = 'c', settled = 0, scope = 'default', signal = SIGNAL }: PushAs = {},
): Promise<readonly PushResult[]> {
  const { epoch, cursor } = await pull(adapter, null, { scope, limit: 0 })
  const { results } = await adapter.push({ scope, clientId, settled, epoch, cursor, mutations }, signal)
  return results
}

/** Pushes from the head; answers the statuses, or codes where there are any. */
export async function push(
  adapter: BackendAdapter,
  ...mutations: readonly Mutation[]
): Promise<readonly string[]> {
  const results = await pushAll(adapter, mutations)
  return results.map((result) => ('code' in result ? result.code : result.status))
}

/** The code a call rejects with, and whether it may be tried again. */
export async function codeOf(call: Promise<unknown>): Promise<string> {
  return call.then(
    () => 'resolved',
    (error: unknown) => {
      const { code, retryable } = error as { readonly code: string; readonly retryable: boolean }
      return `${code}${retryable ? ', retryable' : ''}`
    },
  )
}
