/** What is stored. */
import { collection, type SyncLayer } from '@synclayer/core'
import type { ConflictEntry } from './conflict-entry.ts'
import type { Todo } from './todo.ts'

export const collections = {
  // Tags added on two devices are put together; everything else is merged field by field.
  todos: collection<Todo>({ indexes: ['order'], fields: { tags: 'set' } }),
  // The inbox stays on the device, and is the same in all of its windows.
  conflicts: collection<ConflictEntry>({ local: true, indexes: ['at'] }),
}

export type TodoDatabase = SyncLayer<typeof collections>
