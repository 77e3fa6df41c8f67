import { describe, expect, test } from 'vitest'
import { isSyncError, type SyncError } from '../errors/sync-error.ts'
import type { Storage } from '../ports/storage.ts'
import { memoryStorage } from '../storage-memory/memory-storage.ts'
import { createModelBackend } from '../testing/model-backend.ts'
import { createTestLayer, testDeps } from '../testing/test-deps.ts'
import { collection } from './collection-definition.ts'
import { createSyncLayer } from './create-sync-layer.ts'

/** What a call was refused with; fails where it was not. */
async function refusal(call: () => unknown): Promise<SyncError> {
  try {
    await call()
  } catch (error) {
    if (isSyncError(error)) return error
    throw error
  }
  throw new Error('It was not refused')
}

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

  const wrong: readonly (readonly [option: string, options: Record<string, unknown>])[] = [
    ['storage', { storage: {} }],
    ['storage', { storage: 'app.db' }],
    ['adapter', { adapter: { push: () => undefined } }],
    ['collections', { collections: undefined }],
    ['collections', { collections: [] }],
    ['collections', { collections: {} }],
    ['collections', { collections: ['1todos'] }],
    ['collections', { collections: ['to-dos'] }],
    ['collections', { collections: [7] }],
    ['collections.todos', { collections: { todos: {} } }],
    ['collections.todos', { collections: { todos: null } }],
    ['scopes', { scopes: [] }],
    ['scopes', { scopes: 'default' }],
    ['scopes[1]', { scopes: ['a', ''] }],
    ['scopes[0]', { scopes: ['ü'] }],
    ['conflicts', { conflicts: 'newest' }],
    ['sync', { sync: true }],
    ['sync.auto', { sync: { auto: 'yes' } }],
    ['sync.interval', { sync: { interval: '5 minutes' } }],
    ['sync.interval', { sync: { interval: 0 } }],
    ['sync.interval', { sync: { interval: Number.NaN } }],
    ['sync.realtime', { sync: { realtime: 1 } }],
    ['sync.batchSize', { sync: { batchSize: 0 } }],
    ['sync.batchSize', { sync: { batchSize: 1.5 } }],
    ['sync.timeout', { sync: { timeout: -1 } }],
    ['sync.retry', { sync: { retry: 'often' } }],
    ['sync.retry.base', { sync: { retry: { base: 'soon' } } }],
    ['sync.retry.max', { sync: { retry: { base: '2s', max: '1s' } } }],
    ['sync.retry.times', { sync: { retry: { times: 3 } } }],
    ['sync.intervall', { sync: { intervall: '5m' } }],
    ['durability', { durability: 'full' }],
    ['logger', { logger: 'loud' }],
    ['logger', { logger: { write: () => undefined } }],
    ['logger.level', { logger: { log: () => undefined, level: 'trace' } }],
    ['metrics', { metrics: {} }],
    ['onBackendReset', { onBackendReset: 'ignore' }],
    ['colections', { colections: ['todos'] }],
    ['filters', { filters: {} }],
    ['encryption', { encryption: {} }],
  ]

  test.each(wrong)('refuses a wrong %s, naming it: %j (D12)', async (option, options) => {
    const error = await refusal(() =>
      createTestLayer({ collections: ['todos'], ...options } as unknown as { collections: string[] }),
    )
    expect(error.code).toBe('INVALID_OPTION')
    expect(error.details['option']).toBe(option)
    expect(error.message).toContain(option.replace(/\[\d+\]$/, ''))
  })

  test('refuses options that are no object, and says what near names there are (D12)', async () => {
    expect((await refusal(() => createTestLayer(undefined as never))).code).toBe('INVALID_OPTION')
    const error = await refusal(() => createTestLayer({ collections: ['a'], scope: ['x'] } as never))
    expect(error.message).toContain('Did you mean "scopes"?')
  })

  const wrongDefinitions: readonly (readonly [option: string, options: unknown])[] = [
    ['collection', 'todos'],
    ['collection.index', { index: ['a'] }],
    ['collection.indexes', { indexes: 'a' }],
    ['collection.indexes[0]', { indexes: [7] }],
    ['collection.indexes[1]', { indexes: ['a', []] }],
    ['collection.schema', { schema: { parse: () => undefined } }],
    ['collection.version', { version: 0 }],
    ['collection.version', { version: '2' }],
    ['collection.migrate', { migrate: [] }],
    ['collection.migrate.3', { version: 2, migrate: { 3: () => ({}) } }],
    ['collection.migrate.1', { version: 2, migrate: { 1: () => ({}) } }],
    ['collection.migrate.2', { version: 2, migrate: { 2: 'rename' } }],
    ['collection.local', { local: 'yes' }],
    ['collection.scope', { scope: 'default' }],
    ['collection.conflicts', { conflicts: 'mine' }],
    ['collection.fields.likes', { fields: { likes: 'sum' } }],
  ]

  test.each(wrongDefinitions)('collection() refuses a wrong %s at once: %j (D12)', (option, options) => {
    expect(() => collection(options as never)).toThrow(
      expect.objectContaining({
        code: 'INVALID_OPTION',
        details: expect.objectContaining({ option }) as unknown,
      }),
    )
  })

  test('says what was given, also where it is empty (D12)', async () => {
    const list = await refusal(() => createTestLayer({ collections: [] }))
    expect(list.message).toContain('not an empty array')
    const object = await refusal(() => createTestLayer({ collections: {} }))
    expect(object.message).toContain('not an empty object')
  })

  test('a storage that is open already is STORAGE_FAILED, and the first client goes on (D14)', async () => {
    const storage = memoryStorage()
    const db = await createTestLayer({ storage, collections: ['todos'] })
    expect((await refusal(() => createTestLayer({ storage, collections: ['todos'] }))).code).toBe(
      'STORAGE_FAILED',
    )
    const id = await db.collection('todos').save({ text: 'a' })
    expect(await db.collection('todos').get(id)).toEqual({ id, text: 'a' })
    await db.close()
  })

  test('a durability the storage has not is NOT_SUPPORTED (D12)', async () => {
    expect((await refusal(() => createTestLayer({ collections: ['a'], durability: 'power' }))).code).toBe(
      'NOT_SUPPORTED',
    )
  })

  test('closes the storage where a later step fails, so that it can be opened again (D14)', async () => {
    const inner = memoryStorage()
    let fails = true
    const storage: Storage = {
      ...inner,
      readEntries: (names) => (fails ? Promise.reject(new Error('disk on fire')) : inner.readEntries(names)),
    }
    const error = await refusal(() => createTestLayer({ storage, collections: ['todos'] }))
    expect(error.code).toBe('STORAGE_FAILED')
    fails = false
    const db = await createTestLayer({ storage, collections: ['todos'] })
    await db.close()
  })

  test('after close every call is CLOSED; closing twice is safe; it can be opened again (D14)', async () => {
    const storage = memoryStorage()
    const db = await createTestLayer({ storage, collections: ['todos'] })
    const todos = db.collection('todos')
    const id = await todos.save({ text: 'kept' })
    const writing = todos.save({ id: 'last', text: 'under way' })
    await Promise.all([db.close(), db.close()])
    await writing
    await db.close()
    const calls: readonly (() => unknown)[] = [
      () => db.collection('todos'),
      () => todos.save({ text: 'x' }),
      () => todos.saveAll([]),
      () => todos.get(id),
      () => todos.getAll(),
      () => todos.update(id, {}),
      () => todos.delete(id),
      () => todos.deleteAll([id]),
      () => todos.where('text', '==', 'x').get(),
      () => todos.where('text', '==', 'x').count(),
      () => todos.where('text', '==', 'x').first(),
      () => todos.where('text', '==', 'x').watch(),
      () => todos.watch(id),
      () => todos.status(id),
      () => db.transaction(() => undefined),
      () => db.on('error', () => undefined),
      () => db.metrics(),
      () => db.resetMetrics(),
      () => db.sync(),
      () => db.pause(),
      () => db.resume(),
      () => db.status.subscribe(() => undefined),
      () => db.outbox.list(),
      () => db.outbox.retry('todos/x'),
      () => db.outbox.discard('todos/x'),
      () => db.outbox.settled(),
      () => db.setScopes(['a']),
      () => db.verify(),
      () => db.export(),
      () => db.import(''),
      () => db.signOut(),
    ]
    for (const call of calls) expect((await refusal(call)).code, String(call)).toBe('CLOSED')
    const again = await createTestLayer({ storage, collections: ['todos'] })
    expect(await again.collection('todos').get(id)).toEqual({ id, text: 'kept' })
    expect(await again.collection('todos').get('last')).toEqual({ id: 'last', text: 'under way' })
    await again.close()
  })

  test('an unknown collection is UNKNOWN_COLLECTION, with the near name (D20)', async () => {
    const db = await createTestLayer({ collections: ['todos', 'notes'] })
    const error = await refusal(() => db.collection('todo' as 'todos'))
    expect(error.code).toBe('UNKNOWN_COLLECTION')
    expect(error.message).toContain('"todos"')
    await db.close()
  })

  test('without an adapter nothing is sent, and edits wait for one (D5, D18)', async () => {
    const storage = memoryStorage()
    const db = await createTestLayer({ storage, collections: ['todos'] })
    const id = await db.collection('todos').save({ text: 'a' })
    expect(await db.collection('todos').status(id)).toBe('pending')
    expect(db.status.pending).toBe(1)
    for (const call of [() => db.sync(), () => db.verify(), () => db.outbox.settled()]) {
      expect((await refusal(call)).code).toBe('NOT_SUPPORTED')
    }
    await db.close()

    const deps = testDeps()
    const backend = createModelBackend({ now: () => deps.clock.now() })
    const later = await createTestLayer({ storage, collections: ['todos'], adapter: backend.adapter() }, deps)
    await later.sync()
    expect(backend.records('default').map(({ data }) => data)).toEqual([{ id, text: 'a' }])
    expect(await later.collection('todos').status(id)).toBe('synced')
    await later.close()
  })
})
