/** Adapters that are opened, and what is asked of them. */
import type { BackendAdapter, Mutation, PullResponse, PushResult } from '@synclayer/core/adapter'
import { isSyncError } from '@synclayer/core/adapter'
import { onTestFinished } from 'vitest'
import type { SupabaseAdapterOptions } from '../options.ts'
import { supabaseAdapter } from '../supabase-adapter.ts'
import { createContext } from './context.ts'

export const SIGNAL: AbortSignal = new AbortController().signal
export const COLLECTIONS = [{ name: 'todos' }] as const
const TIME = '0198abcdef01-0000-00000000000000aa'

/** Opens an adapter, and closes it when the test has finished. */
export async function openAdapter(options: SupabaseAdapterOptions): Promise<BackendAdapter> {
  const adapter = supabaseAdapter(options)
  onTestFinished(() => adapter.close())
  await adapter.open(createContext())
  return adapter
}

export function pull(
  adapter: BackendAdapter,
  scope: string,
  cursor: string | null = null,
): Promise<PullResponse> {
  return adapter.pull({ scope, collections: COLLECTIONS, cursor, limit: 100 }, SIGNAL)
}

/** A new record of a client. */
export function put(recordId: string, n: number, clientId = 'c'): Mutation {
  const head = { id: `${clientId}.${n}`, collection: 'todos', recordId, base: null, time: TIME, schema: 1 }
  return { ...head, kind: 'put', data: { id: recordId } }
}

/** Pushes from the head. */
export async function push(
  adapter: BackendAdapter,
  scope: string,
  mutations: readonly Mutation[],
  settled = 0,
): Promise<readonly PushResult[]> {
  const { epoch, cursor } = await pull(adapter, scope)
  const clientId = mutations[0]?.id.replace(/\.[0-9]+$/, '') ?? 'c'
  const request = { scope, clientId, settled, epoch, cursor, mutations }
  return (await adapter.push(request, SIGNAL)).results
}

/** What a call rejects with, or what it answers. */
export function codeOf(call: Promise<unknown>): Promise<unknown> {
  return call.catch((error: unknown) => (isSyncError(error) ? error.code : error))
}
