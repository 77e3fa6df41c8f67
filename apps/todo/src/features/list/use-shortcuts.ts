import { type RefObject, useEffect, useRef } from 'react'

export interface ShortcutTargets {
  readonly entryField: RefObject<HTMLInputElement | null>
  readonly searchField: RefObject<HTMLInputElement | null>
  readonly undo: () => void
}

/**
 * Ctrl+Z (or Cmd+Z) takes back the latest removal, Ctrl+K goes to the search, Ctrl+J to a new todo. All of them with a
 * modifier: single letters get in the way of those who speak to their computer.
 */
export function useShortcuts(targets: ShortcutTargets): void {
  const latest = useRef(targets)
  useEffect(() => {
    latest.current = targets
  })
  useEffect(() => {
    const press = (event: KeyboardEvent): void => {
      if (!(event.ctrlKey || event.metaKey) || event.altKey || event.shiftKey) return
      const act = {
        k: () => latest.current.searchField.current?.focus(),
        j: () => latest.current.entryField.current?.focus(),
        // In a field it is the field's own.
        z: isField(event.target) ? undefined : () => latest.current.undo(),
      }[event.key]
      if (act === undefined || document.querySelector('dialog[open]') !== null) return
      event.preventDefault()
      act()
    }
    addEventListener('keydown', press)
    return () => removeEventListener('keydown', press)
  }, [])
}

function isField(target: EventTarget | null): boolean {
  return target instanceof Element && target.matches('textarea, input:not([type=checkbox], [type=radio])')
}
