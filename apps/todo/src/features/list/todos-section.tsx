import { useQuery, useSyncLayer } from '@synclayer/react'
import { type ReactElement, useDeferredValue, useEffect, useMemo, useRef, useState } from 'react'
import { createTodoReader } from '../../model/read-todo.ts'
import {
  countTodos,
  createTodoSelector,
  isNarrowed,
  tagsOf,
  type View,
  WHOLE_VIEW,
} from '../../model/select-todos.ts'
import { useServices } from '../../services.ts'
import { useToday } from '../../ui/use-today.ts'
import { EntryForm } from '../entry/entry-form.tsx'
import { FilterBar } from '../filters/filter-bar.tsx'
import { FirstSync } from '../sync/first-sync.tsx'
import { EmptyList } from './empty-list.tsx'
import { useTodoActions } from './todo-actions.ts'
import { TodoList } from './todo-list.tsx'
import { useShortcuts } from './use-shortcuts.ts'

const NO_TODOS: readonly never[] = []

export interface TodosSectionProps {
  /** Whether the focus goes to where a todo is typed. */
  readonly takesFocus: boolean
}

/** The list and all that is done with it. */
export function TodosSection({ takesFocus }: TodosSectionProps): ReactElement {
  const db = useSyncLayer()
  const actions = useTodoActions()
  const { announcer, notices } = useServices()
  const today = useToday()
  const [view, setView] = useState<View>(WHOLE_VIEW)
  const entryField = useRef<HTMLInputElement>(null)
  const searchField = useRef<HTMLInputElement>(null)
  const [read] = useState(createTodoReader)
  const [selector] = useState(createTodoSelector)

  const { data, complete, error } = useQuery(db.collection('todos').orderBy('order'))
  const sorted = useMemo(() => (data ?? NO_TODOS).map(read), [data, read])
  // Typing stays quick while the list follows.
  const deferredView = useDeferredValue(view)
  const shown = useMemo(() => selector.select(sorted, deferredView), [selector, sorted, deferredView])
  const counts = useMemo(() => countTodos(sorted), [sorted])
  const tags = useMemo(() => tagsOf(sorted), [sorted])
  useShortcuts({ entryField, searchField, undo: () => void actions.undo() })

  useEffect(() => {
    if (takesFocus) entryField.current!.focus()
  }, [takesFocus])

  const isNarrow = isNarrowed(deferredView)
  useEffect(() => {
    if (isNarrow) announcer.say(`${shown.length} ${shown.length === 1 ? 'todo' : 'todos'} shown`)
  }, [announcer, deferredView, isNarrow])

  const tellHidden = (): void => {
    if (!isNarrowed(view)) return
    const action = { label: 'Show all', run: () => setView(WHOLE_VIEW) }
    notices.show({ kind: 'done', text: 'Added. The filters may hide it.', action })
  }

  if (error !== undefined && data === undefined) throw error
  return (
    <section className="todos" aria-labelledby="todos-title">
      <h2 id="todos-title" className="unseen">
        Your todos
      </h2>
      <div className="todos-head">
        <EntryForm field={entryField} today={today} onAdded={tellHidden} />
        <FilterBar
          view={view}
          counts={counts}
          tags={tags}
          searchField={searchField}
          onChange={setView}
          onClearDone={() => void actions.remove(sorted.filter(({ done }) => done))}
        />
      </div>
      <p id="move-hint" hidden>
        Press the up or down arrow to move it, Home or End to move it to the top or the bottom.
      </p>
      <FirstSync hasTodos={sorted.length > 0} isComplete={complete} />
      {shown.length > 0 ? (
        <TodoList
          sorted={sorted}
          shown={shown}
          canMove={deferredView.sort === 'manual'}
          today={today}
          onEmptied={() => entryField.current?.focus()}
        />
      ) : (
        data !== undefined && (
          <EmptyList
            isNarrowed={isNarrow && sorted.length > 0}
            isComplete={complete}
            onShowAll={() => setView(WHOLE_VIEW)}
          />
        )
      )}
    </section>
  )
}
