/**
 * What is typed in one line becomes a todo: `Pay rent #home !high @tomorrow`. Marks may stand anywhere; what is no mark
 * stays text, so that "issue #12" and "meet @noon" mean what they say.
 */
import { addDays, isDay, nextWeekday } from './days.ts'
import type { Priority, Todo } from './todo.ts'

export type Entry = Pick<Todo, 'text' | 'tags' | 'priority' | 'due'>

const PRIORITY_BY_MARK: Readonly<Record<string, Priority>> = {
  high: 'high',
  medium: 'medium',
  low: 'low',
  '1': 'high',
  '2': 'medium',
  '3': 'low',
}

/** Null where no text is left. `today` is the day at the user's place. */
export function parseEntry(line: string, today: string): Entry | null {
  const words: string[] = []
  const tags = new Set<string>()
  let priority: Priority = 'none'
  let due: string | null = null
  for (const word of line.trim().split(/\s+/)) {
    const rest = word.slice(1).toLowerCase()
    const day = word.startsWith('@') ? dayOf(rest, today) : null
    const mark = word.startsWith('!') ? PRIORITY_BY_MARK[rest] : undefined
    if (word.startsWith('#') && toTag(rest) === rest) tags.add(rest)
    else if (mark !== undefined) priority = mark
    else if (day !== null) due = day
    else words.push(word)
  }
  const text = words.join(' ')
  return text === '' ? null : { text, tags: [...tags], priority, due }
}

/** A text as a tag: lower case, no blanks, beginning with a letter. Null where nothing is left. */
export function toTag(text: string): string | null {
  const tag = text.trim().toLowerCase().replace(/^#/, '').replace(/\s+/g, '-').slice(0, 40)
  return /^\p{L}[\p{L}\p{N}_-]*$/u.test(tag) ? tag : null
}

function dayOf(word: string, today: string): string | null {
  if (word === 'today') return today
  if (word === 'tomorrow') return addDays(today, 1)
  if (isDay(word)) return word
  return nextWeekday(word, today)
}
