import { describe, expect, test } from 'vitest'
import type { BackendAdapter } from '../ports/adapter.ts'
import type { PushRequest, PushResult } from '../protocol/messages.ts'
import { createModelBackend } from '../testing/model-backend.ts'
import { createTestLayer, testDeps } from '../testing/test-deps.ts'
import { collection } from './collection-definition.ts'

const code = (expected: string): unknown => expect.objectContaining({ code: expected })

/** A backend that refuses what the test names, groups whole. */
function choosy() {
  const deps = testDeps()
  const backend = createModelBackend({ now: () => deps.clock.now() })
  const refused = new Set<string>()
  const inner = backend.adapter()
  const adapter: BackendAdapter = {
    ...inner,
    async push(request: PushRequest, signal) {
      const bad = request.mutations.filter(({ recordId }) => refused.has(recordId))
      const groups = new Set(bad.flatMap(({ group }) => group ?? []))
      const isRefused = (mutation: (typeof bad)[number]): boolean =>
        bad.includes(mutation) || (mutation.group !== undefined && groups.has(mutation.group))
      const good = request.mutations.filter((mutation) => !isRefused(mutation))
      const answer = await inner.push({ ...request, mutations: good }, signal)
      const results = request.mutations
        .filter(isRefused)
        .map(({ id, recordId }): PushResult =>
          refused.has(recordId)
            ? { id, status: 'rejected', code: 'FORBIDDEN', reason: 'not yours', details: { rule: 7 } }
            : { id, status: 'aborted' },
        )
      return { ...answer, results: [...answer.results, ...results] }
    },
  }
  const layer = createTestLayer(
    { collections: { todos: collection(), lists: collection() }, adapter, sync: { auto: false } },
    deps,
  )
  return { layer, refused, backend, deps }
}

describe('Outbox', () => {
  test('lists what waits, by the first change, with what it is (O4)', async () => {
    const { layer } = choosy()
    const db = await layer
    const todos = db.collection('todos')
    await todos.save({ id: 'synced', text: 'a' })
    await todos.save({ id: 'gone', text: 'a' })
    await db.sync()
    await todos.save({ id: 'new', text: 'b' })
    await todos.update('synced', { text: 'c' })
    await todos.delete('gone')
    await todos.update('new', { text: 'd' })
    expect(await db.outbox.list()).toEqual([
      {
        id: 'todos/new',
        collection: 'todos',
        recordId: 'new',
        status: 'waiting',
        kind: 'put',
        attempts: 0,
        document: { id: 'new', text: 'd' },
      },
      expect.objectContaining({ id: 'todos/synced', kind: 'patch', document: { id: 'synced', text: 'c' } }),
      expect.objectContaining({ id: 'todos/gone', kind: 'delete', document: null }),
    ])
    expect(db.status.pending).toBe(3)
    await Promise.all([db.sync(), db.outbox.settled()])
    expect(await db.outbox.list()).toEqual([])
    await db.close()
  })

  test('a refused change is parked with its reason; retry sends it again (W15)', async () => {
    const { layer, refused, backend } = choosy()
    const db = await layer
    const todos = db.collection('todos')
    refused.add('bad')
    await todos.save({ id: 'bad', text: 'a' })
    await todos.save({ id: 'good', text: 'a' })
    const report = await db.sync()
    expect(report).toMatchObject({ pushed: 1, parked: 1 })
    expect(await db.outbox.list()).toEqual([
      expect.objectContaining({
        id: 'todos/bad',
        status: 'parked',
        code: 'FORBIDDEN',
        reason: 'not yours',
        details: { rule: 7 },
      }),
    ])
    expect(await todos.status('bad')).toBe('parked')
    expect(await todos.get('bad')).toEqual({ id: 'bad', text: 'a' })
    expect(db.status).toMatchObject({ pending: 0, parked: 1 })
    refused.clear()
    const { queued } = db.metrics().mutations
    await db.outbox.retry('todos/bad')
    expect(db.metrics().mutations.queued).toBe(queued)
    expect(await todos.status('bad')).toBe('pending')
    await db.sync()
    expect(await todos.status('bad')).toBe('synced')
    expect(backend.records('default')).toHaveLength(2)
    await db.close()
  })

  test('discard goes back to what the backend last had (W15)', async () => {
    const { layer, refused } = choosy()
    const db = await layer
    const todos = db.collection('todos')
    await todos.save({ id: 'old', text: 'a' })
    await db.sync()
    refused.add('old').add('new')
    await todos.update('old', { text: 'b' })
    await todos.save({ id: 'new', text: 'c' })
    await db.sync()
    await db.outbox.discard('todos/old')
    await db.outbox.discard('todos/new')
    expect(await todos.getAll()).toEqual([{ id: 'old', text: 'a' }])
    expect(await todos.status('old')).toBe('synced')
    expect(await db.outbox.list()).toEqual([])
    // Waiting ones too.
    await todos.delete('old')
    await db.outbox.discard('todos/old')
    expect(await todos.get('old')).toEqual({ id: 'old', text: 'a' })
    await db.close()
  })

  test('a refused transaction is retried and discarded whole, through any of its records (W14, W15)', async () => {
    const { layer, refused, backend } = choosy()
    const db = await layer
    const write = (): Promise<void> =>
      db.transaction(async (tx) => {
        await tx.todos.save({ id: 'bad', text: 'a' })
        await tx.lists.save({ id: 'fine', text: 'a' })
      })
    refused.add('bad')
    await write()
    await db.sync()
    expect((await db.outbox.list()).map(({ status }) => status)).toEqual(['parked', 'parked'])
    await db.outbox.retry('lists/fine')
    expect((await db.outbox.list()).map(({ status }) => status)).toEqual(['waiting', 'waiting'])
    await db.sync()
    await db.outbox.discard('lists/fine')
    expect(await db.outbox.list()).toEqual([])
    expect(await db.collection('todos').get('bad')).toBeUndefined()

    // An edit of one of them makes all of them wait again.
    await write()
    await db.sync()
    expect((await db.outbox.list()).map(({ status }) => status)).toEqual(['parked', 'parked'])
    refused.clear()
    await db.collection('todos').update('bad', { text: 'mended' })
    expect((await db.outbox.list()).map(({ status }) => status)).toEqual(['waiting', 'waiting'])
    await db.sync()
    expect(backend.records('default')).toHaveLength(2)
    expect(await db.outbox.list()).toEqual([])
    await db.close()
  })

  test('a transaction in flight that is discarded is undone as one (W14, W15)', async () => {
    const deps = testDeps()
    const backend = createModelBackend({ now: () => deps.clock.now() })
    const commits: (readonly string[])[] = []
    let answering = (): void => undefined
    const adapter: BackendAdapter = {
      ...backend.adapter(),
      async push(request, signal) {
        const answer = await backend.adapter().push(request, signal)
        commits.push(request.mutations.map(({ recordId, kind, group }) => `${recordId} ${kind} ${group}`))
        if (commits.length === 1) await new Promise<void>((resolve) => (answering = resolve))
        return answer
      },
    }
    const db = await createTestLayer(
      { collections: { todos: collection() }, adapter, sync: { auto: false } },
      deps,
    )
    await db.transaction(async (tx) => {
      await tx.todos.save({ id: 'a' })
      await tx.todos.save({ id: 'b' })
    })
    const syncing = db.sync()
    await deps.time.until(() => commits.length === 1, 1_000)
    await db.outbox.discard('todos/a')
    const [item] = await db.outbox.list()
    answering()
    await syncing
    await db.sync()
    expect(item!.group).toBeDefined()
    expect(commits[1]).toEqual([`a delete ${item!.group}`, `b delete ${item!.group}`])
    expect(await db.outbox.list()).toEqual([])
    await db.close()
  })

  test('an unknown id is NOT_FOUND (O4)', async () => {
    const { layer } = choosy()
    const db = await layer
    await db.collection('lists').save({ id: 'a/b', text: 'x' })
    await db.outbox.retry('lists/a/b')
    for (const id of ['nope', 'nope/a', 'todos/nobody', '', 7 as never]) {
      await expect(db.outbox.discard(id), id).rejects.toEqual(code('NOT_FOUND'))
      await expect(db.outbox.retry(id), id).rejects.toEqual(code('NOT_FOUND'))
    }
    await db.close()
  })
})
