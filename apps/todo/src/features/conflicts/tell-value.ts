import type { ToldField } from '../../model/conflict-entry.ts'

export const FIELD_TITLES: Readonly<Record<ToldField, string>> = {
  text: 'Text',
  done: 'Done',
  priority: 'Priority',
  due: 'Due',
  tags: 'Tags',
}

/** A value of a todo as a person would write it. */
export function tellValue(field: ToldField, value: unknown): string {
  if (field === 'done') return value === true ? 'yes' : 'no'
  if (Array.isArray(value))
    return value.length === 0 ? 'none' : value.map((tag) => `#${String(tag)}`).join(' ')
  if (value === null || value === undefined || value === '') return 'none'
  return typeof value === 'string' ? value : JSON.stringify(value)
}
