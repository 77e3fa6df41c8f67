import { useSyncLayer } from '@synclayer/react'
import type { ReactElement } from 'react'
import { type ConflictEntry, type FieldOutcome, outcomeOf } from '../../model/conflict-entry.ts'
import { useAttempt } from '../../notices/use-attempt.ts'
import { tellAgo } from '../sync/describe-status.ts'
import { restoreOther } from './restore-other.ts'
import { FIELD_TITLES, tellValue } from './tell-value.ts'

export interface ConflictCardProps {
  readonly entry: ConflictEntry
  readonly now: number
  readonly onDismiss: () => void
}

export function ConflictCard({ entry, now, onDismiss }: ConflictCardProps): ReactElement {
  const db = useSyncLayer()
  const attempt = useAttempt()
  const outcome = outcomeOf(entry)
  const { title, deletedBy, isDeleted, fields, hasLoss } = outcome

  return (
    <li className="conflict" data-conflict-id={entry.id} data-todo={entry.todoId} data-loss={hasLoss}>
      <div className="conflict-head">
        <strong>{title}</strong>
        <span className="item-note">{tellAgo(entry.at, now)}</span>
      </div>
      {deletedBy === null ? (
        <FieldTable fields={fields} />
      ) : (
        <p className="item-note">
          {deletedBy === 'local' ? 'Deleted here, edited' : 'Edited here, deleted'} on the other device.{' '}
          {isDeleted ? 'It stays deleted.' : 'The edited todo was kept.'}
        </p>
      )}
      {!hasLoss && <p className="item-note">Both edits were kept.</p>}
      <div className="actions">
        {hasLoss && (
          <button
            type="button"
            onClick={() => void attempt(() => restoreOther(db, entry), 'The other side was taken')}
          >
            {restoreTitle(outcome)}
          </button>
        )}
        <button type="button" className="quiet" onClick={onDismiss}>
          Dismiss
        </button>
      </div>
    </li>
  )
}

function restoreTitle({ deletedBy, isDeleted }: ReturnType<typeof outcomeOf>): string {
  if (deletedBy === null) return 'Use the other value'
  return isDeleted ? 'Bring it back' : 'Delete it after all'
}

function FieldTable({ fields }: { readonly fields: readonly FieldOutcome[] }): ReactElement {
  return (
    <table className="sides">
      <thead>
        <tr>
          <td />
          <th scope="col">This device</th>
          <th scope="col">Other device</th>
        </tr>
      </thead>
      <tbody>
        {fields.map(({ field, local, remote, kept, isClash }) => (
          <tr key={field}>
            <th scope="row">{FIELD_TITLES[field]}</th>
            <Side field={field} value={local} isKept={kept !== 'remote'} isClash={isClash} />
            <Side field={field} value={remote} isKept={kept !== 'local'} isClash={isClash} />
          </tr>
        ))}
      </tbody>
    </table>
  )
}

interface SideProps {
  readonly field: FieldOutcome['field']
  readonly value: unknown
  readonly isKept: boolean
  /** Whether the other one was lost. */
  readonly isClash: boolean
}

function Side({ field, value, isKept, isClash }: SideProps): ReactElement {
  return (
    <td data-kept={isKept} data-lost={isClash && !isKept}>
      {tellValue(field, value)}
      {isKept && <span className="kept">kept</span>}
    </td>
  )
}
