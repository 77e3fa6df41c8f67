import { describe, expect, test } from 'vitest'
import type { BackendAdapter } from '../ports/adapter.ts'
import { memoryStorage } from '../storage-memory/memory-storage.ts'
import { createModelBackend } from '../testing/model-backend.ts'
import { createTestLayer, testDeps } from '../testing/test-deps.ts'

function world() {
  const deps = testDeps()
  const backend = createModelBackend({ now: () => deps.clock.now() })
  const storage = memoryStorage()
  const open = (collections: readonly string[], adapter: BackendAdapter = backend.adapter()) =>
    createTestLayer({ storage, adapter, collections, sync: { auto: false } }, deps)
  const there = (): readonly string[] =>
    backend.records('default').map(({ collection, id }) => `${collection}/${id}`)
  return { backend, open, there }
}

async function transact(db: Awaited<ReturnType<typeof createTestLayer>>): Promise<void> {
  await db.transaction(async (tx) => {
    await tx.collection('todos').save({ id: 'a' })
    await tx.collection('lists').save({ id: 'b' })
  })
}

describe('a collection the app no longer declares', () => {
  test('keeps its part of an unsent transaction, which waits as a whole and holds up no other (W14, W19, ST8, W35)', async () => {
    const { open, there } = world()
    let db = await open(['todos', 'lists'])
    await transact(db)
    await db.close()

    db = await open(['todos'])
    await db.collection('todos').save({ id: 'c' })
    await db.collection('todos').update('a', { edited: true })
    expect(await db.sync()).toMatchObject({ pushed: 1 })
    expect(there()).toEqual(['todos/c'])
    expect((await db.outbox.list()).map(({ id }) => id)).toEqual(['todos/a'])
    await db.outbox.retry('todos/a')
    await db.close()

    db = await open(['todos', 'lists'])
    await db.sync()
    expect([...there()].sort()).toEqual(['lists/b', 'todos/a', 'todos/c'])
    expect(await db.outbox.list()).toEqual([])
    await db.close()
  })

  test('keeps a transaction in flight from being sent again in parts (W9, W14, W35)', async () => {
    const { backend, open, there } = world()
    const lost: BackendAdapter = {
      ...backend.adapter(),
      push: () => Promise.reject(new TypeError('lost on the way')),
    }
    let db = await open(['todos', 'lists'], lost)
    await transact(db)
    await db.sync().catch(() => undefined)
    await db.close()

    db = await open(['todos'])
    await db.sync()
    expect(there()).toEqual([])
    await db.close()

    db = await open(['todos', 'lists'])
    await db.sync()
    expect([...there()].sort()).toEqual(['lists/b', 'todos/a'])
    await db.close()
  })
})
