import { type ReactElement, useEffect, useRef, useState } from 'react'
import { MAX_TEXT } from '../../model/todo.ts'

export interface TodoTextProps {
  readonly text: string
  readonly tabIndex: 0 | -1
  /** Resolves to whether it was stored. */
  readonly onChange: (text: string) => Promise<boolean>
}

/** The text, edited in its place: Enter and leaving keep what was typed, Escape does not. */
export function TodoText({ text, tabIndex, onChange }: TodoTextProps): ReactElement {
  const [isEditing, setIsEditing] = useState(false)
  const button = useRef<HTMLButtonElement>(null)
  const field = useRef<HTMLTextAreaElement>(null)
  const returnsFocus = useRef(false)
  useEffect(() => {
    if (isEditing) {
      field.current!.focus()
      field.current!.select()
    } else if (returnsFocus.current) {
      returnsFocus.current = false
      button.current!.focus()
    }
  }, [isEditing])

  const end = (isByKey: boolean): void => {
    returnsFocus.current = isByKey
    setIsEditing(false)
  }
  const keep = async (isByKey: boolean): Promise<void> => {
    const typed = (field.current?.value ?? '').replace(/\s+/g, ' ').trim()
    // Where it could not be stored, what was typed stays in the field.
    if (typed === '' || typed === text || (await onChange(typed))) end(isByKey)
  }
  if (!isEditing) {
    return (
      <button
        ref={button}
        type="button"
        className="todo-text"
        data-control="text"
        tabIndex={tabIndex}
        aria-label={`Edit ${text}`}
        onClick={() => setIsEditing(true)}
      >
        {text}
      </button>
    )
  }
  return (
    <textarea
      ref={field}
      className="todo-text editing"
      aria-label="Edit todo"
      rows={1}
      maxLength={MAX_TEXT}
      defaultValue={text}
      enterKeyHint="done"
      onBlur={() => void keep(false)}
      onKeyDown={(event) => {
        if (event.nativeEvent.isComposing) return
        if (event.key === 'Enter') {
          event.preventDefault()
          void keep(true)
        }
        if (event.key === 'Escape') {
          event.stopPropagation()
          // Leaving the field must not keep it after all.
          field.current!.value = text
          end(true)
        }
      }}
    />
  )
}
