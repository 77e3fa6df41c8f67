import { useSyncStatus } from '@synclayer/react'
import type { ReactElement } from 'react'

export interface FirstSyncProps {
  readonly hasTodos: boolean
  /** Whether the first sync is done. */
  readonly isComplete: boolean
}

/** How far a first sync has come. What has come is there to be used meanwhile. */
export function FirstSync({ hasTodos, isComplete }: FirstSyncProps): ReactElement | null {
  const { phase, progress } = useSyncStatus()
  if (progress === null && (isComplete || hasTodos || phase !== 'syncing')) return null
  const done = progress?.done ?? 0
  const remaining = progress?.remaining ?? null
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
