import { describe, expect, test } from 'vitest'
import { createSyncLayer } from './create-sync-layer.ts'
import { memoryStorage } from '../storage-memory/memory-storage.ts'

describe('createSyncLayer', () => {
  test('with two options creates, reads, updates and deletes (D4)', async () => {
    const db = await createSyncLayer({ storage: memoryStorage(), collections: ['todos'] })
    const todos = db.collection('todos')
    const id = await todos.save({ text: 'Buy milk', done: false })
    expect(await todos.get(id)).toEqual({ id, text: 'Buy milk', done: false })
    await todos.update(id, { done: true })
    expect(await todos.get(id)).toEqual({ id, text: 'Buy milk', done: true })
    await todos.delete(id)
    expect(await todos.get(id)).toBeUndefined()
    await db.close()
  })
})
