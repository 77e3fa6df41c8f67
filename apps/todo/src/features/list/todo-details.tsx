import { type ReactElement, useId, useRef } from 'react'
import { toTag } from '../../model/parse-entry.ts'
import { PRIORITIES, type Todo, type TodoChanges } from '../../model/todo.ts'
import { Icon } from '../../ui/icons.tsx'
import { useShownValue } from '../../ui/use-shown-value.ts'
import { PRIORITY_TITLES } from './priority-titles.ts'

export interface TodoDetailsProps {
  readonly todo: Todo
  readonly onChange: (changes: TodoChanges) => Promise<boolean>
}

/** Priority, day and tags of a todo. Everything is kept as it is chosen. */
export function TodoDetails({ todo, onChange }: TodoDetailsProps): ReactElement {
  const id = useId()
  const [chosen, setPriority] = useShownValue(todo.priority, (priority) => onChange({ priority }))
  const [due, setDue] = useShownValue(todo.due, (day) => onChange({ due: day }))
  return (
    <div className="details" role="group" aria-label={`Details of ${todo.text}`}>
      <fieldset className="field">
        <legend>Priority</legend>
        <div className="segments">
          {PRIORITIES.map((priority) => (
            <label key={priority} className="segment">
              <input
                type="radio"
                name={`${id}-priority`}
                checked={chosen === priority}
                onChange={() => setPriority(priority)}
              />
              <span>{PRIORITY_TITLES[priority]}</span>
            </label>
          ))}
        </div>
      </fieldset>
      <div className="field">
        <label htmlFor={`${id}-due`}>Due date</label>
        <input
          id={`${id}-due`}
          type="date"
          value={due ?? ''}
          onChange={(event) => setDue(event.target.value === '' ? null : event.target.value)}
        />
      </div>
      <TagField tags={todo.tags} onChange={(tags) => onChange({ tags })} />
    </div>
  )
}

interface TagFieldProps {
  readonly tags: readonly string[]
  readonly onChange: (tags: readonly string[]) => Promise<boolean>
}

function TagField({ tags, onChange }: TagFieldProps): ReactElement {
  const id = useId()
  const field = useRef<HTMLInputElement>(null)
  const add = async (): Promise<void> => {
    const tag = toTag(field.current!.value)
    if (tag === null) return
    if (tags.includes(tag) || (await onChange([...tags, tag]))) field.current!.value = ''
  }
  const remove = async (tag: string): Promise<void> => {
    if (await onChange(tags.filter((other) => other !== tag))) field.current?.focus()
  }
  return (
    <div className="field tags-field">
      <label htmlFor={`${id}-tag`}>Add a tag</label>
      <div className="tags">
        {tags.map((tag) => (
          <button
            key={tag}
            type="button"
            className="mark tag"
            aria-label={`Remove tag ${tag}`}
            onClick={() => void remove(tag)}
          >
            #{tag}
            <Icon name="close" />
          </button>
        ))}
        <input
          ref={field}
          id={`${id}-tag`}
          type="text"
          placeholder="home"
          maxLength={40}
          autoComplete="off"
          autoCapitalize="none"
          onBlur={() => void add()}
          onKeyDown={(event) => {
            if (event.nativeEvent.isComposing) return
            if (event.key === 'Enter' || event.key === ',') {
              event.preventDefault()
              void add()
            }
          }}
        />
      </div>
    </div>
  )
}
