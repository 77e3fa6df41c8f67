import { describe, expect, test } from 'vitest'
import type { DamagedRecord, Storage, StoredRecord } from '../ports/storage.ts'
import { memoryStorage } from '../storage-memory/memory-storage.ts'
import { createModelBackend } from '../testing/model-backend.ts'
import { createTestLayer, testDeps } from '../testing/test-deps.ts'
import { createVirtualTime } from '../testing/virtual-time.ts'

/** A memory storage, one row of which can be spoiled: it is damaged until it is written over. */
function spoiling(): { readonly storage: Storage; spoil(id: string): Promise<void> } {
  const inner = memoryStorage()
  let spoiled: StoredRecord | null = null
  const show = <Row extends StoredRecord | DamagedRecord | undefined>(row: Row): Row | DamagedRecord => {
    if (row === undefined || row.id !== spoiled?.id || row.revision !== spoiled.revision) return row
    const { collection, id, revision, order } = spoiled
    return { collection, id, damaged: true, revision, order }
  }
  const storage: Storage = {
    ...inner,
    read: async (keys) => (await inner.read(keys)).map((row) => show(row)),
    outbox: async (request) => (await inner.outbox(request)).map((row) => show(row)),
    scan: async (request) => (await inner.scan(request)).map((row) => show(row)),
  }
  return {
    storage,
    async spoil(id) {
      const [row] = await inner.read([{ collection: 'todos', id }])
      spoiled = row as StoredRecord
    },
  }
}

function open(storage: Storage) {
  const time = createVirtualTime()
  const backend = createModelBackend({ now: () => time.clock.now() })
  const layer = createTestLayer(
    { storage, collections: ['todos'], adapter: backend.adapter(), sync: { auto: false } },
    testDeps({ time }),
  )
  return { backend, layer }
}

describe('a damaged row with something unsent', () => {
  test('is told when it should be sent, holds up no other, and leaves nothing to wait for (ST6, W19, I7, W28)', async () => {
    const { storage, spoil } = spoiling()
    const { backend, layer } = open(storage)
    const db = await layer
    const told: unknown[] = []
    db.on('error', ({ error, id }) => void told.push([error.code, id]))
    await db.collection('todos').saveAll([{ id: 'bad' }, { id: 'good' }])
    await spoil('bad')
    await db.sync()
    expect(backend.records('default').map(({ id }) => id)).toEqual(['good'])
    expect(told).toEqual([['STORAGE_CORRUPT', 'bad']])
    expect(db.status.pending).toBe(0)
    await db.outbox.settled()
    await db.close()
  })

  test('that is written over is sent, and counted once (ST6, I7)', async () => {
    const { storage, spoil } = spoiling()
    const { backend, layer } = open(storage)
    const db = await layer
    await db.collection('todos').save({ id: 'bad', text: 'a' })
    await spoil('bad')
    await db.collection('todos').save({ id: 'bad', text: 'b' })
    await db.sync()
    expect(backend.records('default')).toMatchObject([{ id: 'bad', data: { id: 'bad', text: 'b' } }])
    expect(db.status.pending).toBe(0)
    await db.close()
  })
})
