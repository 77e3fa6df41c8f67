/** What goes wrong between a client and its project. */
import type { BackendAdapter } from '@synclayer/core/adapter'
import { afterAll, afterEach, beforeEach, describe, expect, onTestFinished, test } from 'vitest'
import { MAX_BATCH } from './limits.ts'
import { supabaseAdapter } from './supabase-adapter.ts'
import { createContext } from './testing/context.ts'
import { openProject } from './testing/open-project.ts'
import { codeOf, openAdapter, pull, push, put, SIGNAL } from './testing/requests.ts'

const project = await openProject()
afterAll(() => project.close())
beforeEach(() => project.clear())
afterEach(() => project.setFault(null))

const ADA = '11111111-1111-4111-8111-111111111111'
const SCOPE = `user:${ADA}`
const open = (): Promise<BackendAdapter> =>
  openAdapter({ client: project.client({ sub: ADA }), realtime: false })
const isPush = ({ url }: { readonly url?: string | undefined }): boolean =>
  url?.endsWith('/synclayer_push') === true

describe('opening', () => {
  test('without the functions it is NOT_SUPPORTED, and says what to do', async () => {
    const client = project.client({ sub: ADA })
    await project.migrate('ALTER FUNCTION public.synclayer_hello() RENAME TO hidden')
    const opened = openAdapter({ client, realtime: false })
    await expect(opened).rejects.toMatchObject({
      code: 'NOT_SUPPORTED',
      message: expect.stringContaining('npx synclayer-supabase migration') as string,
    })
    await project.migrate('ALTER FUNCTION public.hidden() RENAME TO synclayer_hello')
  })

  test('functions of another version are NOT_SUPPORTED', async () => {
    project.setFault(() => ({
      status: 200,
      headers: { 'content-type': 'application/json' },
      body: '{"api":2}',
    }))
    expect(await codeOf(open())).toBe('NOT_SUPPORTED')
  })

  test('a project that is not there is NETWORK, and may be there later', async () => {
    project.setFault(() => ({ status: 0 }))
    const adapter = open()
    await expect(adapter).rejects.toMatchObject({ code: 'NETWORK', retryable: true })
    project.setFault(null)
    expect((await pull(await open(), SCOPE)).changes).toEqual([])
  })
})

describe('answers', () => {
  test('one that is lost: the same is sent again, answered as before, and applied once', async () => {
    const adapter = await open()
    const { epoch, cursor } = await pull(adapter, SCOPE)
    const request = { scope: SCOPE, clientId: 'c', settled: 0, epoch, cursor, mutations: [put('a', 1)] }
    project.setFault((asked) => (isPush(asked) ? { status: 0, isPassed: true } : null))
    expect(await codeOf(adapter.push(request, SIGNAL))).toBe('NETWORK')
    project.setFault(null)
    const { results } = await adapter.push(request, SIGNAL)
    expect(results).toMatchObject([{ id: 'c.1', status: 'accepted' }])
    const [change] = (await pull(adapter, SCOPE)).changes
    expect(change).toMatchObject({ id: 'a', version: (results[0] as { version: string }).version })
  })

  test.each<readonly [string, number, string, string]>([
    ['a page of a proxy', 502, '<html>', 'BACKEND_FAILED'],
    ['half of one', 200, '{"results":[', 'NETWORK'],
    ['one of something else', 200, '{"hello":1}', 'NETWORK'],
    ['none at all', 204, '', 'NETWORK'],
    ['a redirect', 302, '', 'NETWORK'],
  ])('%s: nothing is known, and nothing is lost', async (_, status, body, code) => {
    const adapter = await open()
    const { epoch, cursor } = await pull(adapter, SCOPE)
    const request = { scope: SCOPE, clientId: 'c', settled: 0, epoch, cursor, mutations: [put('a', 1)] }
    project.setFault((asked) => (isPush(asked) ? { status, body, isPassed: true } : null))
    expect(await codeOf(adapter.push(request, SIGNAL))).toBe(code)
    project.setFault(null)
    expect((await adapter.push(request, SIGNAL)).results).toMatchObject([{ status: 'accepted' }])
  })

  test('too many requests: how long to wait is told', async () => {
    const adapter = await open()
    project.setFault(() => ({ status: 429, headers: { 'retry-after': '7' } }))
    await expect(pull(adapter, SCOPE)).rejects.toMatchObject({
      code: 'RATE_LIMITED',
      details: { retryAfterMs: 7_000 },
    })
  })
})

describe('limits', () => {
  test('a push of more than one request takes goes in several, and what failed is to be sent again', async () => {
    const adapter = await open()
    const mutations = Array.from({ length: MAX_BATCH * 2 + 1 }, (_, n) => put(`r${n}`, n))
    let requests = 0
    project.setFault((asked) => (isPush(asked) && ++requests === 3 ? { status: 503 } : null))
    const results = await push(adapter, SCOPE, mutations)
    expect(results.filter(({ status }) => status === 'accepted')).toHaveLength(MAX_BATCH * 2)
    expect(results.at(-1)).toEqual({ id: `c.${MAX_BATCH * 2}`, status: 'retry', code: 'BACKEND_FAILED' })
    expect(requests).toBe(3)
  })

  test('more rows than the API gives in a page of its own come whole', async () => {
    const adapter = await open()
    for (let from = 0; from < 2_000; from += 1_000)
      await push(
        adapter,
        SCOPE,
        Array.from({ length: 1_000 }, (_, n) => put(`r${from + n}`, from + n)),
      )
    const seen = new Set<string>()
    let cursor: string | null = null
    for (let hasMore = true; hasMore;) {
      const page = await adapter.pull(
        { scope: SCOPE, collections: [{ name: 'todos' }], cursor, limit: 5_000 },
        SIGNAL,
      )
      for (const { id } of page.changes) seen.add(id)
      ;({ cursor, hasMore } = page)
    }
    expect(seen.size).toBe(2_000)
  })

  test('what a projection leaves out is not sent', async () => {
    let received = 0
    const adapter = supabaseAdapter({ client: project.client({ sub: ADA }), realtime: false })
    onTestFinished(() => adapter.close())
    await adapter.open(createContext({ received: (bytes) => (received += bytes) }))
    const photo = 'x'.repeat(100_000)
    await push(adapter, SCOPE, [{ ...put('a', 1), data: { id: 'a', text: 'hello', photo } }])
    const read = async (more: object): Promise<[unknown, boolean]> => {
      const before = received
      const collections = [{ name: 'todos', ...more }]
      const page = await adapter.pull({ scope: SCOPE, collections, cursor: null, limit: 10 }, SIGNAL)
      return [page.changes.map((change) => 'data' in change && change.data), received - before > 50_000]
    }
    const small = [{ id: 'a', text: 'hello' }]
    expect(await read({})).toEqual([[{ id: 'a', text: 'hello', photo }], true])
    expect(await read({ fields: { except: ['photo'] } })).toEqual([small, false])
    expect(await read({ fields: { only: ['text'] } })).toEqual([small, false])
    // The filter decides here, and needs it.
    const filter = { op: 'starts-with', path: ['photo'], value: 'x' }
    expect(await read({ filter, fields: { except: ['photo'] } })).toEqual([small, true])
  })

  test('a page that takes too long is asked for in smaller ones', async () => {
    const adapter = await open()
    await push(
      adapter,
      SCOPE,
      Array.from({ length: 20 }, (_, n) => put(`r${n}`, n)),
    )
    let refusals = 0
    const body = JSON.stringify({ code: '57014', message: 'canceling statement due to statement timeout' })
    project.setFault((asked) =>
      asked.url?.endsWith('/synclayer_pull') === true && refusals++ < 4
        ? { status: 500, headers: { 'content-type': 'application/json' }, body }
        : null,
    )
    const page = await pull(adapter, SCOPE)
    expect([page.changes.length, page.hasMore, refusals]).toEqual([6, true, 5])
  })

  test(
    'a push that waits too long for another is not applied, and is told so',
    { timeout: 30_000 },
    async () => {
      const adapter = await open()
      await push(adapter, SCOPE, [put('a', 1)])
      await project.owner.query('BEGIN')
      await project.owner.query(`SELECT FROM synclayer.feed WHERE scope = $1 FOR UPDATE`, [SCOPE])
      const failure = await push(adapter, SCOPE, [put('b', 2)]).catch((error: unknown) => error)
      await project.owner.query('COMMIT')
      expect(failure).toMatchObject({ retryable: true })
      expect((await pull(adapter, SCOPE)).changes).toHaveLength(1)
      expect(await push(adapter, SCOPE, [put('b', 2)])).toMatchObject([{ status: 'accepted' }])
    },
  )
})
