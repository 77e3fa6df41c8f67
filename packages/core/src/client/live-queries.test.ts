import { describe, expect, test, vi } from 'vitest'
import type { Storage } from '../ports/storage.ts'
import { memoryStorage, openMemoryStorage } from '../storage-memory/memory-storage.ts'
import { createMemoryStore } from '../storage-memory/memory-store.ts'
import { createModelBackend } from '../testing/model-backend.ts'
import { seededRandom } from '../testing/seeded-random.ts'
import { createTestLayer, testDeps } from '../testing/test-deps.ts'
import { collection } from './collection-definition.ts'

interface Todo {
  id: string
  text: string
  rank: number
  done?: boolean
}

function open(storage: Storage = memoryStorage(), deps = testDeps()) {
  return createTestLayer(
    { storage, collections: { todos: collection<Todo>({ indexes: ['rank'] }), other: collection() } },
    deps,
  )
}

const settle = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))

const ids = (documents: readonly { id: string }[] | undefined): string[] =>
  (documents ?? []).map(({ id }) => id)

describe('watch', () => {
  test('calls first asynchronously, then once a commit that changes the result, else never (Q8)', async () => {
    const db = await open()
    const todos = db.collection('todos')
    await todos.save({ id: 'a', text: 'a', rank: 1, done: true })
    const live = todos.where('done', '==', true).orderBy('rank').watch()
    const seen: string[][] = []
    expect(live.current).toBeUndefined()
    live.subscribe((result) => void seen.push(ids(result)))
    expect(seen).toEqual([])
    await settle()
    expect(seen).toEqual([['a']])
    await todos.saveAll([
      { id: 'b', text: 'b', rank: 0, done: true },
      { id: 'c', text: 'c', rank: 2, done: true },
    ])
    await settle()
    await todos.save({ id: 'd', text: 'd', rank: 5 })
    await db.collection('other').save({ id: 'a', done: true })
    await todos.save({ id: 'a', text: 'a', rank: 1, done: true })
    await settle()
    await todos.delete('a')
    await settle()
    expect(seen).toEqual([['a'], ['b', 'a', 'c'], ['b', 'c']])
    live.subscribe((result) => void seen.push(['late', ...ids(result)]))
    await settle()
    expect(seen.at(-1)).toEqual(['late', 'b', 'c'])
    live.close()
    live.close()
    await todos.delete('b')
    await settle()
    expect(seen).toHaveLength(4)
    await db.close()
  })

  test('listeners are called before the code that awaits the write goes on (Q8)', async () => {
    const db = await open()
    const todos = db.collection('todos')
    const live = todos.watch()
    const seen: number[] = []
    live.subscribe((result) => void seen.push(result.length))
    await settle()
    await todos.save({ id: 'a', text: 'a', rank: 1 })
    expect(seen).toEqual([0, 1])
    expect(ids(live.current)).toEqual(['a'])
    await db.close()
  })

  test('unchanged documents keep their identity, and nothing of a result can be changed (Q8)', async () => {
    const store = createMemoryStore()
    const db = await open(openMemoryStorage(store))
    const other = await open(openMemoryStorage(store))
    const todos = db.collection('todos')
    await todos.saveAll(['a', 'b', 'c'].map((id, rank) => ({ id, text: id, rank })))
    const live = todos.orderBy('rank').watch()
    const twin = todos.where('rank', '>=', 0).watch()
    await settle()
    const [a, b] = live.current!
    await todos.update('b', { text: 'B' })
    await settle()
    expect(live.current![0]).toBe(a)
    expect(live.current![1]).not.toBe(b)
    // One parsed document for all who watch.
    expect(live.current![1]).toBe(twin.current![1])
    await other.collection('todos').update('c', { text: 'C' })
    await vi.waitFor(() => expect(live.current![2]!.text).toBe('C'))
    expect(live.current![0]).toBe(a)
    expect(() => void ((live.current as Todo[])[0] = a as Todo)).toThrow(TypeError)
    // The first was loaded, the second came with a commit.
    expect(() => void ((live.current![0] as Todo).text = 'x')).toThrow(TypeError)
    expect(() => void ((live.current![1] as Todo).text = 'x')).toThrow(TypeError)
    await db.close()
    await other.close()
  })

  test('shows what get would answer, after every commit, with windows too (Q9)', async () => {
    for (let seed = 1; seed <= 10; seed += 1) {
      const random = seededRandom(seed)
      const pick = (below: number): number => Math.floor(random.next() * below)
      const db = await open()
      const todos = db.collection('todos')
      await todos.saveAll(
        Array.from({ length: 120 }, (_, index) => ({ id: `t${index}`, text: 'a', rank: pick(20) })),
      )
      const queries = [
        todos.where('rank', '<', 12).orderBy('rank').offset(3).limit(4),
        todos.orderBy('rank', 'desc').limit(1),
        todos.where('text', '==', 'b'),
        todos.where('rank', '>', 2).orderBy('text').orderBy('rank', 'desc').limit(7),
      ]
      const lives = queries.map((query) => query.watch())
      for (let step = 0; step < 100; step += 1) {
        const id = `t${pick(130)}`
        // At first much is deleted, so that windows run short and must be filled again.
        const deletes = step < 60 ? pick(10) > 0 : pick(3) === 0
        if (deletes) await todos.deleteAll([id, `t${pick(130)}`, `t${pick(130)}`])
        else await todos.save({ id, text: pick(2) === 0 ? 'a' : 'b', rank: pick(20) })
        await settle()
        for (const [index, live] of lives.entries()) {
          expect(live.current, `seed ${seed}, step ${step}, query ${index}`).toEqual(
            await queries[index]!.get(),
          )
        }
      }
      await db.close()
    }
  })

  test('of one document: undefined while there is none (Q8, Q11)', async () => {
    const db = await open()
    const todos = db.collection('todos')
    const live = todos.watch('a')
    const seen: (string | undefined)[] = []
    live.subscribe((todo) => void seen.push(todo?.text))
    await settle()
    await todos.save({ id: 'b', text: 'other', rank: 1 })
    await todos.save({ id: 'a', text: '1', rank: 1 })
    await settle()
    await todos.update('a', { text: '2' })
    await settle()
    await todos.update('a', { text: '2' })
    await todos.delete('a')
    await settle()
    expect(seen).toEqual([undefined, '1', '2', undefined])
    expect(live.complete).toBe(true)
    await db.close()
  })

  test('iterating yields the latest only, and ends when it is closed (Q8, Q11)', async () => {
    const db = await open()
    const todos = db.collection('todos')
    const live = todos.watch()
    const iterator = live[Symbol.asyncIterator]()
    expect((await iterator.next()).value).toEqual([])
    for (let index = 0; index < 5; index += 1) {
      await todos.save({ id: `${index}`, text: 'a', rank: index })
      await settle()
    }
    expect(ids((await iterator.next()).value as Todo[])).toHaveLength(5)
    const waiting = iterator.next()
    live.close()
    expect(await waiting).toEqual({ done: true, value: undefined })
    for await (const _result of live) throw new Error('it is closed')

    const another = todos.watch()
    for await (const result of another) {
      expect(result).toHaveLength(5)
      break
    }
    await db.close()
    for await (const _result of another) throw new Error('the client is closed')
  })

  test('a listener that throws harms no other, and is told (Q8, D19)', async () => {
    const deps = testDeps()
    const db = await open(memoryStorage(), deps)
    const todos = db.collection('todos')
    const errors: string[] = []
    db.on('error', ({ error }) => void errors.push(error.code))
    const live = todos.watch()
    const seen: number[] = []
    live.subscribe(() => {
      throw new Error('oops')
    })
    live.subscribe(() => Promise.reject(new Error('later')) as unknown as void)
    live.subscribe((result) => void seen.push(result.length))
    await settle()
    await todos.save({ id: 'a', text: 'a', rank: 1 })
    await settle()
    expect(seen).toEqual([0, 1])
    expect(errors).toEqual(Array.from({ length: 4 }, () => 'LISTENER_FAILED'))
    expect(deps.logged.some(({ level, message }) => level === 'error' && message.includes('oops'))).toBe(true)
    await db.close()
  })

  test('a listener that stopped is not called any more, even for what was on its way (Q8)', async () => {
    const db = await open()
    const live = db.collection('todos').watch()
    const listener = vi.fn<() => void>()
    const stop = live.subscribe(listener)
    stop()
    stop()
    await settle()
    expect(listener).not.toHaveBeenCalled()
    await db.close()
  })

  test('a storage that fails lands in `error`; the next change tries again (Q8, Q12)', async () => {
    const inner = memoryStorage()
    let fails = true
    const storage: Storage = {
      ...inner,
      query: (plan) => (fails ? Promise.reject(new Error('unplugged')) : inner.query(plan)),
    }
    const db = await open(storage)
    const todos = db.collection('todos')
    const errors: string[] = []
    db.on('error', ({ error }) => void errors.push(error.code))
    const live = todos.watch()
    const states: (string | undefined)[] = []
    const seen: number[] = []
    live.subscribe(
      (result) => void seen.push(result.length),
      () => void states.push(live.error?.code),
    )
    await settle()
    expect(live.error?.code).toBe('STORAGE_FAILED')
    expect(live.current).toBeUndefined()
    await expect(live[Symbol.asyncIterator]().next()).rejects.toEqual(
      expect.objectContaining({ code: 'STORAGE_FAILED' }),
    )
    fails = false
    await todos.save({ id: 'a', text: 'a', rank: 1 })
    await settle()
    expect(live.error).toBeUndefined()
    expect(seen).toEqual([1])
    expect(states).toEqual(['STORAGE_FAILED', undefined])
    expect(errors).toEqual(['STORAGE_FAILED'])
    await db.close()
  })

  test('what another process told while this page stood still is read once the page is seen again (Q9)', async () => {
    const memory = createMemoryStore()
    const deaf: Storage = { ...openMemoryStorage(memory), changes: () => () => undefined }
    const deps = testDeps()
    const db = await open(deaf, deps)
    const live = db.collection('todos').watch()
    live.subscribe(() => undefined)
    await settle()
    const other = await open(openMemoryStorage(memory), testDeps({ seed: 2 }))
    await other.collection('todos').save({ id: 'a', text: 'a', rank: 1 })
    await settle()
    expect(ids(live.current)).toEqual([])
    deps.connectivity.emit('visible')
    await settle()
    expect(ids(live.current)).toEqual(['a'])
    await Promise.all([db.close(), other.close()])
  })

  test('complete says whether the first sync is done (Q8, Q10)', async () => {
    const deps = testDeps()
    const backend = createModelBackend({ now: () => deps.clock.now() })
    const db = await createTestLayer(
      {
        collections: { todos: collection<Todo>(), drafts: collection({ local: true }) },
        adapter: backend.adapter(),
        sync: { auto: false },
      },
      deps,
    )
    const live = db.collection('todos').watch()
    const states: boolean[] = []
    live.subscribe(
      () => undefined,
      () => void states.push(live.complete),
    )
    await settle()
    expect(live.complete).toBe(false)
    expect(db.collection('drafts').watch().complete).toBe(true)
    await db.sync()
    await settle()
    expect(live.complete).toBe(true)
    expect(states).toEqual([true])
    await db.close()
  })

  test('parses nothing where nobody watches (Q8)', async () => {
    const db = await open()
    const live = db.collection('todos').watch('a')
    await settle()
    const parse = vi.spyOn(JSON, 'parse')
    await db.collection('other').save({ id: 'x', text: 'a' })
    await db.collection('todos').delete('nobody')
    const texts = parse.mock.calls.map(([text]) => text).filter((text) => text.includes('"text"'))
    expect(texts).toEqual([])
    parse.mockRestore()
    live.close()
    await db.close()
  })
})
