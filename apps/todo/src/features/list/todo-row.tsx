import type { RecordStatus } from '@synclayer/core'
import { type KeyboardEvent, memo, type PointerEvent, type ReactElement } from 'react'
import type { Todo, TodoChanges } from '../../model/todo.ts'
import { Icon } from '../../ui/icons.tsx'
import { useShownValue } from '../../ui/use-shown-value.ts'
import { StatusMark } from './status-mark.tsx'
import { TodoDetails } from './todo-details.tsx'
import { TodoMarks } from './todo-marks.tsx'
import { TodoText } from './todo-text.tsx'

export interface RowHandlers {
  readonly change: (id: string, changes: TodoChanges) => Promise<boolean>
  readonly remove: (todo: Todo) => Promise<boolean>
  readonly move: (id: string, index: number) => void
  readonly beginDrag: (event: PointerEvent<HTMLElement>, id: string, index: number) => void
  readonly toggleDetails: (id: string) => void
}

export interface TodoRowProps {
  readonly todo: Todo
  readonly index: number
  readonly count: number
  /** From the top of the list, in pixels. */
  readonly top: number
  readonly isDragged: boolean
  /** Whether its controls are in the order of Tab. */
  readonly isActive: boolean
  readonly isOpen: boolean
  readonly canMove: boolean
  readonly status: RecordStatus
  readonly today: string
  readonly handlers: RowHandlers
  readonly measure: (element: Element | null) => void
}

export const TodoRow = memo(function TodoRow(props: TodoRowProps): ReactElement {
  const { todo, index, count, isActive, isOpen, canMove, status, today, handlers } = props
  const [isDone, setIsDone] = useShownValue(todo.done, (done) => handlers.change(todo.id, { done }))
  const tabIndex = isActive ? 0 : -1
  const detailsId = `details-${todo.id}`
  return (
    <li
      ref={props.measure}
      className="todo-row"
      aria-setsize={count}
      aria-posinset={index + 1}
      data-index={index}
      data-todo-id={todo.id}
      data-status={status}
      data-done={todo.done}
      data-dragged={props.isDragged}
      data-open={isOpen}
      data-last={index === count - 1}
      style={{ transform: `translateY(${props.top}px)` }}
      onKeyDown={(event) => {
        if (event.key === 'Delete' && isOwnControl(event)) void handlers.remove(todo)
      }}
    >
      <StatusMark status={status} />
      <div className="todo-line">
        {canMove && (
          <button
            type="button"
            className="grip"
            data-control="move"
            tabIndex={tabIndex}
            aria-label={`Move ${todo.text}`}
            aria-describedby="move-hint"
            onPointerDown={(event) => handlers.beginDrag(event, todo.id, index)}
            onKeyDown={(event) => moveByKey(event, index, count, (to) => handlers.move(todo.id, to))}
          >
            <Icon name="grip" />
          </button>
        )}
        <input
          type="checkbox"
          className="check"
          data-control="check"
          tabIndex={tabIndex}
          aria-label={todo.text}
          checked={isDone}
          onChange={(event) => setIsDone(event.target.checked)}
        />
        <div className="todo-body">
          <TodoText
            text={todo.text}
            tabIndex={tabIndex}
            onChange={(text) => handlers.change(todo.id, { text })}
          />
          <TodoMarks todo={todo} today={today} />
        </div>
        <button
          type="button"
          className="icon-button delete"
          data-control="delete"
          tabIndex={tabIndex}
          aria-label={`Delete ${todo.text}`}
          onClick={() => void handlers.remove(todo)}
        >
          <Icon name="trash" />
        </button>
        <button
          type="button"
          className="icon-button more"
          data-control="more"
          tabIndex={tabIndex}
          aria-label={`Details of ${todo.text}`}
          aria-expanded={isOpen}
          aria-controls={detailsId}
          onClick={() => handlers.toggleDetails(todo.id)}
        >
          <Icon name="more" />
        </button>
      </div>
      <div id={detailsId} hidden={!isOpen}>
        {isOpen && <TodoDetails todo={todo} onChange={(changes) => handlers.change(todo.id, changes)} />}
      </div>
    </li>
  )
})

/** Not while something is typed. */
function isOwnControl(event: KeyboardEvent): boolean {
  return (event.target as Element).closest('[data-control]') !== null
}

const INDEX_BY_KEY: Readonly<Record<string, (index: number, count: number) => number>> = {
  ArrowUp: (index) => index - 1,
  ArrowDown: (index) => index + 1,
  Home: () => 0,
  End: (_index, count) => count - 1,
}

/** On the handle, the keys that go to other rows elsewhere take the row along. */
function moveByKey(event: KeyboardEvent, index: number, count: number, move: (index: number) => void): void {
  const to = INDEX_BY_KEY[event.key]?.(index, count)
  if (to === undefined) return
  event.preventDefault()
  event.stopPropagation()
  if (to !== index && to >= 0 && to < count) move(to)
}
