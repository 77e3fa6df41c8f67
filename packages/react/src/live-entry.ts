/**
 * One live query, shared by all components that ask the same.
 *
 *   started ──▶ unsettled ──result or error──▶ settled ──KEPT_MS without a listener──▶ closed
 *
 * It outlives its last listener by a moment, so that StrictMode, Suspense and going back and forth find it still there.
 */
import { isSyncError, type LiveQuery, type SyncError } from '@synclayer/core'
import { LOADING, type QueryResult } from './query-result.ts'

export interface LiveEntry<Data> {
  /** What is there now. Nobody has to be told for it to be of now, so all that render at one moment see the same. */
  read(): QueryResult<Data>
  /** Calls `listener` after changes. Returns how to stop. */
  subscribe(listener: () => void): () => void
  /** Resolves once there is a result or an error. */
  settled(): Promise<void>
}

/** How long a live query is kept without anyone who listens, in milliseconds. */
export const KEPT_MS = 5_000

/** Starts a live query; `onClose` is called when it is closed because nobody has wanted it for KEPT_MS. */
export function startLiveEntry<Data>(watch: () => LiveQuery<Data>, onClose: () => void): LiveEntry<Data> {
  const listeners = new Set<() => void>()
  let result: QueryResult<Data> = LOADING
  let answered = false
  let closing: ReturnType<typeof setTimeout> | undefined
  let settle: () => void = () => undefined
  const settled = new Promise<void>((resolve) => {
    settle = resolve
  })

  const changed = (): void => {
    if (!read().loading) {
      settle()
      keep()
    }
    for (const listener of Array.from(listeners)) listener()
  }

  const read = (): QueryResult<Data> => {
    const data = live.current
    const { complete, error } = live
    // Of what is not there yet there is nothing more to say, and nothing to render again for.
    if (!answered && data === undefined && error === undefined) return result
    const isSame = data === result.data && complete === result.complete && error === result.error
    if (!isSame || result.loading) result = { data, loading: false, stale: false, complete, error }
    return result
  }

  /** Begins the moment anew. What has not settled is kept: somebody may be suspended on it. */
  const keep = (): void => {
    clearTimeout(closing)
    if (listeners.size > 0 || read().loading) return
    closing = setTimeout(close, KEPT_MS)
    // In Node a program need not wait for it.
    const timer = closing as unknown as { readonly unref?: () => void }
    timer.unref?.()
  }

  const close = (): void => {
    stop()
    live.close()
    onClose()
  }

  const live = startOrFail(watch)
  const stop = live.subscribe(() => {
    answered = true
    changed()
  }, changed)
  if (live.error !== undefined) changed()

  return {
    read() {
      // Whoever renders with it is about to listen. What failed is not kept for that: asked later, it is started anew.
      if (listeners.size === 0 && live.error === undefined) keep()
      return read()
    },
    subscribe(listener) {
      clearTimeout(closing)
      listeners.add(listener)
      return () => {
        listeners.delete(listener)
        keep()
      }
    },
    settled: () => settled,
  }
}

/** A query that cannot be started, such as one of a closed client, is shown like one that fails later. */
function startOrFail<Data>(
  watch: () => LiveQuery<Data>,
): Pick<LiveQuery<Data>, 'current' | 'complete' | 'error' | 'subscribe' | 'close'> {
  try {
    return watch()
  } catch (cause) {
    if (!isSyncError(cause)) throw cause
    return failedQuery(cause)
  }
}

function failedQuery(
  error: SyncError,
): Pick<LiveQuery<never>, 'current' | 'complete' | 'error' | 'subscribe' | 'close'> {
  const nothing = (): void => undefined
  return { current: undefined, complete: false, error, subscribe: () => nothing, close: nothing }
}
