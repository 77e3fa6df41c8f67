import { type ReactElement, type RefObject, useState } from 'react'
import { tellDay } from '../../model/days.ts'
import { parseEntry } from '../../model/parse-entry.ts'
import { MAX_TEXT } from '../../model/todo.ts'
import { Icon } from '../../ui/icons.tsx'
import { PRIORITY_TITLES } from '../list/priority-titles.ts'
import { useTodoActions } from '../list/todo-actions.ts'

export interface EntryFormProps {
  readonly field: RefObject<HTMLInputElement | null>
  readonly today: string
  readonly onAdded: () => void
}

/** Where a todo is typed. What its marks (#tag, !high, @friday) will become is shown while it is typed. */
export function EntryForm({ field, today, onAdded }: EntryFormProps): ReactElement {
  const actions = useTodoActions()
  const [line, setLine] = useState('')
  const entry = parseEntry(line, today)
  const add = async (): Promise<void> => {
    // Where it could not be stored, what was typed stays in the field; what was typed meanwhile too.
    if (entry === null || !(await actions.add([entry]))) return
    setLine((now) => (now === line ? '' : now))
    onAdded()
  }
  return (
    <form
      className="entry"
      onSubmit={(event) => {
        event.preventDefault()
        void add()
      }}
    >
      <Icon name="plus" />
      <input
        ref={field}
        type="text"
        aria-label="New todo"
        aria-describedby="entry-hint"
        placeholder="What is to be done?"
        value={line}
        maxLength={MAX_TEXT}
        autoComplete="off"
        enterKeyHint="done"
        onChange={(event) => setLine(event.target.value)}
      />
      <button type="submit" className="primary" disabled={entry === null}>
        Add
      </button>
      <p id="entry-hint" className="entry-hint">
        {entry === null || (entry.tags.length === 0 && entry.due === null && entry.priority === 'none') ? (
          <span>
            Try <code>#tag</code>, <code>!high</code>, <code>@tomorrow</code>, <code>@fri</code>
          </span>
        ) : (
          <>
            {entry.priority !== 'none' && (
              <span className="mark" data-priority={entry.priority}>
                {PRIORITY_TITLES[entry.priority]} priority
              </span>
            )}
            {entry.due !== null && <span className="mark">{tellDay(entry.due, today)}</span>}
            {entry.tags.map((tag) => (
              <span key={tag} className="mark tag">
                #{tag}
              </span>
            ))}
          </>
        )}
      </p>
    </form>
  )
}
