import { describe, expect, test } from 'vitest'
import { SyncError } from '../errors/sync-error.ts'
import type { BackendAdapter } from '../ports/adapter.ts'
import { createModelBackend } from '../testing/model-backend.ts'
import { memoryStorage } from '../storage-memory/memory-storage.ts'
import { createTestLayer, testDeps } from '../testing/test-deps.ts'
import { createVirtualTime } from '../testing/virtual-time.ts'
import { collection } from './collection-definition.ts'
import type { SyncOptions } from './options.ts'

interface Todo {
  id: string
  text?: string
  owner?: string
  likes?: number
}

function world() {
  const time = createVirtualTime()
  const backend = createModelBackend({ now: () => time.clock.now() })
  const open = (
    seed: number,
    sync: SyncOptions = { auto: false },
    change: (adapter: BackendAdapter) => BackendAdapter = (adapter) => adapter,
    scopes: readonly string[] = ['default'],
    storage = memoryStorage(),
  ) => {
    const deps = testDeps({ seed, time })
    const layer = createTestLayer(
      {
        storage,
        collections: {
          todos: collection<Todo>({
            scope: ({ owner }) => (owner === undefined ? undefined : `user:${owner}`),
            fields: { likes: 'counter' },
          }),
          drafts: collection<Todo>({ local: true }),
        },
        adapter: change(backend.adapter()),
        scopes,
        sync,
      },
      deps,
    )
    return { deps, layer }
  }
  return { time, backend, open }
}

/** Counts the requests of an adapter. */
function counted(counts: { pulls: number; pushes: number }) {
  return (adapter: BackendAdapter): BackendAdapter => ({
    ...adapter,
    pull: (...given) => {
      counts.pulls += 1
      return adapter.pull(...given)
    },
    push: (...given) => {
      counts.pushes += 1
      return adapter.push(...given)
    },
  })
}

describe('a client with an adapter', () => {
  test('save resolves while the network hangs (D5)', async () => {
    const { open } = world()
    const hangs: BackendAdapter['push'] = () => new Promise(() => undefined)
    const db = await open(1, { realtime: false }, (adapter) => ({
      ...adapter,
      open: () => hangs as never,
      push: hangs,
      pull: hangs as never,
    })).layer
    const todos = db.collection('todos')
    const id = await todos.save({ text: 'a' })
    await todos.update(id, { text: 'b' })
    expect(await todos.get(id)).toEqual({ id, text: 'b' })
    expect(await todos.status(id)).toBe('pending')
    await db.close()
  })

  test('what one saves the other gets, local collections excepted (D13, I1)', async () => {
    const { open, backend } = world()
    const one = await open(1).layer
    const two = await open(2).layer
    await one.collection('todos').save({ id: 'a', text: 'x' })
    await one.collection('drafts').save({ id: 'd', text: 'mine' })
    await one.sync()
    await two.sync()
    expect(await two.collection('todos').getAll()).toEqual([{ id: 'a', text: 'x' }])
    expect(await two.collection('drafts').getAll()).toEqual([])
    expect(backend.records('default').map(({ collection: name }) => name)).toEqual(['todos'])
    await one.collection('todos').delete('a')
    await one.sync()
    await two.sync()
    expect(await two.collection('todos').get('a')).toBeUndefined()
    await two.collection('todos').save({ id: 'a', text: 'again' })
    await two.sync()
    await one.sync()
    expect(await one.collection('todos').get('a')).toEqual({ id: 'a', text: 'again' })
    await one.close()
    await two.close()
  })

  test('field policies settle conflicts (C6)', async () => {
    const { open } = world()
    const one = await open(1).layer
    const two = await open(2).layer
    await one.collection('todos').save({ id: 'a', likes: 10 })
    await one.sync()
    await two.sync()
    await one.collection('todos').update('a', (todo) => (todo.likes! += 2))
    await two.collection('todos').update('a', (todo) => (todo.likes! += 3))
    for (const db of [one, two, one, two]) await db.sync()
    expect(await one.collection('todos').get('a')).toEqual({ id: 'a', likes: 15 })
    expect(await two.collection('todos').get('a')).toEqual({ id: 'a', likes: 15 })
    await one.close()
    await two.close()
  })

  test('syncs on start, after edits, every interval, on coming online and on becoming visible (W21)', async () => {
    const { open, time } = world()
    const counts = { pulls: 0, pushes: 0 }
    const { layer, deps } = open(1, { interval: '5m', realtime: false }, counted(counts))
    const db = await layer
    await time.settle()
    expect(counts.pulls).toBeGreaterThan(0)
    const after = async (what: () => unknown): Promise<typeof counts> => {
      const before = { ...counts }
      await what()
      await time.settle()
      return { pulls: counts.pulls - before.pulls, pushes: counts.pushes - before.pushes }
    }
    expect(await after(() => db.collection('todos').save({ id: 'a' }))).toMatchObject({ pushes: 1 })
    expect(await after(() => time.advance(299_000))).toEqual({ pulls: 0, pushes: 0 })
    expect((await after(() => time.advance(2_000))).pulls).toBeGreaterThan(0)
    expect((await after(() => deps.connectivity.emit('online'))).pulls).toBeGreaterThan(0)
    expect((await after(() => deps.connectivity.emit('visible'))).pulls).toBeGreaterThan(0)
    db.pause()
    expect(await after(() => db.collection('todos').save({ id: 'b' }))).toEqual({ pulls: 0, pushes: 0 })
    expect(await after(() => time.advance(600_000))).toEqual({ pulls: 0, pushes: 0 })
    expect((await after(() => db.resume())).pushes).toBe(1)
    await db.close()
    expect(time.timers).toBe(0)
  })

  test('with auto off nothing is sent or fetched but by sync (W21)', async () => {
    const { open, time } = world()
    const counts = { pulls: 0, pushes: 0 }
    const { layer, deps } = open(1, { auto: false }, counted(counts))
    const db = await layer
    await db.collection('todos').save({ id: 'a' })
    deps.connectivity.emit('online')
    await time.advance(3_600_000)
    expect(counts).toEqual({ pulls: 0, pushes: 0 })
    await db.sync()
    expect(counts.pushes).toBe(1)
    await db.close()
  })

  test('documents go to the scope they name; scopes are changed in place, what waits is sent (R9, D10)', async () => {
    const { open, backend, time } = world()
    const db = await open(1, { auto: true, realtime: false }, undefined, ['user:a', 'user:b']).layer
    const todos = db.collection('todos')
    await todos.saveAll([{ id: '1' }, { id: '2', owner: 'b' }])
    await time.settle()
    expect(backend.records('user:a').map(({ id }) => id)).toEqual(['1'])
    expect(backend.records('user:b').map(({ id }) => id)).toEqual(['2'])
    await todos.update('2', { text: 'unsent' })
    await db.setScopes(['user:c', 'user:a'])
    await time.settle()
    expect(backend.records('user:b')[0]?.data).toEqual({ id: '2', owner: 'b', text: 'unsent' })
    expect((await todos.getAll()).map(({ id }) => id)).toEqual(['1'])
    await todos.save({ id: '3' })
    await time.settle()
    expect(backend.records('user:c').map(({ id }) => id)).toEqual(['3'])
    await expect(db.setScopes([])).rejects.toEqual(expect.objectContaining({ code: 'INVALID_OPTION' }))
    await db.close()
  })

  test('after a change of scopes that was refused, documents go where they went before (R9, D10)', async () => {
    const { open, backend, time } = world()
    const storage = memoryStorage()
    const db = await open(1, { auto: true, realtime: false }, undefined, ['user:a', 'user:b'], storage).layer
    await time.settle()
    const { commit } = storage
    storage.commit = () => Promise.reject(new SyncError('STORAGE_FULL', 'The disk is full.'))
    await expect(db.setScopes(['user:c'])).rejects.toEqual(expect.objectContaining({ code: 'STORAGE_FULL' }))
    storage.commit = commit
    await db.collection('todos').saveAll([{ id: '1' }, { id: '2', owner: 'b' }])
    await time.settle()
    expect(backend.records('user:a').map(({ id }) => id)).toEqual(['1'])
    expect(backend.records('user:b').map(({ id }) => id)).toEqual(['2'])
    await db.close()
  })

  test('verify compares both sides, and mends what differs (O6)', async () => {
    const { open } = world()
    const storage = memoryStorage()
    const db = await open(1, { auto: false }, undefined, ['default'], storage).layer
    await db.collection('todos').saveAll([{ id: 'a' }, { id: 'b' }])
    await db.sync()
    expect(await db.verify()).toMatchObject({ checked: 2, missingHere: [], missingThere: [], different: [] })
    await storage.commit({ removals: [{ collection: 'todos', id: 'a' }] })
    expect(await db.verify()).toMatchObject({
      missingHere: [{ collection: 'todos', id: 'a' }],
      repaired: false,
    })
    expect(await db.verify({ repair: true })).toMatchObject({ repaired: true })
    expect(await db.collection('todos').get('a')).toEqual({ id: 'a' })
    await expect(db.verify({ mend: true } as never)).rejects.toEqual(
      expect.objectContaining({ code: 'INVALID_OPTION' }),
    )
    await db.close()
  })

  test('pausing makes sync reject, resuming goes on; nothing is lost (W21, O2)', async () => {
    const { open } = world()
    const db = await open(1).layer
    db.pause()
    await expect(db.sync()).rejects.toEqual(expect.objectContaining({ code: 'ABORTED' }))
    db.resume()
    await db.sync()
    await db.close()
  })

  test('holds the process only while somebody waits for the backend (D14)', async () => {
    const { open } = world()
    let held = 0
    const { deps } = open(1)
    const holdProcess = () => {
      held += 1
      return () => void (held -= 1)
    }
    const { adapter } = { adapter: createModelBackend({ now: () => 0 }).adapter() }
    const db = await createTestLayer(
      { collections: ['todos'], adapter, sync: { auto: false } },
      { ...deps, holdProcess },
    )
    await db.collection('todos').save({ id: 'a' })
    expect(held).toBe(0)
    const waiting = db.outbox.settled()
    const syncing = db.sync()
    await new Promise((resolve) => setTimeout(resolve, 0))
    await Promise.all([waiting, syncing])
    expect(held).toBe(0)
    db.pause()
    await expect(db.sync()).rejects.toEqual(expect.objectContaining({ code: 'ABORTED' }))
    expect(held).toBe(0)
    await db.collection('todos').save({ id: 'b' })
    const forEver = db.outbox.settled()
    forEver.catch(() => undefined)
    await new Promise((resolve) => setTimeout(resolve, 0))
    expect(held).toBe(1)
    await db.close()
    await expect(forEver).rejects.toEqual(expect.objectContaining({ code: 'CLOSED' }))
    expect(held).toBe(0)
  })

  test('places in the outbox rise over restarts, also when the clock went back (W3, W31)', async () => {
    const storage = memoryStorage()
    const time = createVirtualTime(2_000_000_000_000)
    const first = await createTestLayer({ storage, collections: ['todos'] }, testDeps({ time }))
    await first.collection('todos').save({ id: 'first' })
    await first.close()
    const earlier = createVirtualTime(1_000_000_000_000)
    const second = await createTestLayer({ storage, collections: ['todos'] }, testDeps({ time: earlier }))
    await second.collection('todos').save({ id: 'second' })
    expect((await second.outbox.list()).map(({ recordId }) => recordId)).toEqual(['first', 'second'])
    await second.close()
  })
})
