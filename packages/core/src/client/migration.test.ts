import { describe, expect, test } from 'vitest'
import type { Storage } from '../ports/storage.ts'
import { memoryStorage } from '../storage-memory/memory-storage.ts'
import { createModelBackend } from '../testing/model-backend.ts'
import { createTestLayer, testDeps, type TestDeps } from '../testing/test-deps.ts'
import type { BackendAdapter } from '../ports/adapter.ts'
import { collection } from './collection-definition.ts'
import type { AnyDocument } from './document-types.ts'

type Migrate = Readonly<Record<number, (document: AnyDocument) => object>>

const toV2: Migrate = { 2: ({ title, ...rest }) => ({ ...rest, text: title, pinned: false }) }
const toV3: Migrate = { ...toV2, 3: (document) => ({ ...document, tags: [] }) }

interface Device {
  readonly storage: Storage
  readonly deps: TestDeps
  readonly adapter?: BackendAdapter
}

function open(
  { storage, deps, adapter }: Device,
  version = 1,
  migrate: Migrate = {},
  indexes: string[] = [],
) {
  return createTestLayer(
    {
      storage,
      collections: {
        notes: collection({ version, migrate, indexes }),
        drafts: collection({ version, migrate, local: true }),
      },
      sync: { auto: false },
      ...(adapter === undefined ? {} : { adapter }),
    },
    deps,
  )
}

/** Devices with one seed would take each other's client ids. */
function device(seed = 1): Device {
  return { storage: memoryStorage(), deps: testDeps({ seed }) }
}

describe('schema migration', () => {
  test('carries over clean documents without sending anything, the base raw (R7)', async () => {
    const one = device()
    const backend = createModelBackend({ now: () => one.deps.clock.now() })
    let db = await open({ ...one, adapter: backend.adapter() })
    await db.collection('notes').save({ id: 'a', title: 'hello', by: 'me' })
    await db.sync()
    await db.close()
    const before = backend.records('default')

    db = await open({ ...one, adapter: backend.adapter() }, 2, toV2)
    const notes = db.collection('notes')
    expect(await notes.get('a')).toEqual({ id: 'a', text: 'hello', pinned: false, by: 'me' })
    expect(await notes.status('a')).toBe('synced')
    expect((await db.sync()).pushed).toBe(0)
    expect(backend.records('default')).toEqual(before)

    // The first edit sends what the migration changed along with it.
    await notes.update('a', { by: 'you' })
    await db.sync()
    const [record] = backend.records('default')
    expect(record?.data).toEqual({ id: 'a', text: 'hello', pinned: false, by: 'you' })
    expect(record?.schema).toBe(2)
    await db.close()
  })

  test('carries over waiting changes, which are sent under the new version (R7)', async () => {
    const one = device()
    const backend = createModelBackend({ now: () => one.deps.clock.now() })
    let db = await open({ ...one, adapter: backend.adapter() })
    await db.collection('notes').save({ id: 'old', title: 'old' })
    await db.sync()
    await db.collection('notes').update('old', { title: 'edited' })
    await db.collection('notes').save({ id: 'new', title: 'new' })
    await db.close()

    db = await open({ ...one, adapter: backend.adapter() }, 3, toV3)
    expect(await db.collection('notes').status('old')).toBe('pending')
    expect(await db.collection('notes').get('old')).toEqual({
      id: 'old',
      text: 'edited',
      pinned: false,
      tags: [],
    })
    await db.sync()
    expect(backend.records('default').map(({ data, schema }) => [data, schema])).toEqual([
      [{ id: 'old', text: 'edited', pinned: false, tags: [] }, 3],
      [{ id: 'new', text: 'new', pinned: false, tags: [] }, 3],
    ])
    await db.close()
  })

  test.each([true, false])(
    'never touches a mutation in flight (arrived: %s), and its answer leaves the migrated document clean (R7)',
    async (arrived) => {
      const one = device()
      const backend = createModelBackend({ now: () => one.deps.clock.now() })
      const adapter = backend.adapter()
      const cut: BackendAdapter = {
        ...adapter,
        push: async (...given) => {
          if (arrived) await adapter.push(...given)
          throw new TypeError('the answer was lost')
        },
      }
      let db = await open({ ...one, adapter: cut })
      await db.collection('notes').save({ id: 'a', title: 'hello' })
      await db.sync().catch(() => undefined)
      expect((await db.outbox.list())[0]?.status).toBe('sending')
      await db.close()

      db = await open({ ...one, adapter: backend.adapter() }, 2, toV2)
      const notes = db.collection('notes')
      expect(await notes.get('a')).toEqual({ id: 'a', text: 'hello', pinned: false })
      await db.sync()
      expect(await notes.status('a')).toBe('synced')
      expect(await notes.get('a')).toEqual({ id: 'a', text: 'hello', pinned: false })
      expect(backend.records('default').map(({ data }) => data)).toEqual([{ id: 'a', title: 'hello' }])
      await notes.update('a', { pinned: true })
      await db.sync()
      expect(backend.records('default').map(({ data }) => data)).toEqual([
        { id: 'a', text: 'hello', pinned: true },
      ])
      await db.close()
    },
  )

  test('an interrupted migration goes on where it was, each document migrated once (R7)', async () => {
    const one = device()
    let db = await open(one)
    const all = Array.from({ length: 1_200 }, (_, index) => ({
      id: `${index}`.padStart(5, '0'),
      title: `${index}`,
    }))
    await db.collection('drafts').saveAll(all)
    await db.close()

    let commits = 0
    const dying: Storage = {
      ...one.storage,
      commit: (...given) => {
        commits += 1
        return commits === 3 ? Promise.reject(new Error('killed')) : one.storage.commit(...given)
      },
    }
    const seen: string[] = []
    const counting: Migrate = {
      2: (document) => {
        seen.push(document.id)
        return {
          id: document.id,
          text: document['title'],
          runs: ((document['runs'] as number | undefined) ?? 0) + 1,
        }
      },
    }
    await expect(open({ ...one, storage: dying }, 2, counting)).rejects.toEqual(
      expect.objectContaining({ code: 'STORAGE_FAILED' }),
    )
    const first = seen.length
    expect(first).toBeGreaterThan(0)
    const scanned: (string | null)[] = []
    const watching: Storage = {
      ...one.storage,
      scan: (request) => {
        if (request.collection === 'drafts') scanned.push(request.after)
        return one.storage.scan(request)
      },
    }
    db = await open({ ...one, storage: watching }, 2, counting)
    expect(scanned[0]).toBe('00499')
    const drafts = await db.collection('drafts').getAll()
    expect(drafts).toHaveLength(1_200)
    expect(drafts.every(({ runs }) => runs === 1)).toBe(true)
    await db.close()
  })

  test('a document whose migration throws is kept, hidden, and told (R7, R8)', async () => {
    const one = device()
    let db = await open(one)
    await db.collection('drafts').saveAll([
      { id: 'bad', title: 7 },
      { id: 'good', title: 'x' },
    ])
    await db.close()
    const failing: Migrate = {
      2: (document) => {
        if (typeof document['title'] !== 'string') throw new TypeError('no text')
        return document
      },
    }
    db = await open(one, 2, failing)
    const errors: unknown[] = []
    db.on('error', (event) => void errors.push(event))
    await new Promise((resolve) => setImmediate(resolve))
    expect(errors).toEqual([
      expect.objectContaining({
        collection: 'drafts',
        id: 'bad',
        error: expect.objectContaining({ code: 'INVALID_DOCUMENT' }) as unknown,
      }),
    ])
    const drafts = db.collection('drafts')
    expect(await drafts.get('bad')).toBeUndefined()
    expect(await drafts.getAll()).toHaveLength(1)
    for (const call of [
      () => drafts.save({ id: 'bad', title: 'y' }),
      () => drafts.delete('bad'),
      () => drafts.update('bad', {}),
    ]) {
      await expect(call()).rejects.toEqual(expect.objectContaining({ code: 'NOT_SUPPORTED' }))
    }
    await db.close()
    db = await open(one, 3, { 3: (document) => ({ ...document, title: String(document['title']) }) })
    expect(await db.collection('drafts').get('bad')).toEqual({ id: 'bad', title: '7' })
    await db.close()
  })

  test('an unsent change whose migration throws is parked, not lost (R7)', async () => {
    const one = device()
    let db = await open(one)
    await db.collection('notes').save({ id: 'a', title: 'x' })
    await db.close()
    db = await open(one, 2, {
      2: () => {
        throw new Error('broken')
      },
    })
    expect(await db.collection('notes').status('a')).toBe('parked')
    expect((await db.outbox.list())[0]).toMatchObject({
      code: 'INVALID_DOCUMENT',
      document: { id: 'a', title: 'x' },
    })
    await db.close()
  })

  test('an older app hides what is newer, and an upgrade shows it again (R8)', async () => {
    const one = device()
    const two = device(2)
    const backend = createModelBackend({ now: () => one.deps.clock.now() })
    const modern = await open({ ...two, adapter: backend.adapter() }, 2, toV2)
    await modern.collection('notes').save({ id: 'n', text: 'new', pinned: true })
    await modern.sync()

    let old = await open({ ...one, adapter: backend.adapter() })
    await old.collection('notes').save({ id: 'o', title: 'old' })
    await old.sync()
    expect(await old.collection('notes').get('n')).toBeUndefined()
    expect(await old.collection('notes').getAll()).toHaveLength(1)
    await expect(old.collection('notes').save({ id: 'n', title: 'mine' })).rejects.toEqual(
      expect.objectContaining({ code: 'NOT_SUPPORTED' }),
    )
    await old.close()
    old = await open({ ...one, adapter: backend.adapter() }, 2, toV2)
    expect(await old.collection('notes').get('n')).toEqual({ id: 'n', text: 'new', pinned: true })
    expect(await old.collection('notes').get('o')).toEqual({ id: 'o', text: 'old', pinned: false })
    await old.close()

    // A downgrade: what came raw from the backend in the old version is shown as it was, the rest is hidden.
    old = await open({ ...one, adapter: backend.adapter() })
    expect(await old.collection('notes').get('n')).toBeUndefined()
    expect(await old.collection('notes').get('o')).toEqual({ id: 'o', title: 'old' })
    expect((await old.sync()).pushed).toBe(0)
    await old.close()
    await modern.close()
  })

  test('what a restore took away while it was hidden is sent again after the upgrade (R3, R8)', async () => {
    const one = device()
    const two = device(2)
    const backend = createModelBackend({ now: () => one.deps.clock.now() })
    const before = backend.backup()
    const modern = await open({ ...two, adapter: backend.adapter() }, 2, toV2)
    await modern.collection('notes').save({ id: 'n', text: 'new', pinned: true })
    await modern.sync()
    await modern.close()
    const old = await open({ ...one, adapter: backend.adapter() })
    await old.sync()
    backend.restore(before)
    await old.sync()
    await old.close()
    expect(backend.records('default')).toEqual([])

    const upgraded = await open({ ...one, adapter: backend.adapter() }, 2, toV2)
    expect(await upgraded.collection('notes').get('n')).toEqual({ id: 'n', text: 'new', pinned: true })
    await upgraded.sync()
    expect(backend.records('default')).toMatchObject([
      { id: 'n', data: { id: 'n', text: 'new', pinned: true }, schema: 2 },
    ])
    expect(await upgraded.outbox.list()).toEqual([])
    await upgraded.close()
  })

  test('a change that an older app could not merge is merged after the upgrade (R8)', async () => {
    const one = device()
    const two = device(2)
    const backend = createModelBackend({ now: () => one.deps.clock.now() })
    let old = await open({ ...one, adapter: backend.adapter() })
    await old.collection('notes').save({ id: 'a', title: 'x', by: 'me' })
    await old.sync()
    const modern = await open({ ...two, adapter: backend.adapter() }, 2, toV2)
    await modern.sync()
    await modern.collection('notes').update('a', { pinned: true })
    await modern.sync()
    await old.collection('notes').update('a', { by: 'you' })
    await old.sync()
    expect((await old.outbox.list())[0]).toMatchObject({ status: 'parked', code: 'NOT_SUPPORTED' })
    await old.close()
    old = await open({ ...one, adapter: backend.adapter() }, 2, toV2)
    expect(await old.collection('notes').get('a')).toEqual({ id: 'a', text: 'x', pinned: true, by: 'you' })
    await old.sync()
    expect(backend.records('default')[0]?.data).toEqual({ id: 'a', text: 'x', pinned: true, by: 'you' })
    await old.close()
    await modern.close()
  })

  test('an index declared later finds what was there before (Q6)', async () => {
    const one = device()
    let db = await open(one)
    await db.collection('notes').saveAll([
      { id: 'a', rank: 2 },
      { id: 'b', rank: 1 },
    ])
    await db.close()
    db = await open(one, 1, {}, ['rank'])
    expect((await db.collection('notes').where('rank', '>=', 2).get()).map(({ id }) => id)).toEqual(['a'])
    expect((await db.collection('notes').orderBy('rank').limit(1).first())?.id).toBe('b')
    await db.close()
  })

  test('a migration that changes the id is refused, and the document kept (R7)', async () => {
    const one = device()
    let db = await open(one)
    await db.collection('drafts').save({ id: 'a' })
    await db.close()
    db = await open(one, 2, { 2: () => ({ id: 'b' }) })
    expect(await db.collection('drafts').getAll()).toEqual([])
    await db.close()
    db = await open(one)
    expect(await db.collection('drafts').getAll()).toEqual([{ id: 'a' }])
    await db.close()
  })
})
