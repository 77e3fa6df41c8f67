/** What of the list is shown, and what there is to choose from. Pure, and quick enough for 10,000 todos at every key. */
import { PRIORITIES, type Todo } from './todo.ts'

export interface View {
  readonly status: 'all' | 'open' | 'done'
  readonly search: string
  readonly tag: string | null
  /** `manual` is the order the user gave. */
  readonly sort: 'manual' | 'due' | 'priority'
}

export const WHOLE_VIEW: View = { status: 'all', search: '', tag: null, sort: 'manual' }

export interface Counts {
  readonly all: number
  readonly open: number
  readonly done: number
}

/** Whether something is left out by the view. */
export function isNarrowed(view: View): boolean {
  return view.status !== 'all' || view.search.trim() !== '' || view.tag !== null
}

export interface TodoSelector {
  select(todos: readonly Todo[], view: View): readonly Todo[]
}

/** Keeps the searchable text of each todo, since a search looks at all of them at every key. */
export function createTodoSelector(): TodoSelector {
  const texts = new WeakMap<Todo, string>()
  const textOf = (todo: Todo): string => {
    let text = texts.get(todo)
    if (text === undefined) {
      text = fold(`${todo.text} ${todo.tags.map((tag) => `#${tag}`).join(' ')}`)
      texts.set(todo, text)
    }
    return text
  }
  return {
    select(todos, view) {
      const words = fold(view.search).split(/\s+/).filter(Boolean)
      const shown = isNarrowed(view)
        ? todos.filter(
            (todo) =>
              (view.status === 'all' || todo.done === (view.status === 'done')) &&
              (view.tag === null || todo.tags.includes(view.tag)) &&
              words.every((word) => textOf(todo).includes(word)),
          )
        : todos
      return view.sort === 'manual' ? shown : shown.toSorted(COMPARE_BY_SORT[view.sort])
    },
  }
}

/** Stable sorts: equal ones stay in the order of the list. */
const COMPARE_BY_SORT = {
  due: (a: Todo, b: Todo) => compare(a.due ?? '9999', b.due ?? '9999'),
  priority: (a: Todo, b: Todo) => PRIORITIES.indexOf(a.priority) - PRIORITIES.indexOf(b.priority),
} as const

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0
}

/** Without case and accents. */
function fold(text: string): string {
  return text.normalize('NFKD').replace(/\p{M}/gu, '').toLowerCase()
}

export function countTodos(todos: readonly Todo[]): Counts {
  let done = 0
  for (const todo of todos) if (todo.done) done += 1
  return { all: todos.length, open: todos.length - done, done }
}

/** Every tag that is in use, by name. */
export function tagsOf(todos: readonly Todo[]): readonly string[] {
  const tags = new Set<string>()
  for (const todo of todos) for (const tag of todo.tags) tags.add(tag)
  return [...tags].toSorted((a, b) => a.localeCompare(b))
}
