/** A client with todos and notes, and how many live queries are open in it. */
import {
  collection,
  type CollectionDefinition,
  createSyncLayer,
  type SyncLayer,
  type SyncLayerOptions,
} from '@synclayer/core'
import { vi } from 'vitest'

export interface Todo {
  readonly id: string
  readonly text: string
  readonly done: boolean
}

export interface Note {
  readonly id: string
  readonly text: string
}

// A type, since interfaces have no index signature.
type Definitions = {
  readonly todos: CollectionDefinition<Todo>
  readonly notes: CollectionDefinition<Note>
}

const definitions: Definitions = { todos: collection<Todo>(), notes: collection<Note>() }

export type TodoClient = SyncLayer<Definitions>

export const MILK: Todo = { id: 'a', text: 'Buy milk', done: false }
export const BREAD: Todo = { id: 'b', text: 'Bake bread', done: true }
export const TEA: Todo = { id: 'c', text: 'Make tea', done: false }

export function openTodoClient(
  options: Omit<SyncLayerOptions<Definitions>, 'collections'> = {},
): Promise<TodoClient> {
  return createSyncLayer({ ...options, collections: definitions })
}

export interface LiveCount {
  /** Live queries started so far. */
  readonly started: number
  /** Live queries started and not closed. */
  readonly open: number
}

interface Watching {
  watch(this: unknown, ...id: readonly unknown[]): { close(): void }
}

/** Counts the live queries of all clients from now on, until vitest restores its mocks. */
export function countLiveQueries(client: TodoClient): LiveCount {
  const count = { started: 0, open: 0 }
  const todos = client.collection('todos')
  for (const watched of [todos, todos.limit(1)]) {
    const prototype = Object.getPrototypeOf(watched) as Watching
    const watch = prototype.watch
    vi.spyOn(prototype, 'watch').mockImplementation(function (this: unknown, ...id) {
      const live = watch.apply(this, id)
      count.started += 1
      count.open += 1
      const close = (): void => {
        count.open -= 1
        live.close()
      }
      return Object.create(live, { close: { value: close } }) as typeof live
    })
  }
  return count
}
