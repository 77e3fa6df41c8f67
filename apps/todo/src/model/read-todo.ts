/**
 * Documents come from other programs too, and nothing binds what those write. What is not as this app would have written
 * it is shown as well as can be: no document may break the page. Good documents are passed on as they are, so that they
 * keep their identity.
 */
import { PRIORITIES, type Priority, type Todo } from './todo.ts'

const DAY = /^\d{4}-\d{2}-\d{2}$/

/** The document as a todo: itself where it is one, else the same repaired copy at every call. */
export function createTodoReader(): (document: Readonly<Todo>) => Todo {
  const repaired = new WeakMap<object, Todo>()
  return (document) => {
    if (isTodo(document)) return document
    const known = repaired.get(document)
    if (known !== undefined) return known
    const made = repair(document)
    repaired.set(document, made)
    return made
  }
}

function isTodo(document: Readonly<Record<string, unknown>>): boolean {
  return (
    typeof document['text'] === 'string' &&
    typeof document['done'] === 'boolean' &&
    typeof document['order'] === 'string' &&
    isPriority(document['priority']) &&
    isDue(document['due']) &&
    isTags(document['tags']) &&
    typeof document['createdAt'] === 'number'
  )
}

function repair(document: Readonly<Record<string, unknown>>): Todo {
  const { id, text, done, order, priority, due, tags, createdAt } = document
  return {
    id: String(id),
    text: typeof text === 'string' ? text : '',
    done: done === true,
    order: typeof order === 'string' ? order : '',
    priority: isPriority(priority) ? priority : 'none',
    due: isDue(due) ? due : null,
    tags: Array.isArray(tags) ? tags.filter((tag) => typeof tag === 'string') : [],
    createdAt: typeof createdAt === 'number' ? createdAt : 0,
  }
}

function isPriority(value: unknown): value is Priority {
  return (PRIORITIES as readonly unknown[]).includes(value)
}

function isDue(value: unknown): value is string | null {
  return value === null || (typeof value === 'string' && DAY.test(value))
}

function isTags(value: unknown): value is readonly string[] {
  return Array.isArray(value) && value.every((tag) => typeof tag === 'string')
}
