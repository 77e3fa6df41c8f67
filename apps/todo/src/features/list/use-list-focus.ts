/**
 * The focus in a list whose rows come and go. One row at a time is in the order of Tab; the arrow keys go to the others.
 * Where the row with the focus is deleted, filtered away or moved, the focus stays with it, or goes to what took its place.
 */
import {
  type FocusEvent,
  type KeyboardEvent,
  type RefObject,
  useEffect,
  useLayoutEffect,
  useRef,
  useState,
} from 'react'
import type { Todo } from '../../model/todo.ts'

export interface ListFocus {
  /** The row in the order of Tab, which is drawn even where it is not seen; -1 in an empty list. */
  readonly activeIndex: number
  readonly onFocus: (event: FocusEvent) => void
  readonly onKeyDown: (event: KeyboardEvent) => void
}

interface Place {
  readonly id: string
  readonly index: number
  readonly control: string
}

export interface ListFocusOptions {
  readonly list: RefObject<HTMLElement | null>
  readonly shown: readonly Todo[]
  /** Makes a row seen, and gives the focus to a control of it. */
  readonly goTo: (index: number, control: string) => void
  /** Where the list has become empty. */
  readonly leave: () => void
}

const STEP_BY_KEY: Readonly<Record<string, (index: number, last: number) => number>> = {
  ArrowDown: (index, last) => Math.min(index + 1, last),
  ArrowUp: (index) => Math.max(index - 1, 0),
  Home: () => 0,
  End: (_index, last) => last,
}

export function useListFocus({ list, shown, goTo, leave }: ListFocusOptions): ListFocus {
  const [active, setActive] = useState<Place | null>(null)
  /** Where the focus is, or was when it got lost with its row; null where the user went elsewhere. */
  const focused = useRef<Place | null>(null)

  const found = active === null ? -1 : shown.findIndex(({ id }) => id === active.id)
  const activeIndex = found >= 0 ? found : Math.min(active?.index ?? 0, shown.length - 1)

  useEffect(() => {
    const forget = (event: Event): void => {
      if (!list.current?.contains(event.target as Node)) focused.current = null
    }
    document.addEventListener('focusin', forget)
    document.addEventListener('pointerdown', forget)
    return () => {
      document.removeEventListener('focusin', forget)
      document.removeEventListener('pointerdown', forget)
    }
  }, [list])

  useLayoutEffect(() => {
    const lost = focused.current
    if (lost === null || list.current?.contains(document.activeElement) === true) return
    if (activeIndex >= 0) goTo(activeIndex, lost.control)
    else {
      focused.current = null
      leave()
    }
  }, [shown])

  const latestLeave = useRef(leave)
  useLayoutEffect(() => {
    latestLeave.current = leave
  })
  // With its last row the list itself may go.
  useLayoutEffect(
    () => () => {
      if (focused.current !== null) latestLeave.current()
    },
    [],
  )

  return {
    activeIndex,
    onFocus(event) {
      const place = placeOf(event.target, shown)
      if (place === null) return
      focused.current = place
      if (place.id !== active?.id || place.index !== active.index) setActive(place)
    },
    onKeyDown(event) {
      const place = placeOf(event.target as Element, shown)
      const step = STEP_BY_KEY[event.key]
      const isControl = (event.target as Element).closest('[data-control]') !== null
      if (
        place === null ||
        step === undefined ||
        !isControl ||
        event.altKey ||
        event.ctrlKey ||
        event.metaKey
      )
        return
      event.preventDefault()
      goTo(step(place.index, shown.length - 1), place.control)
    },
  }
}

function placeOf(target: Element, shown: readonly Todo[]): Place | null {
  const id = target.closest<HTMLElement>('[data-todo-id]')?.dataset['todoId']
  if (id === undefined) return null
  const index = shown.findIndex((todo) => todo.id === id)
  const control = target.closest<HTMLElement>('[data-control]')?.dataset['control'] ?? 'text'
  return index < 0 ? null : { id, index, control }
}
