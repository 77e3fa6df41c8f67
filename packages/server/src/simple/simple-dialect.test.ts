import { createModelBackend } from '@synclayer/core/testing'
import { SyncError } from '@synclayer/core/adapter'
import { describe, expect, test } from 'vitest'
import { createSyncServer } from '../create-sync-server.ts'
import type { SyncServerOptions } from '../options.ts'

const NOW = Date.UTC(2026, 10, 25, 14)
const EDITED = '2026-11-25T13:00:00.000Z'

type Body = Readonly<Record<string, unknown>>

function testServer(options: Partial<SyncServerOptions> = {}) {
  const backend = createModelBackend({ now: () => NOW })
  const server = createSyncServer({
    adapter: backend.adapter(),
    authenticate: ({ token }) => (token === null ? null : { id: token, scopes: ['default', 'team 1'] }),
    logger: { log: () => undefined },
    ...options,
  })
  const ask = async (
    path: string,
    init: { readonly body?: unknown; readonly key?: string; readonly token?: string } = {},
  ): Promise<{ readonly status: number; readonly body: Body; readonly headers: Headers }> => {
    const { body, key, token = 'ada' } = init
    const response = await server.fetch(
      new Request(`http://server.test${path}`, {
        headers: {
          Authorization: `Bearer ${token}`,
          ...(body === undefined ? {} : { 'Content-Type': 'application/json' }),
          ...(key === undefined ? {} : { 'Idempotency-Key': key }),
        },
        ...(body === undefined ? {} : { method: 'POST', body: JSON.stringify(body) }),
      }),
    )
    return { status: response.status, body: (await response.json()) as Body, headers: response.headers }
  }
  return { ask, backend, server }
}

function edit(recordId: string, more: Body = {}): Body {
  return { recordId, data: { text: recordId }, updatedAt: EDITED, ...more }
}

function errorOf({ body }: { readonly body: Body }): Body {
  return body['error'] as Body
}

describe('GET /sync/{collection}', () => {
  test('gives everything, and then what is new since the cursor, deleted records too', async () => {
    const { ask } = testServer()
    const { version } = (await ask('/sync/todos', { body: edit('a') })).body
    await ask('/sync/todos', { body: edit('b') })
    const all = await ask('/sync/todos?since=null')
    expect(all).toMatchObject({ status: 200, body: { hasMore: false } })
    const a = { recordId: 'a', version, updatedAt: EDITED, deleted: false, schema: 1 }
    expect(all.body['records']).toMatchObject([{ ...a, data: { id: 'a', text: 'a' } }, { recordId: 'b' }])

    const since = encodeURIComponent(String(all.body['cursor']))
    await ask('/sync/todos', { body: edit('a', { version, deleted: true, data: null }) })
    const news = await ask(`/sync/todos?since=${since}`)
    expect(news.body['records']).toMatchObject([{ recordId: 'a', deleted: true, data: null }])
  })

  test('gives pages, each with the cursor of the next', async () => {
    const { ask } = testServer()
    await ask('/sync/todos', { body: ['a', 'b', 'c', 'd', 'e'].map((id) => edit(id)) })
    const seen: unknown[] = []
    for (let since = '', hasMore = true; hasMore;) {
      const { body } = await ask(`/sync/todos?limit=2&since=${encodeURIComponent(since)}`)
      const records = body['records'] as readonly Body[]
      expect(records.length).toBeLessThanOrEqual(2)
      seen.push(...records.map(({ recordId }) => recordId))
      since = body['cursor'] as string
      hasMore = body['hasMore'] as boolean
    }
    expect(seen).toEqual(['a', 'b', 'c', 'd', 'e'])
  })

  test('with a limit of 0 gives the head alone', async () => {
    const { ask } = testServer()
    await ask('/sync/todos', { body: edit('a') })
    const head = await ask('/sync/todos?limit=0')
    expect(head.body).toMatchObject({ records: [], hasMore: false })
    await ask('/sync/todos', { body: edit('b') })
    const news = await ask(`/sync/todos?since=${encodeURIComponent(String(head.body['cursor']))}`)
    expect(news.body['records']).toMatchObject([{ recordId: 'b' }])
  })

  test('keeps collections and scopes apart', async () => {
    const { ask } = testServer()
    await ask('/sync/todos?scope=team%201', { body: edit('a') })
    await ask('/sync/lists', { body: edit('b') })
    expect((await ask('/sync/todos')).body['records']).toEqual([])
    expect((await ask('/sync/todos?scope=team%201')).body['records']).toMatchObject([{ recordId: 'a' }])
    expect((await ask('/sync/lists')).body['records']).toMatchObject([{ recordId: 'b' }])
  })

  test.each([
    ['limit=-1', 400, 'PROTOCOL'],
    ['limit=ten', 400, 'PROTOCOL'],
    ['since=2026-11-25T13:00:00Z', 400, 'PROTOCOL'],
    ['scope=', 400, 'PROTOCOL'],
    ['scope=team%202', 403, 'FORBIDDEN'],
  ])('refuses ?%s', async (query, status, code) => {
    const answer = await testServer().ask(`/sync/todos?${query}`)
    expect(answer).toMatchObject({ status, body: { error: { code } } })
  })

  test('a cursor from before a restore is 409, EPOCH_CHANGED', async () => {
    const { ask, backend } = testServer()
    const backup = backend.backup()
    await ask('/sync/todos', { body: edit('a') })
    const { cursor } = (await ask('/sync/todos')).body
    backend.restore(backup)
    const answer = await ask(`/sync/todos?since=${encodeURIComponent(String(cursor))}`)
    expect(answer).toMatchObject({ status: 409, body: { error: { code: 'EPOCH_CHANGED' } } })
  })

  test('serves the collections that are named, and no others', async () => {
    const { ask } = testServer({ collections: ['todos'] })
    expect((await ask('/sync/todos')).status).toBe(200)
    const answers = [await ask('/sync/lists'), await ask('/sync/lists', { body: edit('a') })]
    expect(answers).toMatchObject([
      { status: 404, body: { error: { code: 'UNKNOWN_COLLECTION' } } },
      { status: 404, body: { error: { code: 'UNKNOWN_COLLECTION' } } },
    ])
  })
})

describe('POST /sync/{collection}, one edit', () => {
  test('compares the version and sets: a wrong one is 409 with the current record', async () => {
    const { ask, backend } = testServer()
    const created = await ask('/sync/todos', { body: edit('a') })
    expect(created).toMatchObject({ status: 200, body: { recordId: 'a' } })
    const { version } = created.body
    const updated = await ask('/sync/todos', { body: edit('a', { version, data: { text: 'new' } }) })
    expect(updated.status).toBe(200)
    expect(updated.body['version']).not.toBe(version)

    const late = await ask('/sync/todos', { body: edit('a', { version, data: { text: 'late' } }) })
    expect(late.status).toBe(409)
    expect(errorOf(late)).toMatchObject({
      code: 'CONSTRAINT',
      details: {
        current: { recordId: 'a', version: updated.body['version'], data: { id: 'a', text: 'new' } },
      },
    })
    expect(backend.records('default')).toMatchObject([{ data: { text: 'new' } }])
  })

  test('without a version creates, and is a conflict where something is stored, or a tombstone', async () => {
    const { ask } = testServer()
    const { version } = (await ask('/sync/todos', { body: edit('a') })).body
    const again = await ask('/sync/todos', { body: edit('a', { version: null }) })
    expect([again.status, errorOf(again)]).toMatchObject([409, { details: { current: { version } } }])

    const gone = await ask('/sync/todos', { body: edit('a', { version, deleted: true, data: null }) })
    const dead = await ask('/sync/todos', { body: edit('a') })
    const tombstone = { version: gone.body['version'], deleted: true, data: null }
    expect([dead.status, errorOf(dead)]).toMatchObject([409, { details: { current: tombstone } }])
    const anew = await ask('/sync/todos', { body: edit('a', { version: gone.body['version'] }) })
    expect(anew.status).toBe(200)
  })

  test('of a record that is not there is a conflict with nothing', async () => {
    const answer = await testServer().ask('/sync/todos', { body: edit('a', { version: 'v' }) })
    expect(answer.status).toBe(409)
    expect(errorOf(answer)).toMatchObject({ details: { current: null } })
  })

  test.each<[string, unknown, string]>([
    ['no object', 'text', ''],
    ['no id', { data: {}, updatedAt: EDITED }, 'recordId'],
    ['an id that may be none', edit('a\u0000'), 'recordId'],
    ['no time', { recordId: 'a', data: {} }, 'updatedAt'],
    ['a time without a zone', edit('a', { updatedAt: '2026-11-25T13:00:00' }), 'updatedAt'],
    ['a time as a number', edit('a', { updatedAt: NOW }), 'updatedAt'],
    ['a version that is a number', edit('a', { version: 3 }), 'version'],
    ['no document', edit('a', { data: null }), 'data'],
    ['a list for a document', edit('a', { data: [] }), 'data'],
    ['a document of another record', edit('a', { data: { id: 'b' } }), 'data.id'],
    ['deleted that is neither', edit('a', { deleted: 'yes' }), 'deleted'],
    ['a schema that is no number', edit('a', { schema: '1' }), 'schema'],
  ])('refuses %s', async (_, body, path) => {
    const { ask, backend } = testServer()
    const answer = await ask('/sync/todos', { body })
    expect([answer.status, errorOf(answer)]).toMatchObject([
      400,
      { code: 'INVALID_MUTATION', details: { path } },
    ])
    expect(backend.records('default')).toEqual([])
  })

  test('keeps the time of the edit, in any zone, and none that is ahead', async () => {
    const { ask } = testServer()
    await ask('/sync/todos', { body: edit('a', { updatedAt: '2026-11-25T14:30:00.25+02:00' }) })
    await ask('/sync/todos', { body: edit('b', { updatedAt: '2999-01-01T00:00:00Z' }) })
    expect((await ask('/sync/todos')).body['records']).toMatchObject([
      { updatedAt: '2026-11-25T12:30:00.250Z' },
      { updatedAt: '2026-11-25T14:01:00.000Z' },
    ])
  })

  test('is refused where the host says so, with his reason', async () => {
    const { ask, backend } = testServer({
      authorize: ({ mutation }) => (mutation.recordId === 'no' ? { reason: 'Not yours' } : true),
    })
    const answer = await ask('/sync/todos', { body: edit('no') })
    expect([answer.status, errorOf(answer)]).toMatchObject([403, { code: 'FORBIDDEN', message: 'Not yours' }])
    expect(backend.records('default')).toEqual([])
  })

  test('tells what the backend refuses for good with 422, and what it cannot do now with 504 or 500', async () => {
    const adapter = createModelBackend({ now: () => NOW }).adapter()
    adapter.push = async ({ mutations }) => ({
      results: mutations.map(({ id }) => ({
        id,
        status: 'rejected',
        code: 'CONSTRAINT',
        reason: 'A title is needed',
      })),
      serverTime: null,
    })
    const refused = await testServer({ adapter }).ask('/sync/todos', { body: edit('a') })
    expect([refused.status, errorOf(refused)]).toMatchObject([
      422,
      { code: 'CONSTRAINT', message: 'A title is needed' },
    ])
    adapter.push = async ({ mutations }) => ({
      results: mutations.map(({ id }) => ({ id, status: 'retry', code: 'TIMEOUT', retryAfterMs: 1_500 })),
      serverTime: null,
    })
    const busy = await testServer({ adapter }).ask('/sync/todos', { body: edit('a') })
    expect([busy.status, busy.headers.get('retry-after'), errorOf(busy)]).toMatchObject([
      504,
      '2',
      { code: 'TIMEOUT', retryAfterMs: 1_500 },
    ])
    adapter.push = () => Promise.reject(new SyncError('BACKEND_FAILED', 'the password of the database is x'))
    const failed = await testServer({ adapter }).ask('/sync/todos', { body: edit('a') })
    expect(failed.status).toBe(500)
    expect(JSON.stringify(failed.body)).not.toContain('password')
  })

  test('goes on where the feed began a new history in between', async () => {
    const model = createModelBackend({ now: () => NOW })
    const adapter = model.adapter()
    const { pull } = adapter
    let restores = 1
    adapter.pull = async (request, signal) => {
      const page = await pull(request, signal)
      if (restores-- > 0) model.restore(model.backup())
      return page
    }
    const { ask } = testServer({ adapter })
    expect((await ask('/sync/todos', { body: edit('a') })).status).toBe(200)
    expect(model.records('default')).toHaveLength(1)
  })
})

describe('POST /sync/{collection}, a list', () => {
  test('is answered with one result for each edit, in their order', async () => {
    const { ask } = testServer({ authorize: ({ mutation }) => mutation.recordId !== 'no' })
    const { version } = (await ask('/sync/todos', { body: edit('a') })).body
    const answer = await ask('/sync/todos', {
      body: [
        edit('a'),
        edit('b', { updatedAt: 'yesterday' }),
        7,
        edit('no'),
        edit('c'),
        edit('a', { version, deleted: true }),
      ],
    })
    expect(answer.status).toBe(200)
    expect(answer.body['results']).toMatchObject([
      { recordId: 'a', status: 'conflict', current: { recordId: 'a', version } },
      { recordId: 'b', status: 'rejected', code: 'INVALID_MUTATION', details: { path: 'updatedAt' } },
      { recordId: null, status: 'rejected', code: 'INVALID_MUTATION' },
      { recordId: 'no', status: 'rejected', code: 'FORBIDDEN' },
      { recordId: 'c', status: 'accepted' },
      { recordId: 'a', status: 'accepted' },
    ])
    expect(JSON.stringify(answer.body)).not.toContain('"id":"edit-')
  })

  test('may be empty, and not longer than a push', async () => {
    const { ask } = testServer({ limits: { batch: 2 } })
    expect((await ask('/sync/todos', { body: [] })).body).toEqual({ results: [] })
    const answer = await ask('/sync/todos', { body: [edit('a'), edit('b'), edit('c')] })
    expect([answer.status, errorOf(answer)]).toMatchObject([413, { code: 'RECORD_TOO_LARGE' }])
  })
})

describe('Idempotency-Key', () => {
  test('makes a repeated edit safe, even after the record changed again', async () => {
    const { ask, backend } = testServer()
    const first = await ask('/sync/todos', { body: edit('a'), key: 'one' })
    await ask('/sync/todos', { body: edit('a', { version: first.body['version'], data: { text: 'new' } }) })
    const again = await ask('/sync/todos', { body: edit('a'), key: 'one' })
    expect([again.status, again.body]).toEqual([200, first.body])
    expect(backend.records('default')).toMatchObject([{ data: { text: 'new' } }])
    const other = await ask('/sync/todos', { body: edit('a'), key: 'two' })
    expect(other.status).toBe(409)
  })

  test('makes a repeated list safe', async () => {
    const { ask, backend } = testServer()
    const list = [edit('a'), edit('b')]
    const first = await ask('/sync/todos', { body: list, key: 'phone.1' })
    const again = await ask('/sync/todos', { body: list, key: 'phone.1' })
    expect(again.body).toEqual(first.body)
    expect(backend.records('default')).toHaveLength(2)
  })

  test('that comes again with something else is refused', async () => {
    const { ask } = testServer()
    await ask('/sync/todos', { body: edit('a'), key: 'phone.1' })
    const answer = await ask('/sync/todos', { body: edit('a', { data: { text: 'else' } }), key: 'phone.1' })
    expect([answer.status, errorOf(answer)]).toMatchObject([422, { code: 'MUTATION_ID_REUSED' }])
  })

  test('of the form clientId.n is the id of the mutation, as its owner sees it', async () => {
    const { ask } = testServer()
    await ask('/sync/todos', { body: edit('a'), key: 'phone.7' })
    await ask('/sync/todos', { body: edit('b'), key: 'a word' })
    expect((await ask('/sync/todos')).body['records']).toMatchObject([
      { recordId: 'a', mutation: 'phone.7' },
      { recordId: 'b', mutation: expect.stringMatching(/^key-[0-9a-f]{32}\.0$/) as string },
    ])
    const { records } = (await ask('/sync/todos', { token: 'eve' })).body
    expect(records).toMatchObject([{ mutation: expect.stringMatching(/^phone~.{16}\.7$/) as string }, {}])
  })

  test('of another principal, or in another collection, is another key', async () => {
    const { ask, backend } = testServer()
    const asked = [
      await ask('/sync/todos', { body: edit('a'), key: 'k' }),
      await ask('/sync/lists', { body: edit('a'), key: 'k' }),
      await ask('/sync/todos', { body: edit('b'), key: 'k', token: 'eve' }),
    ]
    expect(asked.map(({ status }) => status)).toEqual([200, 200, 200])
    expect(backend.records('default')).toHaveLength(3)
  })

  test('is known by the record where a backend remembers no more than that', async () => {
    const adapter = createModelBackend({ now: () => NOW }).adapter()
    const { ask } = testServer({ adapter })
    const first = await ask('/sync/todos', { body: edit('a'), key: 'phone.1' })
    adapter.push = async (request, signal) => {
      const [mutation] = request.mutations
      const [current] = await adapter.fetch({ scope: 'default', collection: 'todos', ids: ['a'] }, signal)
      return { results: [{ id: mutation!.id, status: 'conflict', current: current! }], serverTime: null }
    }
    const again = await ask('/sync/todos', { body: edit('a'), key: 'phone.1' })
    expect([again.status, again.body['version']]).toEqual([200, first.body['version']])
    const other = await ask('/sync/todos', { body: edit('a', { data: {} }), key: 'phone.1' })
    expect(other.status).toBe(409)
  })
})
