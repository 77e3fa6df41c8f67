import type { LiveQuery, LiveStatus, SyncError, SyncStatus } from '@synclayer/core'
import { type Accessor, createEffect, createSignal, onCleanup } from 'solid-js'

export interface Live<Result> {
  readonly data: Accessor<Result | undefined>
  readonly complete: Accessor<boolean>
  readonly error: Accessor<SyncError | undefined>
}

/** A live query as signals, until its owner is gone. Signals that `watch` reads start it anew; `data` stays meanwhile. */
export function createLive<Result>(watch: () => LiveQuery<Result>): Live<Result> {
  const [data, setData] = createSignal<Result>()
  const [complete, setComplete] = createSignal(false)
  const [error, setError] = createSignal<SyncError>()
  // Never on a server.
  createEffect(() => {
    const live = watch()
    const showState = (): void => {
      setComplete(live.complete)
      setError(live.error)
    }
    const show = (result: Result): void => {
      setData(() => result)
      showState()
    }
    live.subscribe(show, showState)
    onCleanup(() => live.close())
  })
  return { data, complete, error }
}

/** How syncing goes, as a signal: `createSyncStatus(db.status)`. */
export function createSyncStatus(live: LiveStatus): Accessor<SyncStatus> {
  const [status, setStatus] = createSignal<SyncStatus>({ ...live })
  onCleanup(live.subscribe(setStatus))
  return status
}
