import { defaultRangeExtractor, useWindowVirtualizer, type VirtualItem } from '@tanstack/react-virtual'
import { type ReactElement, useCallback, useLayoutEffect, useMemo, useRef, useState } from 'react'
import { indexInWhole } from '../../model/order-keys.ts'
import type { Todo } from '../../model/todo.ts'
import { useServices } from '../../services.ts'
import { useTodoActions } from './todo-actions.ts'
import { type RowHandlers, TodoRow } from './todo-row.tsx'
import { useDrag } from './use-drag.ts'
import { useListFocus } from './use-list-focus.ts'
import { useRecordStatuses } from './use-record-statuses.ts'

export interface TodoListProps {
  /** The whole list, in the user's order. */
  readonly sorted: readonly Todo[]
  /** What is shown of it. */
  readonly shown: readonly Todo[]
  /** Only a list in the user's own order can be changed in its order. */
  readonly canMove: boolean
  readonly today: string
  /** Where the focus goes once nothing is left. */
  readonly onEmptied: () => void
}

const ROW_HEIGHT = 60

/** Draws the rows that are seen, and the one with the focus, however many there are. */
export function TodoList({ sorted, shown, canMove, today, onEmptied }: TodoListProps): ReactElement {
  const actions = useTodoActions()
  const { announcer } = useServices()
  const list = useRef<HTMLUListElement>(null)
  const [openId, setOpenId] = useState<string | null>(null)
  const scrollMargin = useOffsetTop(list)

  const goTo = (index: number, control: string): void => {
    virtualizer.scrollToIndex(index, { align: 'auto' })
    focusControl(list.current, shown[index]?.id, control)
  }
  const focus = useListFocus({ list, shown, goTo, leave: onEmptied })
  const virtualizer = useWindowVirtualizer({
    count: shown.length,
    estimateSize: () => ROW_HEIGHT,
    overscan: 8,
    scrollMargin,
    scrollPaddingStart: 140,
    scrollPaddingEnd: 24,
    getItemKey: (index) => shown[index]!.id,
    rangeExtractor: (range) => withIndex(defaultRangeExtractor(range), focus.activeIndex),
  })
  const items = virtualizer.getVirtualItems()
  const seen = useSeen(shown, items)
  const statuses = useRecordStatuses(seen)

  const move = (id: string, index: number): void => {
    const at = Math.max(0, Math.min(index, shown.length - 1))
    const title = shown.find((todo) => todo.id === id)?.text ?? ''
    void actions.move(sorted, id, indexInWhole(sorted, shown, id, at)).then((isMoved) => {
      if (isMoved) announcer.say(`${title}: moved to position ${at + 1} of ${shown.length}`)
    })
  }
  const { drag, begin } = useDrag({
    rows: () => virtualizer.getVirtualItems().map((item) => boxOf(item, scrollMargin)),
    top: () => list.current!.getBoundingClientRect().top,
    onDrop: move,
  })
  const handlers = useHandlers({ actions, move, begin, setOpenId })

  return (
    <ul
      ref={list}
      role="list"
      className="todo-list"
      aria-label="Todos"
      style={{ height: virtualizer.getTotalSize() }}
      onFocus={focus.onFocus}
      onKeyDown={focus.onKeyDown}
    >
      {items.map(({ index, key, start }) => {
        const todo = shown[index]!
        return (
          <TodoRow
            key={key}
            measure={virtualizer.measureElement}
            todo={todo}
            index={index}
            count={shown.length}
            top={start - scrollMargin + (drag?.id === todo.id ? drag.offset : 0)}
            isDragged={drag?.id === todo.id}
            isActive={index === focus.activeIndex}
            isOpen={openId === todo.id}
            canMove={canMove}
            status={statuses.get(todo.id) ?? 'synced'}
            today={today}
            handlers={handlers}
          />
        )
      })}
      {drag !== null && (
        <li role="presentation" className="drop-line" style={{ transform: `translateY(${drag.lineAt}px)` }} />
      )}
    </ul>
  )
}

interface HandlerParts {
  readonly actions: ReturnType<typeof useTodoActions>
  readonly move: (id: string, index: number) => void
  readonly begin: RowHandlers['beginDrag']
  readonly setOpenId: (change: (openId: string | null) => string | null) => void
}

/** Always the same object, so that a row is drawn again only where something of it changed. */
function useHandlers(parts: HandlerParts): RowHandlers {
  const latest = useRef(parts)
  useLayoutEffect(() => {
    latest.current = parts
  })
  return useMemo(
    () => ({
      change: (id, changes) => latest.current.actions.change(id, changes),
      remove: (todo) => latest.current.actions.remove([todo]),
      move: (id, index) => latest.current.move(id, index),
      beginDrag: (event, id, index) => latest.current.begin(event, id, index),
      toggleDetails: (id) => latest.current.setOpenId((openId) => (openId === id ? null : id)),
    }),
    [],
  )
}

/** The todos that are drawn: the same list until one of them changes. */
function useSeen(shown: readonly Todo[], items: readonly VirtualItem[]): readonly Todo[] {
  const kept = useRef<readonly Todo[]>([])
  const seen = items.map(({ index }) => shown[index]!)
  const isSame = seen.length === kept.current.length && seen.every((todo, at) => todo === kept.current[at])
  const result = isSame ? kept.current : seen
  useLayoutEffect(() => {
    kept.current = result
  })
  return result
}

/** How far the list is from the top of the page: what is above it comes and goes. */
function useOffsetTop(list: { readonly current: HTMLElement | null }): number {
  const [top, setTop] = useState(0)
  const measure = useCallback(() => {
    if (list.current !== null) setTop(Math.round(list.current.getBoundingClientRect().top + scrollY))
  }, [list])
  useLayoutEffect(() => {
    const observer = new ResizeObserver(measure)
    observer.observe(document.body)
    const above = list.current?.parentElement
    for (const element of above?.parentElement?.children ?? []) observer.observe(element)
    measure()
    return () => observer.disconnect()
  }, [list, measure])
  return top
}

function boxOf(
  { index, start, end }: VirtualItem,
  scrollMargin: number,
): {
  readonly index: number
  readonly start: number
  readonly end: number
} {
  return { index, start: start - scrollMargin, end: end - scrollMargin }
}

function withIndex(indexes: number[], index: number): number[] {
  return index < 0 || indexes.includes(index) ? indexes : [...indexes, index].toSorted((a, b) => a - b)
}

/** At once where the row is drawn; else once it is, after the next frame. */
function focusControl(list: HTMLElement | null, id: string | undefined, control: string): void {
  if (list === null || id === undefined) return
  const attempt = (): boolean => {
    const row = list.querySelector(`[data-todo-id="${CSS.escape(id)}"]`)
    // One that is not shown takes no focus.
    for (const name of [control, 'text']) {
      row?.querySelector<HTMLElement>(`[data-control="${name}"]`)?.focus({ preventScroll: true })
      if (row?.contains(document.activeElement) === true) return true
    }
    return false
  }
  if (!attempt()) requestAnimationFrame(() => requestAnimationFrame(attempt))
}
