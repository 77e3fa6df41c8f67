/** Moving a row by its handle, with a mouse, a pen or a finger. The page scrolls along at its edges; Escape leaves off. */
import { type PointerEvent, useEffect, useRef, useState } from 'react'

export interface Drag {
  readonly id: string
  /** How far it was moved, in pixels. */
  readonly offset: number
  /** Where it would go, in the list without it. */
  readonly index: number
  /** Where the line that says so is drawn, in pixels from the top of the list. */
  readonly lineAt: number
}

interface RowBox {
  readonly index: number
  /** From the top of the list, in pixels. */
  readonly start: number
  readonly end: number
}

export interface DragOptions {
  /** The rows that are drawn, from top to bottom. */
  readonly rows: () => readonly RowBox[]
  /** The top of the list in the window, in pixels. */
  readonly top: () => number
  readonly onDrop: (id: string, index: number) => void
}

interface Hold {
  readonly id: string
  readonly index: number
  readonly startedAt: number
  clientY: number
  isMoving: boolean
}

/** Less than this is a click. */
const LEAST_MOVE = 4
const EDGE = 72
const FASTEST = 18

export function useDrag(options: DragOptions): {
  readonly drag: Drag | null
  readonly begin: (event: PointerEvent<HTMLElement>, id: string, index: number) => void
} {
  const [drag, setDrag] = useState<Drag | null>(null)
  const latest = useRef(options)
  const stop = useRef<() => void>(() => undefined)
  useEffect(() => {
    latest.current = options
  })
  useEffect(() => () => stop.current(), [])

  const begin = (event: PointerEvent<HTMLElement>, id: string, index: number): void => {
    if (event.button !== 0) return
    const handle = event.currentTarget
    const startedAt = event.clientY - latest.current.top()
    const hold: Hold = { id, index, startedAt, clientY: event.clientY, isMoving: false }
    let current: Drag | null = null
    let frame = 0

    const show = (): void => {
      const y = hold.clientY - latest.current.top()
      if (!hold.isMoving && Math.abs(y - hold.startedAt) < LEAST_MOVE) return
      hold.isMoving = true
      current = dragAt(hold, y, latest.current.rows())
      setDrag(current)
    }
    const scroll = (): void => {
      const speed = hold.isMoving ? speedAt(hold.clientY, innerHeight) : 0
      if (speed !== 0) {
        scrollBy(0, speed)
        show()
      }
      frame = requestAnimationFrame(scroll)
    }
    const move = (moved: globalThis.PointerEvent): void => {
      hold.clientY = moved.clientY
      show()
    }
    const end = (): void => {
      cancelAnimationFrame(frame)
      handle.removeEventListener('pointermove', move)
      handle.removeEventListener('pointerup', drop)
      handle.removeEventListener('pointercancel', end)
      removeEventListener('keydown', escape, true)
      setDrag(null)
    }
    const drop = (): void => {
      const dropped = current
      end()
      if (dropped !== null && dropped.index !== index) latest.current.onDrop(id, dropped.index)
    }
    const escape = (pressed: KeyboardEvent): void => {
      if (pressed.key !== 'Escape') return
      pressed.stopPropagation()
      end()
    }
    handle.setPointerCapture(event.pointerId)
    handle.addEventListener('pointermove', move)
    handle.addEventListener('pointerup', drop)
    handle.addEventListener('pointercancel', end)
    addEventListener('keydown', escape, true)
    frame = requestAnimationFrame(scroll)
    stop.current = end
  }
  return { drag, begin }
}

function dragAt(hold: Hold, y: number, rows: readonly RowBox[]): Drag {
  const offset = y - hold.startedAt
  // Above the middle of a row it goes before that row, below it after it.
  const before = rows.find(({ start, end }) => y < (start + end) / 2)
  const at = before?.index ?? (rows.at(-1)?.index ?? -1) + 1
  const lineAt = before?.start ?? rows.at(-1)?.end ?? 0
  return { id: hold.id, offset, index: at > hold.index ? at - 1 : at, lineAt }
}

/** Pixels a frame, the faster the closer to the edge. */
function speedAt(y: number, height: number): number {
  if (y < EDGE) return -Math.ceil((FASTEST * (EDGE - Math.max(0, y))) / EDGE)
  if (y > height - EDGE) return Math.ceil((FASTEST * (Math.min(height, y) - height + EDGE)) / EDGE)
  return 0
}
