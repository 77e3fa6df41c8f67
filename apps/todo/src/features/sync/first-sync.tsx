import type { SyncStatus } from '@synclayer/core'
import { useSyncStatus } from '@synclayer/react'
import type { ReactElement } from 'react'

export interface FirstSyncProps {
  readonly hasTodos: boolean
  /** Whether the first sync is done. */
  readonly isComplete: boolean
}

/** Whether what the server has is on its way for the first time. */
export function isFetching(
  { phase, progress }: SyncStatus,
  { hasTodos, isComplete }: FirstSyncProps,
): boolean {
  return progress !== null || (phase === 'syncing' && !isComplete && !hasTodos)
}

/** How far a first sync has come. What has come is there to be used meanwhile. */
export function FirstSync(props: FirstSyncProps): ReactElement | null {
  const status = useSyncStatus()
  if (!isFetching(status, props)) return null
  const done = status.progress?.done ?? 0
  const remaining = status.progress?.remaining ?? null
  const text =
    remaining === null
      ? `Fetching your todos… ${done === 0 ? '' : done.toLocaleString()}`
      : `Fetching your todos… ${done.toLocaleString()} of ${(done + remaining).toLocaleString()}`
  return (
    <div className="first-sync">
      <label>
        <span>{text}</span>
        <progress {...(remaining === null ? {} : { value: done, max: done + remaining })} />
      </label>
    </div>
  )
}
