import { describe, expect, test } from 'vitest'
import type { SyncError } from '../errors/sync-error.ts'
import { openMemoryStorage } from '../storage-memory/memory-storage.ts'
import { createMemoryStore, type MemoryStore } from '../storage-memory/memory-store.ts'
import { createModelBackend } from '../testing/model-backend.ts'
import { createTestLayer, testDeps } from '../testing/test-deps.ts'
import { createVirtualTime } from '../testing/virtual-time.ts'
import { collection } from './collection-definition.ts'
import type { AnyDocument } from './document-types.ts'

interface Note extends AnyDocument {
  readonly title?: string
  readonly text?: string
}

const toText = ({ title, ...rest }: Note): object => ({ ...rest, text: title })
const OUTDATED = expect.objectContaining({
  code: 'STORAGE_FAILED',
  retryable: false,
  details: { collection: 'notes', outdated: true },
}) as unknown

/** One backend; apps of either version on any store. */
function world() {
  const time = createVirtualTime()
  const backend = createModelBackend({ now: () => time.clock.now() })
  let seed = 0
  const open = (memory: MemoryStore, version: 1 | 2, auto = false) => {
    seed += 1
    const notes = collection<Note>({
      version,
      ...(version === 2 ? { migrate: { 2: toText } } : {}),
    })
    return createTestLayer(
      {
        storage: openMemoryStorage(memory),
        adapter: backend.adapter(),
        collections: { notes, tags: collection<AnyDocument>() },
        sync: { auto, realtime: false },
        logger: 'off',
      },
      testDeps({ seed, time }),
    )
  }
  return { time, backend, open }
}

describe('two versions of the app on one store', () => {
  test('the one that opened it last has it: the other can neither read nor write there, and is told so (R8, ST10)', async () => {
    const { open } = world()
    const memory = createMemoryStore()
    const old = await open(memory, 1)
    const shown: (readonly Note[])[] = []
    old
      .collection('notes')
      .watch()
      .subscribe((documents) => void shown.push(documents))
    await old.collection('notes').save({ id: 'a', title: 'one' })
    const modern = await open(memory, 2)
    const errors: SyncError[] = []
    old.on('error', ({ error }) => void errors.push(error))

    const notes = old.collection('notes')
    for (const call of [
      () => notes.save({ id: 'b', title: 'two' }),
      () => notes.update('a', { title: 'three' }),
      () => notes.delete('a'),
      () => notes.get('a'),
      () => notes.getAll(),
      () => notes.count(),
    ]) {
      await expect(call()).rejects.toEqual(OUTDATED)
    }
    // Another collection, whose version is the same, goes on.
    await old.collection('tags').save({ id: 't' })
    expect(await modern.collection('tags').get('t')).toEqual({ id: 't' })

    // What it showed stays as it was, in the shape it knows.
    await modern.collection('notes').save({ id: 'c', text: 'four' })
    await expect.poll(() => errors).toContainEqual(OUTDATED)
    expect(shown.at(-1)).toEqual([{ id: 'a', title: 'one' }])
    expect(await modern.collection('notes').getAll()).toEqual([
      { id: 'a', text: 'one' },
      { id: 'c', text: 'four' },
    ])
    await Promise.all([old.close(), modern.close()])
  })

  test('what the older one had not sent is carried over, and sent by the newer one (R7, R8)', async () => {
    const { open, backend } = world()
    const memory = createMemoryStore()
    const old = await open(memory, 1)
    await old.collection('notes').save({ id: 'a', title: 'one' })
    const modern = await open(memory, 2)
    await expect(old.sync()).rejects.toEqual(OUTDATED)
    expect(backend.records('default')).toEqual([])
    await modern.sync()
    expect(backend.records('default')).toMatchObject([{ id: 'a', data: { id: 'a', text: 'one' }, schema: 2 }])
    await Promise.all([old.close(), modern.close()])
  })

  test('what the older one pulled of the newer version is shown by the newer one, and it takes no more (R8)', async () => {
    const { open } = world()
    const elsewhere = await open(createMemoryStore(), 2)
    await elsewhere.collection('notes').save({ id: 'a', text: 'one' })
    await elsewhere.sync()

    const memory = createMemoryStore()
    const old = await open(memory, 1)
    await old.sync()
    const modern = await open(memory, 2)
    expect(await modern.collection('notes').getAll()).toEqual([{ id: 'a', text: 'one' }])

    await elsewhere.collection('notes').save({ id: 'b', text: 'two' })
    await elsewhere.sync()
    await expect(old.sync()).rejects.toEqual(OUTDATED)
    await modern.sync()
    expect(await modern.collection('notes').getAll()).toEqual([
      { id: 'a', text: 'one' },
      { id: 'b', text: 'two' },
    ])
    await Promise.all([old.close(), modern.close(), elsewhere.close()])
  })

  test('an app of the former version that is started again takes the store back, and so the newer one after it (R7, R8)', async () => {
    const { open } = world()
    const memory = createMemoryStore()
    const first = await open(memory, 1)
    await first.collection('notes').save({ id: 'a', title: 'one' })
    await first.sync()
    const modern = await open(memory, 2)
    const old = await open(memory, 1)
    await expect(modern.collection('notes').get('a')).rejects.toEqual(OUTDATED)
    expect(await old.collection('notes').get('a')).toEqual({ id: 'a', title: 'one' })
    const again = await open(memory, 2)
    expect(await again.collection('notes').get('a')).toEqual({ id: 'a', text: 'one' })
    await Promise.all([first.close(), modern.close(), old.close(), again.close()])
  })

  test('what a newer app has not sent, an older one on its store neither edits nor merges, and the newer one does (R8)', async () => {
    const { open, backend } = world()
    const [memory, other] = [createMemoryStore(), createMemoryStore()]
    const elsewhere = await open(other, 1)
    await elsewhere.collection('notes').save({ id: 'a', title: 'one', by: 'them' })
    await elsewhere.sync()
    const modern = await open(memory, 2)
    await modern.sync()
    await modern.collection('notes').update('a', { text: 'mine' })
    await modern.close()

    await elsewhere.collection('notes').update('a', { by: 'others' })
    await elsewhere.sync()
    const old = await open(memory, 1)
    const notes = old.collection('notes')
    for (const call of [
      () => notes.update('a', { title: 'x' }),
      () => notes.save({ id: 'a', title: 'x' }),
      () => notes.delete('a'),
    ]) {
      await expect(call()).rejects.toMatchObject({ code: 'NOT_SUPPORTED' })
    }
    await old.sync()
    expect(await old.outbox.list()).toMatchObject([{ status: 'parked', code: 'NOT_SUPPORTED' }])
    expect(backend.records('default')).toMatchObject([{ data: { id: 'a', title: 'one', by: 'others' } }])
    await old.close()

    const again = await open(memory, 2)
    await again.sync()
    expect(await again.collection('notes').get('a')).toEqual({ id: 'a', text: 'mine', by: 'others' })
    expect(backend.records('default')).toMatchObject([
      { data: { id: 'a', text: 'mine', by: 'others' }, schema: 2 },
    ])
    await Promise.all([again.close(), elsewhere.close()])
  })

  test('what a newer app has not sent, an older one sends as it is, and hides from then on; discarded, it is as it was before (R7, R8)', async () => {
    const { open, backend } = world()
    const memory = createMemoryStore()
    const first = await open(memory, 1)
    await first.collection('notes').saveAll([
      { id: 'a', title: 'one' },
      { id: 'b', title: 'two' },
    ])
    await first.sync()
    await first.close()
    const modern = await open(memory, 2)
    await modern.collection('notes').update('a', { text: 'sent' })
    await modern.collection('notes').update('b', { text: 'discarded' })
    await modern.close()

    const old = await open(memory, 1)
    await old.outbox.discard('notes/b')
    expect(await old.collection('notes').get('b')).toEqual({ id: 'b', title: 'two' })
    await old.sync()
    expect(backend.records('default').map(({ data, schema }) => [schema, data])).toEqual([
      [2, { id: 'a', text: 'sent' }],
      [1, { id: 'b', title: 'two' }],
    ])
    expect(await old.collection('notes').getAll()).toEqual([{ id: 'b', title: 'two' }])
    await old.collection('notes').update('b', { title: 'three' })
    await old.sync()
    await old.close()

    const again = await open(memory, 2)
    expect(await again.collection('notes').getAll()).toEqual([
      { id: 'a', text: 'sent' },
      { id: 'b', text: 'three' },
    ])
    await again.close()
  })

  test('a process that is killed while it carries rows over leaves none behind for a version that opens the store next (R7, R8)', async () => {
    const { open } = world()
    const memory = createMemoryStore()
    const old = await open(memory, 1)
    await old
      .collection('notes')
      .saveAll(
        Array.from({ length: 700 }, (_, index) => ({ id: `${index}`.padStart(4, '0'), title: `${index}` })),
      )
    await old.sync()
    await old.close()
    const killed = openMemoryStorage(memory)
    let commits = 0
    await expect(
      createTestLayer(
        {
          storage: {
            ...killed,
            commit: (...given) =>
              (commits += 1) === 2 ? Promise.reject(new Error('killed')) : killed.commit(...given),
          },
          collections: { notes: collection<Note>({ version: 2, migrate: { 2: toText } }) },
        },
        testDeps({ seed: 77 }),
      ),
    ).rejects.toMatchObject({ code: 'STORAGE_FAILED' })
    const after = await open(memory, 1)
    const documents = await after.collection('notes').getAll()
    expect(documents).toHaveLength(700)
    expect(documents.filter(({ title }) => title === undefined)).toEqual([])
    await after.close()
  })
})
