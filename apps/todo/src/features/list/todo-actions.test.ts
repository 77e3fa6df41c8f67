import { createSyncLayer, isSyncError } from '@synclayer/core'
import { expect, onTestFinished, test } from 'vitest'
import { collections, type TodoDatabase } from '../../model/collections.ts'
import { createNoticeStore, type NoticeStore } from '../../notices/notice-store.ts'
import { createTodoActions, type TodoActions } from './todo-actions.ts'

interface Lab {
  readonly db: TodoDatabase
  readonly actions: TodoActions
  readonly notices: NoticeStore
  /** Of what failed. */
  readonly codes: readonly string[]
  texts(): Promise<readonly string[]>
}

async function openLab(...texts: readonly string[]): Promise<Lab> {
  const db = await createSyncLayer({ collections, logger: 'off' })
  onTestFinished(() => db.close())
  const notices = createNoticeStore()
  const codes: string[] = []
  const failed = (error: unknown): void => void codes.push(isSyncError(error) ? error.code : 'UNKNOWN')
  const actions = createTodoActions(db, notices, { now: () => 1000, failed })
  if (texts.length > 0) await actions.add(texts.map(entry))
  const sorted = db.collection('todos').orderBy('order')
  return { db, actions, notices, codes, texts: async () => (await sorted.get()).map(({ text }) => text) }
}

const entry = (text: string): Parameters<TodoActions['add']>[0][number] => ({
  text,
  tags: [],
  priority: 'none',
  due: null,
})

test('what is added stands on top, in the order it was typed, however quickly', async () => {
  const { actions, texts } = await openLab('a', 'b')
  await Promise.all([actions.add([entry('c')]), actions.add([entry('d')]), actions.add([entry('e')])])
  expect(await texts()).toEqual(['e', 'd', 'c', 'a', 'b'])
})

test('a removal can be undone, with everything another program had put into the document', async () => {
  const { db, actions, notices, texts } = await openLab('a', 'b', 'c')
  const todos = db.collection('todos')
  const removed = (await todos.orderBy('order').get())[1]!
  await todos.save({ ...removed, colour: 'red' } as typeof removed)
  await actions.remove([removed])
  expect(await texts()).toEqual(['a', 'c'])
  expect(notices.get()[0]).toMatchObject({ text: 'Deleted “b”', action: { label: 'Undo' } })

  expect(await actions.undo()).toBe(true)
  expect(await texts()).toEqual(['a', 'b', 'c'])
  expect(await todos.get(removed.id)).toMatchObject({ colour: 'red' })
  expect(notices.get().map(({ text }) => text)).toEqual(['Brought back'])
})

test('a removal of many is undone too, but for what came back meanwhile', async () => {
  const { db, actions } = await openLab(...Array.from({ length: 60 }, (_, index) => `todo ${index}`))
  const todos = db.collection('todos')
  const removed = await todos.getAll()
  await actions.remove(removed)
  expect(await todos.count()).toBe(0)
  await todos.save({ ...removed[0]!, text: 'edited on another device' })
  await actions.undo()
  expect(await todos.count()).toBe(60)
  expect((await todos.get(removed[0]!.id))?.text).toBe('edited on another device')
})

test('nothing to undo is told by nothing', async () => {
  const { actions, notices } = await openLab()
  expect(await actions.undo()).toBe(false)
  expect(notices.get()).toEqual([])
})

test('moving writes one document, or all that must give way', async () => {
  const { db, actions, texts } = await openLab('a', 'b', 'c')
  const todos = db.collection('todos')
  const sorted = await todos.orderBy('order').get()
  await actions.move(sorted, sorted[2]!.id, 0)
  expect(await texts()).toEqual(['c', 'a', 'b'])

  await todos.saveAll(sorted.map((todo) => ({ ...todo, order: 'a0' })))
  const equal = await todos.orderBy('order').get()
  await actions.move(equal, equal[2]!.id, 1)
  expect(await texts()).toEqual(['a', 'c', 'b'])
})

test('what cannot be done is told, and nothing is thrown', async () => {
  const { db, actions, codes } = await openLab()
  expect(await actions.change('gone', { done: true })).toBe(false)
  await db.close()
  expect(await actions.add([entry('a')])).toBe(false)
  expect(codes).toEqual(['NOT_FOUND', 'CLOSED'])
})
