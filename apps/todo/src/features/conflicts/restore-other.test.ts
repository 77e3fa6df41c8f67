import { createSyncLayer, isSyncError } from '@synclayer/core'
import { expect, onTestFinished, test } from 'vitest'
import { collections, type TodoDatabase } from '../../model/collections.ts'
import type { ConflictEntry } from '../../model/conflict-entry.ts'
import type { Todo } from '../../model/todo.ts'
import { restoreOther } from './restore-other.ts'

const todo: Todo = {
  id: 't',
  text: 'Buy milk',
  done: false,
  order: 'a0',
  priority: 'none',
  due: null,
  tags: [],
  createdAt: 0,
}

async function openWith(entry: Omit<ConflictEntry, 'id' | 'at' | 'todoId'>): Promise<{
  readonly db: TodoDatabase
  readonly entry: ConflictEntry
}> {
  const db = await createSyncLayer({ collections, logger: 'off' })
  onTestFinished(() => db.close())
  const whole: ConflictEntry = { id: 'c', at: 0, todoId: 't', ...entry }
  await db.collection('conflicts').save(whole)
  if (whole.resolved !== null) await db.collection('todos').save(whole.resolved as Todo)
  return { db, entry: whole }
}

test('takes the value that was not kept, and nothing else of that side', async () => {
  const { db, entry } = await openWith({
    base: todo,
    local: { ...todo, text: 'Buy oat milk', done: true },
    remote: { ...todo, text: 'Buy soy milk' },
    resolved: { ...todo, text: 'Buy soy milk', done: true },
  })
  await restoreOther(db, entry)
  expect(await db.collection('todos').get('t')).toEqual({ ...todo, text: 'Buy oat milk', done: true })
  expect(await db.collection('conflicts').count()).toBe(0)
})

test('deletes after all what an edit had kept', async () => {
  const edited = { ...todo, done: true }
  const { db, entry } = await openWith({ base: todo, local: edited, remote: null, resolved: edited })
  await restoreOther(db, entry)
  expect(await db.collection('todos').get('t')).toBeUndefined()
})

test('brings back what a delete had taken away', async () => {
  const edited = { ...todo, done: true }
  const { db, entry } = await openWith({ base: todo, local: edited, remote: null, resolved: null })
  await restoreOther(db, entry)
  expect(await db.collection('todos').get('t')).toEqual(edited)
})

test('where the todo is gone the conflict stays to be read', async () => {
  const { db, entry } = await openWith({
    base: todo,
    local: { ...todo, text: 'a' },
    remote: { ...todo, text: 'b' },
    resolved: { ...todo, text: 'b' },
  })
  await db.collection('todos').delete('t')
  await expect(restoreOther(db, entry)).rejects.toSatisfy((error) => isSyncError(error, 'NOT_FOUND'))
  expect(await db.collection('conflicts').count()).toBe(1)
})
