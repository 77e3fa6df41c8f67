import { describe, expect, test } from 'vitest'
import { SyncError } from '../errors/sync-error.ts'
import type { WriteBatch } from '../ports/storage.ts'
import { openMemoryStorage } from '../storage-memory/memory-storage.ts'
import { createMemoryStore, type MemoryStore } from '../storage-memory/memory-store.ts'
import { cleanRecord, text } from '../testing/record-fixtures.ts'
import { type Commit, LocalStore } from './local-store.ts'

const KEY = { collection: 'items', id: 'a' }

async function opened(
  memory: MemoryStore,
  options: {
    readonly onCommit?: (commit: Commit) => void
    readonly beforeCommit?: (batch: WriteBatch) => void
  } = {},
): Promise<LocalStore> {
  const storage = openMemoryStorage(memory)
  await storage.open({ collections: [{ name: 'items', indexes: [] }], durability: 'process' })
  const watched = {
    ...storage,
    commit: (...args: Parameters<typeof storage.commit>) => {
      options.beforeCommit?.(args[0])
      return storage.commit(...args)
    },
  }
  return new LocalStore(watched, new Map(), options.onCommit ?? (() => undefined))
}

function count(store: LocalStore): Promise<void> {
  return store.submit({
    origin: 'local',
    keys: [KEY],
    run: (workspace) => {
      const { n } = JSON.parse(workspace.get(KEY)?.document ?? '{"n":0}') as { readonly n: number }
      workspace.set(KEY, cleanRecord({ n: n + 1 }))
    },
  })
}

describe('LocalStore', () => {
  test('defect 28: two processes that count on one store lose no update of each other (D9, ST2)', async () => {
    const memory = createMemoryStore()
    const stores = [await opened(memory), await opened(memory)]
    for (let round = 0; round < 20; round += 1) await Promise.all(stores.map(count))
    expect((await stores[0]!.read(KEY))!.document).toBe(text({ n: 40 }))
  })

  test('parallel updates of one process lose nothing, and share a commit (D6, D9)', async () => {
    let commits = 0
    const store = await opened(createMemoryStore(), { onCommit: () => (commits += 1) })
    await Promise.all(Array.from({ length: 100 }, () => count(store)))
    expect((await store.read(KEY))!.document).toBe(text({ n: 100 }))
    expect(commits).toBe(1)
  })

  test.each([0, 1])(
    'defect 29: an operation that throws after %i others leaves no trace, and fails alone (D6)',
    async (others) => {
      const store = await opened(createMemoryStore())
      const before = Array.from({ length: others }, () => count(store))
      const bad = store.submit({
        origin: 'local',
        keys: [KEY],
        entries: ['entry'],
        run: (workspace) => {
          workspace.set(KEY, cleanRecord({ n: 100 }))
          workspace.setEntry('entry', 'there')
          throw new Error('changed its mind')
        },
      })
      const good = count(store)
      await expect(bad).rejects.toThrow('changed its mind')
      await Promise.all([...before, good])
      expect((await store.read(KEY))!.document).toBe(text({ n: others + 1 }))
      expect(await store.entry('entry')).toBeUndefined()
    },
  )

  test('an operation may look at its records in any order, and again (D6)', async () => {
    const store = await opened(createMemoryStore())
    const keys = ['a', 'b', 'c', 'd'].map((id) => ({ collection: 'items', id }))
    const [a, b, c, d] = keys as [typeof KEY, typeof KEY, typeof KEY, typeof KEY]
    await store.submit({
      origin: 'local',
      keys,
      run: (workspace) => {
        for (const key of [d, a, b, a, c, d, b]) {
          const { n } = JSON.parse(workspace.get(key)?.document ?? '{"n":0}') as { readonly n: number }
          workspace.set(key, { ...cleanRecord({ n: n + 1 }), id: key.id })
        }
      },
    })
    const states = await Promise.all(keys.map((key) => store.read(key)))
    expect(states.map((state) => state!.document)).toEqual([2, 2, 1, 2].map((n) => text({ n })))
  })

  test('defect 4: a commit that fails leaves neither row nor entry, and is told to nobody (W1, ST1)', async () => {
    let told = 0
    let full = true
    const store = await opened(createMemoryStore(), {
      onCommit: () => (told += 1),
      beforeCommit: () => {
        if (full) throw new SyncError('STORAGE_FULL', 'full')
      },
    })
    await expect(count(store)).rejects.toMatchObject({ code: 'STORAGE_FULL' })
    expect([await store.read(KEY), told]).toEqual([null, 0])
    full = false
    await count(store)
    expect(told).toBe(1)
  })

  test('after close everything is CLOSED; what was submitted before is committed (D14)', async () => {
    const store = await opened(createMemoryStore())
    const last = count(store)
    await store.close()
    await last
    expect((await store.read(KEY))!.document).toBe(text({ n: 1 }))
    await expect(count(store)).rejects.toMatchObject({ code: 'CLOSED' })
  })

  test('an entry that cannot be read counts as absent, is reported, and can be written again (ST6, W19)', async () => {
    const storage = openMemoryStorage(createMemoryStore())
    await storage.open({ collections: [{ name: 'items', indexes: [] }], durability: 'process' })
    await storage.commit({ entries: ['bad', 'good'].map((name) => ({ name, value: 'as it was' })) })
    let damaged = true
    const failing = {
      ...storage,
      readEntries: async (names: readonly string[]) => {
        if (damaged && names.includes('bad')) {
          throw new SyncError('STORAGE_CORRUPT', 'An entry is damaged.', { details: { entry: 'bad' } })
        }
        return storage.readEntries(names)
      },
    }
    const told: SyncError[] = []
    const store = new LocalStore(
      failing,
      new Map(),
      () => undefined,
      (error) => told.push(error),
    )
    const seen = await store.submit({
      origin: 'internal',
      keys: [],
      entries: ['bad', 'good'],
      run: (workspace) => {
        const values = [workspace.entry('bad'), workspace.entry('good')]
        workspace.setEntry('bad', 'new')
        return values
      },
    })
    damaged = false
    expect(seen).toEqual([null, 'as it was'])
    expect(told.map(({ code }) => code)).toEqual(['STORAGE_CORRUPT'])
    expect((await store.entry('bad'))?.value).toBe('new')
  })
})
