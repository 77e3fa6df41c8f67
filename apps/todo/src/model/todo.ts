/** A todo, as this app reads and writes it. */

/** How much a todo matters, the most important first. */
export const PRIORITIES = ['high', 'medium', 'low', 'none'] as const

export type Priority = (typeof PRIORITIES)[number]

/** A type and not an interface, so that it passes as JSON. */
export type Todo = {
  readonly id: string
  readonly text: string
  readonly done: boolean
  /** Where it stands in the list: a fractional key, compared as text. Equal keys are ordered by id. */
  readonly order: string
  readonly priority: Priority
  /** The day it is due, `2026-12-24`; null: none. */
  readonly due: string | null
  readonly tags: readonly string[]
  /** Milliseconds since 1970, by the clock of the device it was made on. */
  readonly createdAt: number
}

/** The longest text that is taken, in characters. */
export const MAX_TEXT = 2000

/** What an editor changes of a todo. */
export type TodoChanges = Partial<Pick<Todo, 'text' | 'done' | 'priority' | 'due' | 'tags'>>
