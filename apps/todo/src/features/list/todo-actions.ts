/**
 * What the user does to todos. Each resolves to whether it was done; what could not be done is told, and whoever asked
 * keeps what was typed.
 */
import { createContext, useContext } from 'react'
import type { TodoDatabase } from '../../model/collections.ts'
import { keysAtTop, moveTo } from '../../model/order-keys.ts'
import type { Entry } from '../../model/parse-entry.ts'
import type { Todo, TodoChanges } from '../../model/todo.ts'
import type { NoticeStore } from '../../notices/notice-store.ts'
import { createUndoStack } from '../../notices/undo-stack.ts'

export interface TodoActions {
  /** Adds them at the top, in this order. */
  add(entries: readonly (Entry & { readonly done?: boolean })[]): Promise<boolean>
  change(id: string, changes: TodoChanges): Promise<boolean>
  /** Offers to undo it. */
  remove(todos: readonly Todo[]): Promise<boolean>
  /** Puts a todo at `index` of the whole list without it. */
  move(sorted: readonly Todo[], id: string, index: number): Promise<boolean>
  /** Takes back the latest removal, or that one. */
  undo(step?: number): Promise<boolean>
}

/** More than these are read at once, with all others. */
const FEW = 20

export interface TodoActionsDeps {
  readonly now: () => number
  /** Told of what could not be done. */
  readonly failed: (error: unknown) => void
}

const TodoActionsContext = createContext<TodoActions | null>(null)

export const TodoActionsProvider = TodoActionsContext.Provider

export function useTodoActions(): TodoActions {
  const actions = useContext(TodoActionsContext)
  if (actions === null) throw new Error('No store is open.')
  return actions
}

/** What can be undone goes with the store it was done to. */
export function createTodoActions(
  db: TodoDatabase,
  notices: NoticeStore,
  { now, failed }: TodoActionsDeps,
): TodoActions {
  const todos = db.collection('todos')
  const removals = createUndoStack()

  const attempt = async (act: () => Promise<unknown>): Promise<boolean> => {
    try {
      await act()
      return true
    } catch (error) {
      failed(error)
      return false
    }
  }

  /** The documents as they are stored, whatever else another program put into them. */
  const find = async (ids: readonly string[]): Promise<readonly Todo[]> => {
    const wanted = new Set(ids)
    const found = ids.length <= FEW ? await Promise.all(ids.map((id) => todos.get(id))) : await todos.getAll()
    return found.filter((document) => document !== undefined && wanted.has(document.id)) as Todo[]
  }

  /** Those that came back meanwhile stay as they are. */
  const restore = async (documents: readonly Todo[]): Promise<void> => {
    const there = new Set((await find(documents.map(({ id }) => id))).map(({ id }) => id))
    await todos.saveAll(documents.filter(({ id }) => !there.has(id)))
  }

  const place = async (entries: Parameters<TodoActions['add']>[0]): Promise<void> => {
    const first = await todos.orderBy('order').first()
    const orders = keysAtTop(first === undefined ? [] : [first], entries.length)
    const createdAt = now()
    await todos.saveAll(
      entries.map((entry, index) => ({ done: false, ...entry, order: orders[index]!, createdAt })),
    )
  }

  /** Each is placed above the one before, however quickly they are typed. */
  let placed: Promise<unknown> = Promise.resolve()

  const actions: TodoActions = {
    add(entries) {
      const added = placed.then(() => attempt(() => place(entries)))
      placed = added
      return added
    },
    change: (id, changes) => attempt(() => todos.update(id, changes)),
    remove: (removed) =>
      attempt(async () => {
        const ids = removed.map(({ id }) => id)
        const documents = await find(ids)
        await todos.deleteAll(ids)
        const step = removals.push(async () => {
          await restore(documents)
          notices.close(notice)
        })
        const notice = notices.show({
          kind: 'done',
          text: tellRemoval(removed),
          action: { label: 'Undo', run: () => void actions.undo(step) },
        })
      }),
    move: (sorted, id, index) =>
      attempt(async () => {
        const places = moveTo(sorted, id, index)
        if (places.length === 1) return todos.update(id, { order: places[0]!.order })
        return db.transaction(async (tx) => {
          for (const place of places) await tx.todos.update(place.id, { order: place.order })
        })
      }),
    async undo(step) {
      let wasUndone = false
      const isFine = await attempt(async () => {
        wasUndone = await removals.undo(step)
      })
      if (wasUndone) notices.show({ kind: 'done', text: 'Brought back' })
      return isFine && wasUndone
    },
  }
  return actions
}

function tellRemoval(removed: readonly Todo[]): string {
  return removed.length === 1
    ? `Deleted “${removed[0]!.text}”`
    : `Deleted ${removed.length.toLocaleString()} todos`
}
