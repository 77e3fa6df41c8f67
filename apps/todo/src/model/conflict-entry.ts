/** One conflict as the inbox keeps it: both sides, what they came from, and what was made of them. */
import type { ConflictEvent, JsonObject } from '@synclayer/core'
import type { Todo } from './todo.ts'

/** Fields a person would recognise; the place in the list is not worth a word. */
const TOLD_FIELDS = ['text', 'done', 'priority', 'due', 'tags'] as const satisfies readonly (keyof Todo)[]

export type ToldField = (typeof TOLD_FIELDS)[number]

/** A type and not an interface, so that it passes as JSON. Null: deleted, or, for `base`, not yet there. */
export type ConflictEntry = {
  readonly id: string
  /** Milliseconds since 1970, by the clock of this device. */
  readonly at: number
  readonly todoId: string
  readonly base: JsonObject | null
  readonly local: JsonObject | null
  readonly remote: JsonObject | null
  readonly resolved: JsonObject | null
}

/** How one field came out. `both`: the sides were put together, or each had changed something else. */
export interface FieldOutcome {
  readonly field: ToldField
  readonly local: unknown
  readonly remote: unknown
  readonly kept: 'local' | 'remote' | 'both'
  /** Both sides had changed it: what was not kept is only here. */
  readonly isClash: boolean
}

export interface Outcome {
  /** What the todo is called, on the side that still has it. */
  readonly title: string
  /** A side that had deleted it; null: neither. */
  readonly deletedBy: 'local' | 'remote' | null
  readonly isDeleted: boolean
  readonly fields: readonly FieldOutcome[]
  /** Whether something of one side was not kept. */
  readonly hasLoss: boolean
}

export function toConflictEntry(event: ConflictEvent, at: number): Omit<ConflictEntry, 'id'> {
  const { base, local, remote, resolved } = event
  return { at, todoId: event.id, base, local, remote, resolved }
}

export function outcomeOf(entry: ConflictEntry): Outcome {
  const { local, remote, resolved } = entry
  const deletedBy = local === null ? 'local' : remote === null ? 'remote' : null
  const fields = deletedBy === null ? TOLD_FIELDS.flatMap((field) => fieldOutcome(entry, field)) : []
  const title = [resolved, local, remote, entry.base].find((side) => side !== null)?.['text']
  return {
    title: typeof title === 'string' ? title : '',
    deletedBy,
    isDeleted: resolved === null,
    fields,
    hasLoss: deletedBy !== null || fields.some(({ isClash }) => isClash),
  }
}

/** What gives the todo the values that were not kept. Null: it had been deleted there. */
export function otherSide(entry: ConflictEntry): Partial<Todo> | null {
  const { deletedBy, isDeleted, fields } = outcomeOf(entry)
  if (deletedBy !== null) {
    const kept = deletedBy === 'local' ? entry.remote : entry.local
    return isDeleted ? (kept as Partial<Todo> | null) : null
  }
  const clashes = fields.filter(({ isClash }) => isClash)
  return Object.fromEntries(
    clashes.map(({ field, kept, local, remote }) => [field, kept === 'local' ? remote : local]),
  )
}

function fieldOutcome(entry: ConflictEntry, field: ToldField): readonly FieldOutcome[] {
  const [base, local, remote, resolved] = [entry.base, entry.local, entry.remote, entry.resolved].map(
    (side) => side?.[field] ?? null,
  )
  if (isEqual(local, remote)) return []
  const kept = isEqual(resolved, local) ? 'local' : isEqual(resolved, remote) ? 'remote' : 'both'
  const isClash = kept !== 'both' && !isEqual(base, local) && !isEqual(base, remote)
  return [{ field, local, remote, kept, isClash }]
}

/** Values of these fields are plain ones, or lists of them. */
function isEqual(a: unknown, b: unknown): boolean {
  return JSON.stringify(a) === JSON.stringify(b)
}
