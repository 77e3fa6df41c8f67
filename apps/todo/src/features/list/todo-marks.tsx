import type { ReactElement } from 'react'
import { tellDay } from '../../model/days.ts'
import type { Todo } from '../../model/todo.ts'
import { Icon } from '../../ui/icons.tsx'
import { PRIORITY_TITLES } from './priority-titles.ts'

export interface TodoMarksProps {
  readonly todo: Todo
  readonly today: string
}

/** What there is to a todo beside its text, in small; nothing where there is nothing. */
export function TodoMarks({ todo, today }: TodoMarksProps): ReactElement | null {
  const { priority, due, tags, done } = todo
  if (priority === 'none' && due === null && tags.length === 0) return null
  const isLate = due !== null && due < today && !done
  return (
    <div className="marks">
      {priority !== 'none' && (
        <span className="mark" data-priority={priority}>
          <Icon name="flag" />
          {PRIORITY_TITLES[priority]}
          <span className="unseen"> priority</span>
        </span>
      )}
      {due !== null && (
        <span className="mark" data-late={isLate}>
          <Icon name="calendar" />
          <span className="unseen">{isLate ? 'Overdue: ' : 'Due: '}</span>
          <time dateTime={due}>{tellDay(due, today)}</time>
        </span>
      )}
      {tags.map((tag) => (
        <span key={tag} className="mark tag">
          #{tag}
        </span>
      ))}
    </div>
  )
}
