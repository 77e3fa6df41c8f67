import { type ReactElement, type ReactNode, useEffect, useId, useRef, useState } from 'react'

export interface DisclosureProps {
  /** The accessible name of the button. */
  readonly name: string
  readonly button: ReactNode
  readonly children: (close: () => void) => ReactNode
}

/** A button that shows something below it. It is put away by Escape, and by whatever happens elsewhere. */
export function Disclosure({ name, button, children }: DisclosureProps): ReactElement {
  const [isOpen, setIsOpen] = useState(false)
  const root = useRef<HTMLDivElement>(null)
  const trigger = useRef<HTMLButtonElement>(null)
  const panelId = useId()
  useEffect(() => {
    if (!isOpen) return
    const leave = (event: Event): void => {
      if (!root.current!.contains(event.target as Node)) setIsOpen(false)
    }
    document.addEventListener('pointerdown', leave)
    document.addEventListener('focusin', leave)
    return () => {
      document.removeEventListener('pointerdown', leave)
      document.removeEventListener('focusin', leave)
    }
  }, [isOpen])
  return (
    <div
      ref={root}
      className="disclosure"
      onKeyDown={(event) => {
        if (event.key !== 'Escape' || !isOpen) return
        setIsOpen(false)
        trigger.current!.focus()
      }}
    >
      <button
        ref={trigger}
        type="button"
        className="icon-button"
        aria-label={name}
        aria-expanded={isOpen}
        aria-controls={panelId}
        onClick={() => setIsOpen(!isOpen)}
      >
        {button}
      </button>
      <div id={panelId} className="disclosure-panel" hidden={!isOpen}>
        {isOpen && children(() => setIsOpen(false))}
      </div>
    </div>
  )
}
