import { describe, expect, test } from 'vitest'
import { memoryStorage } from '../storage-memory/memory-storage.ts'
import type { Storage } from '../ports/storage.ts'
import { createTestLayer } from '../testing/test-deps.ts'
import { collection } from './collection-definition.ts'
import type { StandardSchema } from './standard-schema.ts'

interface Todo {
  id: string
  text: string
  done?: boolean
  user?: { name: string; tags?: string[] }
  count?: number
}

const code = (expected: string): unknown => expect.objectContaining({ code: expected })

/** A memory storage that counts its commits and can be made to fail. */
function watchedStorage(): { storage: Storage; commits: number; fail: boolean } {
  const inner = memoryStorage()
  const watched = {
    commits: 0,
    fail: false,
    storage: {
      ...inner,
      commit: (...given: Parameters<Storage['commit']>) => {
        watched.commits += 1
        if (watched.fail) return Promise.reject(new Error('the disk is gone'))
        return inner.commit(...given)
      },
    } as Storage,
  }
  return watched
}

async function open(storage: Storage = memoryStorage()): ReturnType<typeof create> {
  return create(storage)
}

function create(storage: Storage) {
  return createTestLayer({
    storage,
    collections: {
      todos: collection<Todo>({ indexes: ['done', 'user.name'] }),
      teams: collection<{ id: string; team: string }>({ scope: ({ team }) => `team:${team}` }),
      drafts: collection<Todo>({ local: true }),
    },
    scopes: ['default', 'team:a'],
  })
}

describe('Collection', () => {
  test('save gives a new UUIDv7 unless the document has an id, and replaces (D4, D15)', async () => {
    const db = await open()
    const todos = db.collection('todos')
    const first = await todos.save({ text: 'a' })
    const second = await todos.save({ text: 'b' })
    expect(first).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/)
    expect(second > first).toBe(true)
    expect(await todos.save({ id: 'x', text: 'c', done: true })).toBe('x')
    await todos.save({ id: 'x', text: 'd' })
    expect(await todos.get('x')).toEqual({ id: 'x', text: 'd' })
    expect(await todos.getAll()).toHaveLength(3)
    await db.close()
  })

  test('what was saved does not change with the object it came from (D2)', async () => {
    const db = await open()
    const todos = db.collection('todos')
    const document = { id: 'x', text: 'a', user: { name: 'Ada', tags: ['t'] }, done: undefined, count: -0 }
    const saving = todos.save(document as never)
    document.user.name = 'Bob'
    await saving
    document.user.tags.push('u')
    expect(await todos.get('x')).toEqual({ id: 'x', text: 'a', user: { name: 'Ada', tags: ['t'] }, count: 0 })
    expect(Object.is((await todos.get('x'))?.count, 0)).toBe(true)
    await db.close()
  })

  test('update replaces named top-level fields and removes undefined ones (D4)', async () => {
    const db = await open()
    const todos = db.collection('todos')
    await todos.save({ id: 'x', text: 'a', done: true, user: { name: 'Ada', tags: ['t'] } })
    await todos.update('x', { user: { name: 'Bob' }, done: undefined })
    expect(await todos.get('x')).toEqual({ id: 'x', text: 'a', user: { name: 'Bob' } })
    await todos.update('x', { id: 'x', text: 'b' })
    expect(await todos.get('x')).toEqual({ id: 'x', text: 'b', user: { name: 'Bob' } })
    await db.close()
  })

  test('update takes a function that changes a draft in place (D4)', async () => {
    const db = await open()
    const todos = db.collection('todos')
    await todos.save({ id: 'x', text: 'a', count: 1, user: { name: 'Ada', tags: ['t'] } })
    await todos.update('x', (todo) => {
      todo.user!.name = 'Bob'
      todo.user!.tags!.push('u')
      delete todo.done
    })
    // What an expression happens to answer is no harm.
    await todos.update('x', (todo) => todo.count!++)
    await todos.update('x', (todo) => todo)
    expect(await todos.get('x')).toEqual({
      id: 'x',
      text: 'a',
      count: 2,
      user: { name: 'Bob', tags: ['t', 'u'] },
    })
    await expect(todos.update('x', (todo) => Promise.resolve(todo) as unknown as undefined)).rejects.toEqual(
      code('INVALID_DOCUMENT'),
    )
    await expect(todos.update('x', (todo) => ({ ...todo, text: 'new' }))).rejects.toEqual(
      code('INVALID_DOCUMENT'),
    )
    await expect(todos.update('x', 7 as never)).rejects.toEqual(code('INVALID_DOCUMENT'))
    expect((await todos.get('x'))?.text).toBe('a')
    await db.close()
  })

  test('update of an absent id is NOT_FOUND, changing the id is refused (D4)', async () => {
    const db = await open()
    const todos = db.collection('todos')
    await expect(todos.update('nobody', { text: 'a' })).rejects.toEqual(code('NOT_FOUND'))
    await todos.save({ id: 'x', text: 'a' })
    await expect(todos.update('x', { id: 'y' })).rejects.toEqual(code('INVALID_DOCUMENT'))
    await expect(todos.update('x', { id: undefined })).rejects.toEqual(code('INVALID_DOCUMENT'))
    await expect(todos.update('x', (todo) => void (todo.id = 'y'))).rejects.toEqual(code('INVALID_DOCUMENT'))
    await todos.delete('x')
    await expect(todos.update('x', { text: 'b' })).rejects.toEqual(code('NOT_FOUND'))
    await db.close()
  })

  test('delete of an absent id is fine; a deleted id saved again is there again (D4)', async () => {
    const db = await open()
    const todos = db.collection('todos')
    await todos.delete('x')
    await todos.save({ id: 'x', text: 'a' })
    await todos.delete('x')
    expect(await todos.get('x')).toBeUndefined()
    expect(await todos.getAll()).toEqual([])
    await todos.save({ id: 'x', text: 'b' })
    expect(await todos.get('x')).toEqual({ id: 'x', text: 'b' })
    await db.close()
  })

  const cyclic: Record<string, unknown> = {}
  cyclic['self'] = cyclic
  const refused: readonly (readonly [name: string, path: string, value: unknown])[] = [
    ['a Date', 'a', { a: new Date(0) }],
    ['a function', 'a.b', { a: { b: () => 1 } }],
    ['NaN', 'a[1]', { a: [1, Number.NaN] }],
    ['a BigInt', 'a', { a: 1n }],
    ['undefined in an array', 'a[0]', { a: [undefined] }],
    ['__proto__', '__proto__', JSON.parse('{"__proto__": {}}')],
    ['a lone surrogate', 'a', { a: '\ud800' }],
    ['a cycle', 'self', cyclic],
    ['null', '', null],
    ['an array', '', []],
    ['a number as id', 'id', { id: 7 }],
    ['an empty id', 'id', { id: '' }],
  ]

  test.each(refused)(
    'refuses %s with its path %j before anything is written (D1, D3)',
    async (_name, path, value) => {
      const watched = watchedStorage()
      const db = await open(watched.storage)
      const todos = db.collection('todos')
      const before = watched.commits
      await expect(todos.save(value as Todo)).rejects.toEqual(
        expect.objectContaining({
          code: 'INVALID_DOCUMENT',
          details: expect.objectContaining({ path }) as unknown,
        }),
      )
      await expect(todos.saveAll([{ text: 'good' }, value as Todo])).rejects.toEqual(code('INVALID_DOCUMENT'))
      expect(watched.commits).toBe(before)
      await db.close()
    },
  )

  test('saves of one tick share one commit, and a bad one fails alone (D6)', async () => {
    const watched = watchedStorage()
    const db = await open(watched.storage)
    const todos = db.collection('todos')
    const before = watched.commits
    const settled = await Promise.allSettled([
      todos.save({ id: 'a', text: 'a' }),
      todos.update('nobody', { text: 'b' }),
      todos.save({ id: 'c', text: 'c' }),
    ])
    expect(settled.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled'])
    expect(watched.commits - before).toBe(1)
    expect((await todos.getAll()).map(({ id }) => id)).toEqual(['a', 'c'])
    await db.close()
  })

  test('saveAll and deleteAll are one commit, and leave nothing behind when it fails (D6)', async () => {
    const watched = watchedStorage()
    const db = await open(watched.storage)
    const todos = db.collection('todos')
    const before = watched.commits
    const ids = await todos.saveAll(Array.from({ length: 10_000 }, (_, index) => ({ text: String(index) })))
    expect(new Set(ids).size).toBe(10_000)
    expect(watched.commits - before).toBe(1)
    watched.fail = true
    await expect(todos.deleteAll(ids)).rejects.toEqual(code('STORAGE_FAILED'))
    await expect(todos.saveAll([{ id: 'x', text: 'x' }])).rejects.toEqual(code('STORAGE_FAILED'))
    watched.fail = false
    expect(await todos.count()).toBe(10_000)
    await todos.deleteAll(ids)
    expect(await todos.count()).toBe(0)
    await expect(todos.saveAll('x' as never)).rejects.toEqual(code('INVALID_DOCUMENT'))
    await expect(todos.deleteAll('x' as never)).rejects.toEqual(code('INVALID_DOCUMENT'))
    await db.close()
  })

  test('keeps both of two parallel updates (D9)', async () => {
    const db = await open()
    const todos = db.collection('todos')
    await todos.save({ id: 'x', text: 'a', count: 0 })
    await Promise.all(Array.from({ length: 100 }, () => todos.update('x', (todo) => void (todo.count! += 1))))
    expect((await todos.get('x'))?.count).toBe(100)
    await db.close()
  })

  test('a read begun after a write was called sees it (D8)', async () => {
    const db = await open()
    const todos = db.collection('todos')
    void todos.save({ id: 'x', text: 'a', done: true })
    const [one, found, count, all] = await Promise.all([
      todos.get('x'),
      todos.where('done', '==', true).get(),
      todos.count(),
      todos.getAll(),
    ])
    expect(one).toEqual({ id: 'x', text: 'a', done: true })
    expect(found).toEqual([one])
    expect(all).toEqual([one])
    expect(count).toBe(1)
    await db.close()
  })

  test('a save of what is there already writes nothing on a clean record (W2)', async () => {
    const watched = watchedStorage()
    const db = await open(watched.storage)
    const drafts = db.collection('drafts')
    await drafts.save({ id: 'x', text: 'a' })
    const before = watched.commits
    await drafts.save({ id: 'x', text: 'a' })
    await drafts.update('x', { text: 'a' })
    await drafts.delete('nobody')
    expect(watched.commits).toBe(before)
    await db.close()
  })

  test('local collections queue nothing (D13)', async () => {
    const db = await open()
    const drafts = db.collection('drafts')
    const queued: unknown[] = []
    db.on('mutationQueued', (event) => void queued.push(event))
    await drafts.save({ id: 'x', text: 'a' })
    await drafts.update('x', { text: 'b' })
    expect(await drafts.status('x')).toBe('synced')
    await drafts.delete('x')
    expect(await db.outbox.list()).toEqual([])
    expect(queued).toEqual([])
    expect(db.metrics().mutations.queued).toBe(0)
    await db.close()
  })

  test("a record's scope is fixed when it is first saved, as its collection says (D10, D16)", async () => {
    const db = await open()
    const teams = db.collection('teams')
    await teams.save({ id: 'x', team: 'a' })
    await expect(teams.save({ id: 'x', team: 'b' })).rejects.toEqual(code('SCOPE_CHANGE'))
    await expect(teams.update('x', { team: 'b' })).rejects.toEqual(code('SCOPE_CHANGE'))
    await expect(teams.save({ id: 'y', team: 'b' })).rejects.toEqual(
      expect.objectContaining({
        code: 'INVALID_DOCUMENT',
        message: expect.stringContaining('team:b') as unknown,
      }),
    )
    expect(await teams.get('x')).toEqual({ id: 'x', team: 'a' })
    await db.close()
  })

  test('queries filter, order, limit, and never change what they came from (Q7)', async () => {
    const db = await open()
    const todos = db.collection('todos')
    await todos.saveAll([
      { id: 'a', text: 'x', count: 3, done: true, user: { name: 'Ada' } },
      { id: 'b', text: 'y', count: 1, done: true, user: { name: 'Bob' } },
      { id: 'c', text: 'z', count: 2, done: false, user: { name: 'Ann' } },
      { id: 'd', text: 'z' },
    ])
    const done = todos.where('done', '==', true)
    const sorted = done.orderBy('count')
    expect((await sorted.get()).map(({ id }) => id)).toEqual(['b', 'a'])
    expect((await done.get()).map(({ id }) => id)).toEqual(['a', 'b'])
    expect((await sorted.limit(1).first())?.id).toBe('b')
    expect(await sorted.limit(0).get()).toEqual([])
    expect((await todos.where('user.name', 'starts-with', 'A').get()).map(({ id }) => id)).toEqual(['a', 'c'])
    expect((await todos.orderBy('count', 'desc').offset(1).limit(2).get()).map(({ id }) => id)).toEqual([
      'c',
      'b',
    ])
    expect((await todos.where('done', 'is-null').first())?.id).toBe('d')
    expect(await todos.limit(3).count()).toBe(3)
    expect(() => todos.where(['done', 'is', 1] as never)).toThrow(code('INVALID_OPTION') as Error)
    await db.close()
  })

  test('a query over many pages shows one moment, whatever is written meanwhile (Q9)', async () => {
    const db = await open()
    const todos = db.collection('todos')
    const all = (text: string): Todo[] =>
      Array.from({ length: 6_000 }, (_, index) => ({ id: `${index}`.padStart(5, '0'), text }))
    await todos.saveAll(all('a'))
    // The store has come to rest, so that the reads begin at once.
    await new Promise((resolve) => setImmediate(resolve))
    const reading = todos.where('text', '==', 'a').get()
    const counting = todos.where('text', '==', 'a').count()
    const writing = todos.saveAll(all('b'))
    const counts = [(await reading).length, await counting]
    for (const count of counts) expect([0, 6_000]).toContain(count)
    await writing
    await db.close()
  })
})

describe('a damaged row', () => {
  test('is told once, counts as absent, harms no other, and can be written over (ST6)', async () => {
    const inner = memoryStorage()
    let damaged = true
    const spoil = <Row extends { id: string; revision: number } | undefined>(row: Row) =>
      damaged && row?.id === 'bad'
        ? ({ damaged: true, collection: 'todos', id: 'bad', revision: row.revision, order: 0 } as const)
        : row
    const storage: Storage = {
      ...inner,
      read: async (keys) => (await inner.read(keys)).map((row) => spoil(row)),
      query: async (plan) => {
        const page = await inner.query(plan)
        return { ...page, rows: page.rows.map((row) => spoil(row)) }
      },
    }
    const db = await open(storage)
    const todos = db.collection('todos')
    const told: unknown[] = []
    db.on('error', ({ error, id }) => void told.push([error.code, id]))
    await todos.saveAll([
      { id: 'bad', text: 'a' },
      { id: 'good', text: 'b' },
    ])
    expect(await todos.get('bad')).toBeUndefined()
    expect((await todos.getAll()).map(({ id }) => id)).toEqual(['good'])
    await expect(todos.update('bad', { text: 'c' })).rejects.toEqual(code('NOT_FOUND'))
    const saving = todos.save({ id: 'bad', text: 'new' })
    await saving
    damaged = false
    expect(await todos.get('bad')).toEqual({ id: 'bad', text: 'new' })
    expect(told).toEqual([['STORAGE_CORRUPT', 'bad']])
    await db.close()
  })
})

/** A schema as the libraries make them: trims text, wants it, and strips what it does not know. */
const trimming: StandardSchema<{ text: string; at?: Date }, { text: string; at?: string }> = {
  '~standard': {
    version: 1,
    vendor: 'test',
    validate: (value) => {
      const { text, at } = value as { text?: unknown; at?: unknown }
      if (typeof text !== 'string') return { issues: [{ message: 'must be a string', path: ['text'] }] }
      return { value: { text: text.trim(), ...(at instanceof Date ? { at: at.toISOString() } : {}) } }
    },
  },
}

describe('a schema', () => {
  test('gives what is stored, and refuses with its issues before anything is written (D11)', async () => {
    const db = await createTestLayer({ collections: { notes: collection({ schema: trimming }) } })
    const notes = db.collection('notes')
    const id = await notes.save({ text: '  hello ', at: new Date(0) })
    expect(await notes.get(id)).toEqual({ id, text: 'hello', at: '1970-01-01T00:00:00.000Z' })
    await notes.update(id, { text: ' again' })
    expect((await notes.get(id))?.text).toBe('again')
    await expect(notes.save({} as never)).rejects.toEqual(
      expect.objectContaining({
        code: 'INVALID_DOCUMENT',
        details: expect.objectContaining({
          issues: [{ message: 'must be a string', path: ['text'] }],
          path: 'text',
        }) as unknown,
      }),
    )
    await expect(notes.update(id, (note) => void (note.text = 7 as never))).rejects.toEqual(
      code('INVALID_DOCUMENT'),
    )
    expect(await notes.count()).toBe(1)
    await db.close()
  })

  test('that answers with a promise is NOT_SUPPORTED (D11)', async () => {
    const slow: StandardSchema<{ text: string }> = {
      '~standard': { version: 1, vendor: 'test', validate: () => Promise.reject(new Error('late')) },
    }
    const db = await createTestLayer({ collections: { notes: collection({ schema: slow }) } })
    await expect(db.collection('notes').save({ text: 'a' })).rejects.toEqual(code('NOT_SUPPORTED'))
    await db.close()
  })
})
