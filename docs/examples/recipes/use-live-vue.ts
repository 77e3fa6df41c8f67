import type { LiveQuery, LiveStatus, SyncError, SyncStatus } from '@synclayer/core'
import { onScopeDispose, type ShallowRef, shallowRef, watchEffect } from 'vue'

export interface Live<Result> {
  readonly data: Readonly<ShallowRef<Result | undefined>>
  readonly complete: Readonly<ShallowRef<boolean>>
  readonly error: Readonly<ShallowRef<SyncError | undefined>>
}

/** A live query as refs, until its component is gone. Refs that `watch` reads start it anew; `data` stays meanwhile. */
export function useLive<Result>(watch: () => LiveQuery<Result>): Live<Result> {
  const data = shallowRef<Result>()
  const complete = shallowRef(false)
  const error = shallowRef<SyncError>()
  const start = (onCleanup: (stop: () => void) => void): void => {
    const live = watch()
    const showState = (): void => {
      complete.value = live.complete
      error.value = live.error
    }
    const show = (result: Result): void => {
      data.value = result
      showState()
    }
    live.subscribe(show, showState)
    onCleanup(() => live.close())
  }
  // After rendering, and so never on a server.
  watchEffect(start, { flush: 'post' })
  return { data, complete, error }
}

/** How syncing goes, as a ref: `useSyncStatus(db.status)`. */
export function useSyncStatus(live: LiveStatus): Readonly<ShallowRef<SyncStatus>> {
  const status = shallowRef<SyncStatus>({ ...live })
  onScopeDispose(live.subscribe((now) => (status.value = now)))
  return status
}
