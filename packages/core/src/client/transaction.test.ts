import { describe, expect, test } from 'vitest'
import type { BackendAdapter } from '../ports/adapter.ts'
import { memoryStorage, openMemoryStorage } from '../storage-memory/memory-storage.ts'
import { createMemoryStore } from '../storage-memory/memory-store.ts'
import { createModelBackend } from '../testing/model-backend.ts'
import { createTestLayer, testDeps } from '../testing/test-deps.ts'
import { collection } from './collection-definition.ts'

interface Account {
  id: string
  balance: number
}

interface Entry {
  id: string
  account: string
  amount: number
}

const code = (expected: string): unknown => expect.objectContaining({ code: expected })

const definitions = () => ({
  accounts: collection<Account>(),
  entries: collection<Entry>({ indexes: ['account'] }),
  teams: collection<{ id: string; team: string }>({ scope: ({ team }) => team }),
  drafts: collection<Entry>({ local: true }),
})

function open(storage = memoryStorage()) {
  return createTestLayer({ storage, collections: definitions(), scopes: ['default', 'a', 'b'] })
}

describe('transaction', () => {
  test('commits everything it wrote, over collections, in one commit (D6)', async () => {
    const db = await open()
    const seen: number[] = []
    const live = db.collection('accounts').watch()
    live.subscribe((accounts) => void seen.push(accounts.length))
    const result = await db.transaction(async (tx) => {
      await tx.accounts.save({ id: 'a', balance: 5 })
      await tx.collection('accounts').save({ id: 'b', balance: 0 })
      const id = await tx.entries.save({ account: 'a', amount: 5 })
      expect(await db.collection('accounts').get('a')).toBeUndefined()
      return id
    })
    expect(await db.collection('entries').get(result)).toEqual({ id: result, account: 'a', amount: 5 })
    expect(await db.collection('accounts').count()).toBe(2)
    expect(seen).toEqual([0, 2])
    await db.close()
  })

  test('leaves nothing where the callback throws, or a write is refused, caught or not awaited (D6)', async () => {
    const db = await open()
    await expect(
      db.transaction(async (tx) => {
        await tx.accounts.save({ id: 'a', balance: 5 })
        throw new RangeError('no')
      }),
    ).rejects.toThrow(RangeError)
    await expect(
      db.transaction((tx) => {
        void tx.accounts.save({ id: 'a', balance: 5 })
        void tx.accounts.save({ id: 'b', balance: Number.NaN })
      }),
    ).rejects.toEqual(code('INVALID_DOCUMENT'))
    await expect(
      db.transaction(async (tx) => {
        await tx.accounts.save({ id: 'a', balance: 5 })
        await tx.accounts.update('nobody', { balance: 1 }).catch(() => undefined)
      }),
    ).rejects.toEqual(code('NOT_FOUND'))
    expect(await db.collection('accounts').getAll()).toEqual([])
    await expect(db.transaction('x' as never)).rejects.toEqual(code('INVALID_OPTION'))
    await db.close()
  })

  test('writes that were not awaited are committed too, as they were when called (D6)', async () => {
    const db = await open()
    const account = { id: 'a', balance: 1 }
    await db.transaction((tx) => {
      void tx.accounts.save(account)
      account.balance = 99
      void tx.accounts.update('a', { balance: 2 })
      void tx.accounts.update('a', (draft) => void (draft.balance += 1))
    })
    expect(await db.collection('accounts').get('a')).toEqual({ id: 'a', balance: 3 })
    await db.close()
  })

  test('reads its own writes, by id and by query (D7)', async () => {
    const db = await open()
    const entries = db.collection('entries')
    await entries.saveAll([
      { id: '1', account: 'a', amount: 1 },
      { id: '2', account: 'a', amount: 2 },
      { id: '3', account: 'b', amount: 3 },
    ])
    await db.transaction(async (tx) => {
      expect(await tx.entries.where('account', '==', 'a').count()).toBe(2)
      await tx.entries.save({ id: '0', account: 'a', amount: 9 })
      await tx.entries.delete('1')
      await tx.entries.update('3', { account: 'a' })
      expect(await tx.entries.get('0')).toEqual({ id: '0', account: 'a', amount: 9 })
      expect(await tx.entries.get('1')).toBeUndefined()
      const found = await tx.entries.where('account', '==', 'a').orderBy('amount', 'desc').get()
      expect(found.map(({ id }) => id)).toEqual(['0', '3', '2'])
      expect((await tx.entries.orderBy('amount').offset(1).limit(1).get()).map(({ id }) => id)).toEqual(['3'])
      expect(await tx.entries.where('account', '==', 'a').count()).toBe(3)
      expect(() => tx.entries.orderBy('amount').watch()).toThrow(code('NOT_SUPPORTED') as Error)
    })
    expect((await entries.getAll()).map(({ id }) => id)).toEqual(['0', '2', '3'])
    await db.close()
  })

  test('interleaved transactions lose no update (D7, D9)', async () => {
    const db = await open()
    const accounts = db.collection('accounts')
    await accounts.save({ id: 'a', balance: 0 })
    let runs = 0
    await Promise.all(
      Array.from({ length: 20 }, () =>
        db.transaction(async (tx) => {
          runs += 1
          const before = await tx.accounts.get('a')
          await Promise.resolve()
          await tx.accounts.save({ id: 'a', balance: before!.balance + 1 })
        }),
      ),
    )
    expect(await accounts.get('a')).toEqual({ id: 'a', balance: 20 })
    expect(runs).toBeGreaterThan(20)
    await db.close()
  })

  test('runs again when another handle on the store changed what it read, or made what it missed (D7)', async () => {
    const store = createMemoryStore()
    const one = await open(openMemoryStorage(store))
    const two = await open(openMemoryStorage(store))
    let runs = 0
    await one.transaction(async (tx) => {
      runs += 1
      const before = await tx.accounts.get('a')
      if (runs === 1) await two.collection('accounts').save({ id: 'a', balance: 10 })
      await tx.accounts.save({ id: 'a', balance: (before?.balance ?? 0) + 1 })
    })
    expect(runs).toBe(2)
    expect(await two.collection('accounts').get('a')).toEqual({ id: 'a', balance: 11 })
    await one.close()
    await two.close()
  })

  test('an error that came of reads of two moments is not told, the callback runs again (D7)', async () => {
    const db = await open()
    await db.collection('accounts').saveAll([
      { id: 'a', balance: 5 },
      { id: 'b', balance: -5 },
    ])
    let runs = 0
    await db.transaction(async (tx) => {
      runs += 1
      const a = await tx.accounts.get('a')
      if (runs === 1) {
        await db.collection('accounts').saveAll([
          { id: 'a', balance: 7 },
          { id: 'b', balance: -7 },
        ])
      }
      const b = await tx.accounts.get('b')
      if (a!.balance + b!.balance !== 0) throw new Error('the sum is broken')
    })
    expect(runs).toBe(2)
    await db.close()
  })

  test('gives up after a hundred runs, retryable (D7)', async () => {
    const db = await open()
    let runs = 0
    await expect(
      db.transaction(async (tx) => {
        runs += 1
        await tx.accounts.get('a')
        await db.collection('accounts').save({ id: 'a', balance: runs })
      }),
    ).rejects.toEqual(expect.objectContaining({ code: 'STORAGE_FAILED', retryable: true }))
    expect(runs).toBe(100)
    await db.close()
  })

  test('writes in one scope only; local collections go along (D7)', async () => {
    const db = await open()
    await expect(
      db.transaction((tx) => {
        void tx.teams.save({ id: 'x', team: 'a' })
        void tx.teams.save({ id: 'y', team: 'b' })
      }),
    ).rejects.toEqual(code('INVALID_MUTATION'))
    expect(await db.collection('teams').count()).toBe(0)
    await db.transaction((tx) => {
      void tx.teams.save({ id: 'x', team: 'a' })
      void tx.drafts.save({ id: 'd', account: 'a', amount: 1 })
    })
    expect(await db.collection('drafts').count()).toBe(1)
    await db.close()
  })

  test('one that has ended takes nothing more: CLOSED (D20)', async () => {
    const db = await open()
    let late: Promise<unknown> | undefined
    await db.transaction((tx) => {
      setTimeout(() => {
        late = tx.accounts.save({ id: 'a', balance: 1 })
        late.catch(() => undefined)
      }, 5)
    })
    await new Promise((resolve) => setTimeout(resolve, 15))
    await expect(late).rejects.toEqual(code('CLOSED'))
    await db.close()
  })

  test('an unknown collection is UNKNOWN_COLLECTION (D20)', async () => {
    const db = await open()
    await expect(db.transaction((tx) => void tx.collection('nope' as 'accounts'))).rejects.toEqual(
      code('UNKNOWN_COLLECTION'),
    )
    await db.close()
  })
})

describe('groups', () => {
  function online(change: (adapter: BackendAdapter) => BackendAdapter = (adapter) => adapter) {
    const deps = testDeps()
    const backend = createModelBackend({ now: () => deps.clock.now() })
    const layer = createTestLayer(
      {
        collections: definitions(),
        scopes: ['default'],
        sync: { auto: false },
        adapter: change(backend.adapter()),
      },
      deps,
    )
    return { deps, backend, layer }
  }

  const groupsOf = async (db: Awaited<ReturnType<typeof open>>): Promise<(string | undefined)[]> =>
    (await db.outbox.list()).map(({ group }) => group)

  test('a transaction of several records is one group, of one record none (W14)', async () => {
    const { layer } = online()
    const db = await layer
    await db.transaction((tx) => void tx.accounts.save({ id: 'a', balance: 1 }))
    expect(await groupsOf(db)).toEqual([undefined])
    await db.transaction((tx) => {
      void tx.accounts.save({ id: 'b', balance: 1 })
      void tx.entries.save({ id: 'e', account: 'b', amount: 1 })
      void tx.drafts.save({ id: 'd', account: 'b', amount: 1 })
    })
    const groups = await groupsOf(db)
    expect(groups.slice(1)).toEqual([expect.any(String), groups[1]])
    await db.sync()
    expect(await db.outbox.list()).toEqual([])
    await db.close()
  })

  test('waiting groups that share a record unite, those they never named too (W14)', async () => {
    const { layer, backend } = online()
    const db = await layer
    const pair = (one: string, two: string): Promise<void> =>
      db.transaction(async (tx) => {
        await tx.accounts.save({ id: one, balance: 1 })
        await tx.accounts.save({ id: two, balance: 2 })
      })
    await pair('a', 'b')
    await pair('c', 'd')
    expect(new Set(await groupsOf(db)).size).toBe(2)
    await db.transaction(async (tx) => {
      await tx.accounts.save({ id: 'b', balance: 3 })
      await tx.accounts.save({ id: 'c', balance: 3 })
    })
    const groups = await groupsOf(db)
    expect(groups).toHaveLength(4)
    expect(new Set(groups).size).toBe(1)
    await db.sync()
    expect(backend.records('default')).toHaveLength(4)
    await db.close()
  })

  test('one larger than the backend takes is GROUP_TOO_LARGE, and nothing of it is written (W14)', async () => {
    const { layer } = online((adapter) => ({
      ...adapter,
      capabilities: { ...adapter.capabilities, maxBatch: 3 },
    }))
    const db = await layer
    const many = (...ids: readonly string[]): Promise<void> =>
      db.transaction(async (tx) => {
        for (const id of ids) await tx.accounts.save({ id, balance: 1 })
      })
    await expect(many('a', 'b', 'c', 'd')).rejects.toEqual(code('GROUP_TOO_LARGE'))
    expect(await db.collection('accounts').count()).toBe(0)
    await many('a', 'b')
    await expect(many('b', 'c', 'd')).rejects.toEqual(code('GROUP_TOO_LARGE'))
    expect(await db.collection('accounts').count()).toBe(2)
    await many('b', 'c')
    await db.close()
  })

  test('with an adapter without groups there are none (W14)', async () => {
    const { layer } = online((adapter) => ({
      ...adapter,
      capabilities: { ...adapter.capabilities, groups: false },
    }))
    const db = await layer
    await db.transaction((tx) => {
      void tx.accounts.save({ id: 'b', balance: 1 })
      void tx.accounts.save({ id: 'c', balance: 1 })
    })
    expect(await groupsOf(db)).toEqual([undefined, undefined])
    await db.close()
  })
})
