/// <reference types="svelte" />
import type { LiveQuery, LiveStatus, SyncError, SyncStatus } from '@synclayer/core'

export interface Live<Result> {
  readonly data: Result | undefined
  readonly complete: boolean
  readonly error: SyncError | undefined
}

/** A live query as state, until its component is gone. State that `watch` reads starts it anew; `data` stays meanwhile. */
export function useLive<Result>(watch: () => LiveQuery<Result>): Live<Result> {
  let now = $state.raw<Live<Result>>({ data: undefined, complete: false, error: undefined })
  // Never on a server.
  $effect(() => {
    const live = watch()
    const show = (data: Result | undefined): void => {
      now = { data, complete: live.complete, error: live.error }
    }
    live.subscribe(show, () => show(live.current ?? now.data))
    return () => live.close()
  })
  return {
    get data() {
      return now.data
    },
    get complete() {
      return now.complete
    },
    get error() {
      return now.error
    },
  }
}

/** How syncing goes, as state: `useSyncStatus(db.status).now`. */
export function useSyncStatus(live: LiveStatus): { readonly now: SyncStatus } {
  let status = $state.raw<SyncStatus>({ ...live })
  $effect(() => live.subscribe((now) => (status = now)))
  return {
    get now() {
      return status
    },
  }
}
