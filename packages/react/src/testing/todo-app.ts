/** A client with todos and notes. Runs in browsers too. */
import {
  collection,
  type CollectionDefinition,
  createSyncLayer,
  type SyncLayer,
  type SyncLayerOptions,
} from '@synclayer/core'

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
