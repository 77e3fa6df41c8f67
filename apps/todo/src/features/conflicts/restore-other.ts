/** Gives a todo what was not kept, and takes the conflict out of the inbox: both or neither. */
import { type ConflictEntry, otherSide } from '../../model/conflict-entry.ts'
import type { TodoDatabase } from '../../model/collections.ts'
import type { Todo } from '../../model/todo.ts'

/** Rejects with NOT_FOUND where the todo was deleted since. */
export async function restoreOther(db: TodoDatabase, entry: ConflictEntry): Promise<void> {
  const other = otherSide(entry)
  await db.transaction(async (tx) => {
    if (other === null) await tx.todos.delete(entry.todoId)
    else if (entry.resolved === null) await tx.todos.save(other as Todo)
    else await tx.todos.update(entry.todoId, other)
    await tx.conflicts.delete(entry.id)
  })
}
