/** Whether the backend answers. Anyone may ask, so it is asked itself at most once a second. */
import type { BackendAdapter } from '@synclayer/core/adapter'
import { callAdapter, type CallOptions } from '../operations/adapter-call.ts'
import { HttpError } from './http-error.ts'

export interface ReadinessDeps extends CallOptions {
  readonly adapter: BackendAdapter
  readonly collections: readonly string[] | null
  /** Resolves once the adapter is open; rejects where it cannot be opened. */
  ready(): Promise<void>
}

/** An answer counts for so long. */
const COUNTS_FOR_MS = 1_000

/** The function rejects with 503 where the server cannot serve. */
export function createReadiness(deps: ReadinessDeps): () => Promise<void> {
  const { adapter, collections, timers } = deps
  let known: Promise<void> | undefined

  /** A read of a record that is not there, in a scope of nobody's. */
  const look = async (): Promise<void> => {
    const request = { scope: 'ready', collection: collections?.[0] ?? 'ready', ids: ['ready'] }
    try {
      await deps.ready()
      await callAdapter(deps, (signal) => adapter.fetch(request, signal))
    } catch (cause) {
      throw new HttpError(503, 'BACKEND_FAILED', 'The server cannot serve now', { cause })
    }
  }
  return () => {
    if (known === undefined) {
      known = look()
      const forget = (): void => void timers.after(COUNTS_FOR_MS, () => (known = undefined))
      known.then(forget, forget)
    }
    return known
  }
}
