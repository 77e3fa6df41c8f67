import { useSyncStatus } from '@synclayer/react'
import type { ReactElement } from 'react'
import { useSampleTodos } from '../samples/use-sample-todos.ts'
import { isFetching } from '../sync/first-sync.tsx'

export interface EmptyListProps {
  /** Whether there are todos that the filters leave out. */
  readonly isNarrowed: boolean
  /** Whether the server was asked for what it has. */
  readonly isComplete: boolean
  readonly onShowAll: () => void
}

export function EmptyList({ isNarrowed, isComplete, onShowAll }: EmptyListProps): ReactElement | null {
  const addSamples = useSampleTodos()
  const status = useSyncStatus()
  // The progress says enough.
  if (!isNarrowed && isFetching(status, { hasTodos: false, isComplete })) return null
  if (isNarrowed) {
    return (
      <div className="empty">
        <p className="empty-title">No todo looks like that</p>
        <button type="button" onClick={onShowAll}>
          Show all todos
        </button>
      </div>
    )
  }
  return (
    <div className="empty">
      <p className="empty-title">{isComplete ? 'Nothing to do' : 'Nothing here yet'}</p>
      <p>
        {isComplete
          ? 'Type your first todo above, or look around with some that were made up.'
          : 'Your todos come from the server as soon as it answers. You can begin all the same.'}
      </p>
      <button type="button" onClick={() => void addSamples(50)}>
        Add 50 sample todos
      </button>
    </div>
  )
}
