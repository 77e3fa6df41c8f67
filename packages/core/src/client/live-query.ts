/**
 * What `watch()` gives: a view kept up to date by commits, and those who listen to it.
 *
 *   loading ──loaded──▶ showing ──commit──▶ showing      a window that ran short, or another process: loading again
 *      └──failed──▶ error: what was shown stays; the next change tries again
 *
 * Listeners are called in a microtask after the commit, so before the code that awaits the write goes on. Only where a
 * window ran short, and the store must be asked, they are called later.
 */
import { type SyncError, toSyncError } from '../errors/sync-error.ts'
import type { LiveQuery } from '../query/live-query.ts'
import type { DocumentChange, ViewUpdate } from '../query/live-view.ts'

/** The state behind a live query. */
export interface LiveSource<Result> {
  readonly current: Result
  apply(changes: readonly DocumentChange[]): ViewUpdate
  /** Reads from the store, while nothing is committed. */
  load(): Promise<ViewUpdate>
}

export interface LiveQueryDeps {
  /** Runs a task while nothing is committed. */
  exclusive(task: () => Promise<void>): Promise<void>
  isComplete(): boolean
  /** Calls a listener, whatever it throws. */
  guard(what: string, call: () => unknown): void
  onError(error: SyncError): void
  onClose(): void
}

/** A live query as the registry drives it. */
export interface DrivenLiveQuery {
  apply(changes: readonly DocumentChange[]): void
  reload(): void
  completeChanged(): void
  close(): void
}

interface Subscription<Result> {
  readonly listener: (result: Result) => void
  readonly onState: (() => void) | undefined
  /** What it was last called with. */
  delivered: Result | typeof NOTHING
  scheduled: boolean
  stateScheduled: boolean
  active: boolean
}

const NOTHING: unique symbol = Symbol('nothing')

export function createLiveQuery<Result>(
  source: LiveSource<Result>,
  deps: LiveQueryDeps,
): { readonly live: LiveQuery<Result>; readonly driven: DrivenLiveQuery } {
  const subscriptions = new Set<Subscription<Result>>()
  const closeListeners = new Set<() => void>()
  let current: Result | typeof NOTHING = NOTHING
  let error: SyncError | undefined
  let complete = deps.isComplete()
  let closed = false
  let loadQueued = false

  const load = (): void => {
    if (loadQueued || closed) return
    loadQueued = true
    void deps
      .exclusive(async () => {
        loadQueued = false
        // A window that is short at once is loaded again, while nothing can come between.
        while (!closed && (await source.load()).needsRefill);
        loaded()
      })
      .catch(failed)
  }

  const loaded = (): void => {
    if (closed) return
    setError(undefined)
    show()
  }

  const failed = (cause: unknown): void => {
    loadQueued = false
    if (closed) return
    const failure = toSyncError(cause, 'STORAGE_FAILED', 'A live query could not be read')
    setError(failure)
    deps.onError(failure)
  }

  const show = (): void => {
    current = source.current
    for (const subscription of subscriptions) schedule(subscription)
  }

  const schedule = (subscription: Subscription<Result>): void => {
    if (subscription.scheduled) return
    subscription.scheduled = true
    void Promise.resolve().then(() => {
      subscription.scheduled = false
      const result = current
      if (!subscription.active || closed || result === NOTHING || result === subscription.delivered) return
      subscription.delivered = result
      deps.guard('A listener of a live query', () => subscription.listener(result))
    })
  }

  const tellState = (): void => {
    for (const subscription of subscriptions) {
      const { onState } = subscription
      if (onState === undefined || subscription.stateScheduled) continue
      subscription.stateScheduled = true
      void Promise.resolve().then(() => {
        subscription.stateScheduled = false
        if (subscription.active && !closed) deps.guard('A listener of a live query', onState)
      })
    }
  }

  const setError = (next: SyncError | undefined): void => {
    if (next === error) return
    error = next
    tellState()
  }

  const close = (): void => {
    if (closed) return
    closed = true
    subscriptions.clear()
    deps.onClose()
    for (const listener of closeListeners) listener()
  }

  const subscribe = (listener: (result: Result) => void, onState?: () => void): (() => void) => {
    const subscription: Subscription<Result> = {
      listener,
      onState,
      delivered: NOTHING,
      scheduled: false,
      stateScheduled: false,
      active: !closed,
    }
    if (!closed) {
      subscriptions.add(subscription)
      schedule(subscription)
    }
    return () => {
      subscription.active = false
      subscriptions.delete(subscription)
    }
  }

  /** The latest only: what came and went between two steps is passed over. */
  const iterate = (): AsyncIterator<Result> => {
    let next: Result | typeof NOTHING = NOTHING
    let done = closed
    let wake = (): void => undefined
    const stop = subscribe(
      (result) => {
        next = result
        wake()
      },
      () => wake(),
    )
    const end = (): void => {
      done = true
      stop()
      closeListeners.delete(end)
      wake()
    }
    closeListeners.add(end)
    return {
      async next() {
        while (!done && next === NOTHING && error === undefined) {
          await new Promise<void>((resolve) => {
            wake = resolve
          })
        }
        if (done) return { done: true, value: undefined }
        if (next === NOTHING) {
          end()
          throw error!
        }
        const value = next
        next = NOTHING
        return { done: false, value }
      },
      // A loop that is left early.
      return: () => {
        end()
        return Promise.resolve({ done: true, value: undefined })
      },
    }
  }

  load()
  return {
    live: {
      get current() {
        return current === NOTHING ? undefined : current
      },
      get complete() {
        return complete
      },
      get error() {
        return error
      },
      subscribe,
      close,
      [Symbol.asyncIterator]: iterate,
    },
    driven: {
      apply(changes) {
        if (closed) return
        const update = source.apply(changes)
        if (update.needsRefill || error !== undefined) load()
        else if (update.changed && current !== NOTHING) show()
      },
      reload: load,
      completeChanged() {
        const next = deps.isComplete()
        if (next === complete) return
        complete = next
        tellState()
      },
      close,
    },
  }
}
