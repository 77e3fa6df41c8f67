import { afterEach, describe, expect, test } from 'vitest'
import { SyncError } from '../errors/sync-error.ts'
import type { BackendAdapter } from '../ports/adapter.ts'
import { openMemoryStorage } from '../storage-memory/memory-storage.ts'
import { createMemoryStore } from '../storage-memory/memory-store.ts'
import { createFakeOrigin } from '../testing/fake-origin.ts'
import { createModelBackend } from '../testing/model-backend.ts'
import { createTestLayer, testDeps } from '../testing/test-deps.ts'
import { createVirtualTime } from '../testing/virtual-time.ts'

const SECOND = 1_000
const MOST_TO_TAKE_OVER = 7 * SECOND

/** The calls of one adapter, and whether they fail. */
interface Wire {
  pushes: number
  pulls: number
  subscriptions: number
  fails: SyncError | null
  /** Its pushes are on their way for ever. */
  hangs: boolean
}

function createWorld(way: 'locks' | 'lease') {
  const time = createVirtualTime()
  const backend = createModelBackend({ now: () => time.clock.now() })
  const memory = createMemoryStore()
  const origin = createFakeOrigin(time.scheduler)
  const closing: (() => Promise<void>)[] = []
  /** The values written to entries that name who leads. */
  const leases: (string | null)[] = []
  let seed = 1

  const wired = (wire: Wire): BackendAdapter => {
    const inner = backend.adapter()
    const failing = async (): Promise<void> => {
      if (wire.fails !== null) throw wire.fails
    }
    return {
      ...inner,
      async push(request, signal) {
        wire.pushes += 1
        if (wire.hangs) await new Promise(() => undefined)
        await failing()
        return inner.push(request, signal)
      },
      async pull(request, signal) {
        wire.pulls += 1
        await failing()
        return inner.pull(request, signal)
      },
      async subscribe(request, wake, lost) {
        wire.subscriptions += 1
        const open = await inner.subscribe!(request, wake, lost)
        return {
          async close() {
            wire.subscriptions -= 1
            await open.close()
          },
        }
      },
    }
  }

  /** Opens the app in another page, or process, on the same store. */
  const open = async (scopes: readonly string[] = ['default']) => {
    const page = origin.page()
    const wire: Wire = { pushes: 0, pulls: 0, subscriptions: 0, fails: null, hangs: false }
    const inner = openMemoryStorage(memory)
    const storage = page.storage({
      ...inner,
      commit(batch, expectations) {
        for (const { name, value } of batch.entries ?? []) if (name.startsWith('lead:')) leases.push(value)
        return inner.commit(batch, expectations)
      },
    })
    const deps = testDeps({ time, seed: (seed += 1) })
    const { locks, channels, scheduler } = page
    const db = await createTestLayer(
      {
        storage: way === 'locks' ? { ...storage, identity: 'app' } : storage,
        adapter: wired(wire),
        collections: ['todos'],
        scopes,
      },
      { ...deps, scheduler, ...(way === 'locks' ? { locks, channels } : {}) },
    )
    closing.push(() => db.close())
    const { connectivity } = deps
    const saves = async (id: string): Promise<void> => {
      await db.collection('todos').save({ id })
      await time.advance(SECOND)
    }
    return { db, page, wire, connectivity, saves, todos: db.collection('todos') }
  }

  /** Somebody on another device. */
  const stranger = async () => {
    const options = { adapter: backend.adapter(), collections: ['todos'], sync: { auto: false } } as const
    const db = await createTestLayer(options, testDeps({ time, seed: 99 }))
    closing.push(() => db.close())
    return {
      async saves(id: string): Promise<void> {
        await db.collection('todos').save({ id })
        await db.sync()
      },
    }
  }

  const sent = (): readonly string[] =>
    backend
      .records('default')
      .map(({ id }) => id)
      .sort()
  return { time, backend, origin, open, stranger, sent, closing, leases }
}

let worlds: ReturnType<typeof createWorld>[] = []

afterEach(async () => {
  for (const { closing } of worlds) for (const close of closing) void close()
  worlds = []
})

describe.each(['locks', 'lease'] as const)('of several tabs or processes on one store, by %s,', (way) => {
  const world = () => {
    const made = createWorld(way)
    worlds.push(made)
    return made
  }
  /** So many, the first of which leads. */
  const opened = async (count: number) => {
    const made = world()
    const tabs = []
    for (let n = 0; n < count; n += 1) {
      tabs.push(await made.open())
      await made.time.advance(2 * SECOND)
    }
    return { ...made, tabs }
  }

  test('one syncs, for all: what any of them saves is sent at once, and all see what comes (W29, W39, Q8)', async () => {
    const { tabs, time, stranger, sent } = await opened(3)
    const shown = tabs.map(() => 0)
    for (const [index, { todos }] of tabs.entries())
      todos.watch().subscribe((result) => void (shown[index] = result.length))
    for (const [index, tab] of tabs.entries()) await tab.saves(`t${index}`)
    expect(sent()).toEqual(['t0', 't1', 't2'])
    await (await stranger()).saves('s')
    await time.advance(SECOND)
    expect(shown).toEqual([4, 4, 4])
    expect(tabs.map(({ db }) => db.status.pending)).toEqual([0, 0, 0])
    expect(tabs.map(({ wire }) => wire.subscriptions)).toEqual([1, 0, 0])
    expect(tabs.slice(1).map(({ wire }) => wire.pushes + wire.pulls)).toEqual([0, 0])
  })

  test('the next one syncs at once where the one that does is closed, or paused (W39)', async () => {
    const { tabs, time, sent } = await opened(3)
    const [one, two, three] = tabs as [Tab, Tab, Tab]
    await one.db.close()
    await time.advance(SECOND / 2)
    await three.saves('a')
    expect(sent()).toEqual(['a'])
    const [leader, follower] = two.wire.pushes > 0 ? [two, three] : [three, two]
    leader.db.pause()
    await time.advance(SECOND / 2)
    await leader.saves('b')
    expect(sent()).toEqual(['a', 'b'])
    expect(follower.wire.pushes).toBe(1)
    expect([leader.wire.subscriptions, follower.wire.subscriptions]).toEqual([0, 1])
    expect([leader.db.status.phase, follower.db.status.phase]).toEqual(['paused', 'idle'])
    leader.db.resume()
    await leader.saves('c')
    expect([leader.wire.pushes, follower.wire.pushes]).toEqual([1, 2])
  })

  test('another one takes over where the one that syncs is killed (W39, I7)', async () => {
    const { tabs, time, sent } = await opened(2)
    const [one, two] = tabs as [Tab, Tab]
    one.page.kill()
    await two.saves('a')
    await time.advance(way === 'locks' ? 0 : MOST_TO_TAKE_OVER)
    expect(sent()).toEqual(['a'])
    expect(two.wire.subscriptions).toBe(1)
  })

  test('another one takes over from a frozen one, which follows once it goes on (W39)', async () => {
    const { tabs, time, sent } = await opened(3)
    const [one, two, three] = tabs as [Tab, Tab, Tab]
    one.page.freeze()
    await three.saves('a')
    await time.advance(MOST_TO_TAKE_OVER)
    expect(sent()).toEqual(['a'])
    one.page.thaw()
    await time.advance(SECOND)
    const pushes = one.wire.pushes
    await one.saves('b')
    expect(sent()).toEqual(['a', 'b'])
    expect(one.wire.pushes).toBe(pushes)
    expect(one.wire.subscriptions).toBe(0)
    expect(two.wire.subscriptions + three.wire.subscriptions).toBe(1)
  })

  test('one that answers is not taken for frozen, however long it takes, whatever the clocks do (W39)', async () => {
    const { tabs, time } = await opened(3)
    await time.advance(3_600 * SECOND)
    expect(tabs.map(({ wire }) => wire.subscriptions)).toEqual([1, 0, 0])
  })

  test('a follower shows how the one that syncs fares (O3, W39)', async () => {
    const { tabs, time } = await opened(2)
    const [one, two] = tabs as [Tab, Tab]
    await time.advance(SECOND)
    expect(two.db.status).toMatchObject({
      phase: 'idle',
      lastSyncAt: one.db.status.lastSyncAt,
      lastError: null,
    })
    expect(two.db.status.lastSyncAt).not.toBeNull()
    one.wire.fails = new SyncError('UNAUTHENTICATED', 'Sign in again.')
    const phases: string[] = []
    two.db.status.subscribe(({ phase }) => void phases.push(phase))
    await two.saves('a')
    expect(two.db.status).toMatchObject({ phase: 'needsAuth', pending: 1 })
    expect(two.db.status.lastError).toMatchObject({ code: 'UNAUTHENTICATED', message: 'Sign in again.' })
    one.wire.fails = new SyncError('NETWORK', 'No way through.')
    one.connectivity.emit('online')
    await time.advance(SECOND)
    expect(two.db.status.phase).toBe('offline')
    one.wire.fails = null
    one.connectivity.emit('online')
    await time.advance(SECOND)
    expect(two.db.status).toMatchObject({ phase: 'idle', pending: 0, lastError: null })
    expect(phases.at(-1)).toBe('idle')
  })

  test('a follower that is told to sync does so itself, and follows on (O1, W39)', async () => {
    const { tabs, time, stranger } = await opened(2)
    const [, two] = tabs as [Tab, Tab]
    await (await stranger()).saves('s')
    await two.todos.save({ id: 'a' })
    const report = two.db.sync()
    await time.advance(0)
    expect(await report).toMatchObject({ durationMs: 0 })
    expect(two.wire.pulls).toBeGreaterThan(0)
    const { pushes, pulls } = two.wire
    await two.saves('b')
    await time.advance(3_600 * SECOND)
    expect(two.wire).toMatchObject({ pushes, pulls, subscriptions: 0 })
  })

  test('a live query in a follower is complete once the first sync is done elsewhere (Q10, W39)', async () => {
    const { open, time } = world()
    const one = await open()
    one.wire.fails = new SyncError('NETWORK', 'No way through.')
    await time.advance(2 * SECOND)
    const two = await open()
    const live = two.todos.watch()
    const seen: boolean[] = []
    live.subscribe(
      () => undefined,
      () => void seen.push(live.complete),
    )
    await time.advance(SECOND)
    expect(live.complete).toBe(false)
    one.wire.fails = null
    one.connectivity.emit('online')
    await time.advance(SECOND)
    expect(live.complete).toBe(true)
    expect(seen).toEqual([true])
    expect(two.wire.pulls).toBe(0)
  })

  test('what a follower was sending as it was killed is sent by the one that syncs (W39, I7)', async () => {
    const { tabs, time, sent } = await opened(2)
    const [one, two] = tabs as [Tab, Tab]
    two.wire.hangs = true
    one.page.freeze()
    await two.todos.save({ id: 'a' })
    void two.db.sync().catch(() => undefined)
    await time.advance(0)
    two.page.kill()
    one.page.thaw()
    await time.advance(MOST_TO_TAKE_OVER)
    expect(two.wire.pushes).toBe(1)
    expect(sent()).toEqual(['a'])
  })

  test('those that sync other scopes have one of their own (W39, R9)', async () => {
    const { tabs, time, backend } = await opened(2)
    const [one, two] = tabs as [Tab, Tab]
    await two.db.setScopes(['default', 'more'])
    await time.advance(2 * SECOND)
    expect([one.wire.subscriptions, two.wire.subscriptions]).toEqual([1, 2])
    await one.db.setScopes(['more', 'default'])
    await one.db.setScopes(['more'])
    await one.saves('m')
    expect(backend.records('more').map(({ id }) => id)).toEqual(['m'])
    await time.advance(2 * SECOND)
    await two.db.setScopes(['more'])
    await time.advance(2 * SECOND)
    expect([one.wire.subscriptions, two.wire.subscriptions]).toEqual([1, 0])
  })
})

test('a page alone asks once whether there are others, and says nothing more (W39)', async () => {
  const { open, origin, time } = createWorld('locks')
  const { db, saves } = await open()
  for (let n = 0; n < 20; n += 1) await saves(`t${n}`)
  await time.advance(3_600 * SECOND)
  expect(origin.said).toEqual([{ type: 'ask' }, expect.objectContaining({ type: 'here' })])
  await db.close()
})

test('a process alone on its store writes its lease once, and takes it away at its end (W39)', async () => {
  const { open, time, leases } = createWorld('lease')
  const { db, saves } = await open()
  for (let n = 0; n < 5; n += 1) await saves(`t${n}`)
  await time.advance(3_600 * SECOND)
  await db.close()
  expect(leases).toEqual([expect.any(String), null])
})

test('a process that was killed syncs again a second after it is back (W39)', async () => {
  const { open, time, sent } = createWorld('lease')
  const killed = await open()
  await time.advance(SECOND)
  killed.page.kill()
  const { db, saves } = await open()
  await saves('a')
  await time.advance(SECOND / 2)
  expect(sent()).toEqual(['a'])
  await db.close()
})

type Tab = Awaited<ReturnType<ReturnType<typeof createWorld>['open']>>
