/** Calls on an adapter as tests make them: short to write, and short to compare. */
import {
  type AdapterContext,
  type BackendAdapter,
  isSyncError,
  type Mutation,
  type PullResponse,
  type PushResult,
} from '@synclayer/core/adapter'
import { randomBytes } from 'node:crypto'

const SIGNAL = new AbortController().signal
const SCOPE = 'default'
const COLLECTIONS = [{ name: 'todos' }]
const TIME = '0198abcdef01-0000-00000000000000aa'

/** What adapters are opened with. */
export function context(now: () => number = () => Date.now()): AdapterContext {
  return {
    collections: ['todos'],
    scopes: [],
    logger: { log: () => {} },
    clock: { now },
    random: { bytes: (length) => randomBytes(length), next: Math.random },
    traffic: { sent: () => {}, received: () => {} },
  }
}

export function pull(adapter: BackendAdapter, cursor: string | null, limit = 1_000): Promise<PullResponse> {
  return adapter.pull({ scope: SCOPE, collections: COLLECTIONS, cursor, limit }, SIGNAL)
}

/** A create of record `r<n>` by client `c`, as its mutation `n`. */
export function put(n: number, data: Readonly<Record<string, unknown>> = {}, client = 'c'): Mutation {
  const recordId = `r${n}`
  const head = { id: `${client}.${n}`, collection: 'todos', recordId, base: null, time: TIME, schema: 1 }
  return { ...head, kind: 'put', data: { ...data, id: recordId } as never }
}

/** Pushes from the head. */
export async function push(
  adapter: BackendAdapter,
  mutations: readonly Mutation[],
  { settled = 0, client = 'c' }: { readonly settled?: number; readonly client?: string } = {},
): Promise<readonly PushResult[]> {
  const { epoch, cursor } = await pull(adapter, null, 0)
  const request = { scope: SCOPE, clientId: client, settled, epoch, cursor, mutations }
  return (await adapter.push(request, SIGNAL)).results
}

/** Pushes from the head; answers the statuses, or codes where there are any. */
export async function outcomes(
  adapter: BackendAdapter,
  ...mutations: readonly Mutation[]
): Promise<readonly string[]> {
  return (await push(adapter, mutations)).map((result) => ('code' in result ? result.code : result.status))
}

/** The code a call rejects with, and whether it is worth trying again. */
export function codeOf(call: Promise<unknown>): Promise<unknown> {
  return call.then(
    () => 'resolved',
    (error: unknown) => {
      if (!isSyncError(error)) return error
      return `${error.code}${error.retryable ? ', retryable' : ''}`
    },
  )
}
