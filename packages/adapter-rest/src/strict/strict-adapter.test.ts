import { gzipSync } from 'node:zlib'
import type { BackendAdapter, Mutation, PullRequest, PushRequest, PushResult } from '@synclayer/core/adapter'
import type { Hello } from '@synclayer/core/protocol'
import { describe, expect, onTestFinished, test, vi } from 'vitest'
import type { RestAdapterOptions } from '../options.ts'
import { restAdapter } from '../rest-adapter.ts'
import {
  answerJson,
  createContext,
  type Received,
  type Script,
  type ScriptedServer,
  scriptServer,
} from '../testing/scripted-server.ts'
import { USUAL_HELLO } from './hello.ts'

const SIGNAL = new AbortController().signal
const PULL: PullRequest = { scope: 's', collections: [{ name: 'todos' }], cursor: null, limit: 100 }

const put = (n: number, more: Partial<Mutation> = {}): Mutation => ({
  id: `c.${n}`,
  collection: 'todos',
  recordId: `r${n}`,
  kind: 'put',
  base: null,
  data: { id: more.recordId ?? `r${n}` },
  time: '018f00000000-0000-00000000000000aa',
  schema: 1,
  ...more,
})
const pushOf = (mutations: readonly Mutation[]): PushRequest => ({
  scope: 's',
  clientId: 'c',
  settled: 0,
  epoch: 'e',
  cursor: 'x',
  mutations,
})
const sentIn = ({ body }: Received): readonly string[] =>
  (JSON.parse(body) as PushRequest).mutations.map(({ id }) => id)
const accepting: Script = (request, response) =>
  answerJson(response, {
    results: sentIn(request).map((id) => ({ id, status: 'accepted', version: `v-${id}` })),
    serverTime: 5,
  })
const outcomes = (results: readonly PushResult[]): Record<string, string> =>
  Object.fromEntries(results.map((result) => [result.id, 'code' in result ? result.code : result.status]))

/** An open adapter on a server that says hello, and then what the test says. */
async function open(
  script: Script,
  hello: Partial<Omit<Hello, 'capabilities'>> & {
    readonly capabilities?: Partial<Hello['capabilities']>
  } = {},
  options: Partial<RestAdapterOptions> = {},
): Promise<{
  readonly adapter: BackendAdapter
  readonly server: ScriptedServer
  readonly asked: () => readonly Received[]
}> {
  const capabilities = { ...USUAL_HELLO.capabilities, ...hello.capabilities }
  const server = await scriptServer((request, response) => {
    if (request.path === '/sync') answerJson(response, { ...USUAL_HELLO, ...hello, capabilities })
    else script(request, response)
  })
  const adapter = restAdapter({ url: server.url, ...options })
  await adapter.open(createContext())
  return { adapter, server, asked: () => server.received.slice(1) }
}

const calls = (adapter: BackendAdapter): readonly (() => Promise<unknown>)[] => [
  () => adapter.push(pushOf([put(1)]), SIGNAL),
  () => adapter.pull(PULL, SIGNAL),
  () => adapter.fetch({ scope: 's', collection: 'todos', ids: ['a'] }, SIGNAL),
]

describe('open', () => {
  test('asks what the server can do', async () => {
    const { adapter, server } = await open(accepting, { capabilities: { maxBatch: 7, patch: false } })
    expect(adapter.capabilities).toEqual({ ...USUAL_HELLO.capabilities, maxBatch: 7, patch: false })
    expect(server.received).toMatchObject([
      { method: 'GET', path: '/sync', headers: { 'synclayer-protocol': '1' } },
    ])
    await adapter.open(createContext())
    expect(server.received).toHaveLength(1)
  })

  test('before, it says what our server usually can', () => {
    const adapter = restAdapter({ url: 'http://localhost:1' })
    expect(adapter.capabilities).toEqual(USUAL_HELLO.capabilities)
    expect(adapter.subscribe).toBeTypeOf('function')
  })

  test('without realtime there is no subscribe', () => {
    const adapter = restAdapter({ url: 'http://localhost:1', realtime: false })
    expect(adapter.capabilities.realtime).toBe(false)
    expect(adapter).not.toHaveProperty('subscribe')
  })

  test.each<readonly [string, Script, string]>([
    [
      'another version',
      (_, response) => answerJson(response, { ...USUAL_HELLO, protocol: 2 }),
      'NOT_SUPPORTED',
    ],
    ['something else', (_, response) => response.end('<html>'), 'NETWORK'],
    ['half a hello', (_, response) => answerJson(response, { protocol: 1 }), 'NETWORK'],
    ['401', (_, response) => answerJson(response, {}, 401), 'UNAUTHENTICATED'],
    ['503', (_, response) => answerJson(response, {}, 503), 'BACKEND_FAILED'],
  ])('fails where the server answers %s, and can be tried again', async (_, script, code) => {
    let isWell = false
    const server = await scriptServer((request, response) => {
      if (isWell) answerJson(response, USUAL_HELLO)
      else script(request, response)
    })
    const adapter = restAdapter({ url: server.url })
    await expect(adapter.open(createContext())).rejects.toMatchObject({ code })
    for (const call of calls(adapter)) await expect(call()).rejects.toMatchObject({ code: 'CLOSED' })
    isWell = true
    await adapter.open(createContext())
  })

  test('one that is closed meanwhile ends', async () => {
    const server = await scriptServer(() => undefined)
    const adapter = restAdapter({ url: server.url })
    const [opening] = await Promise.allSettled([adapter.open(createContext()), adapter.close()])
    expect(opening).toMatchObject({ status: 'rejected', reason: { code: 'CLOSED' } })
  })

  test('a server that never answers is TIMEOUT, and can be asked again', async () => {
    vi.useFakeTimers()
    onTestFinished(() => void vi.useRealTimers())
    const adapter = restAdapter({ url: 'https://example.com', fetch: () => new Promise(() => undefined) })
    for (const _ of [1, 2]) {
      const opening = adapter.open(createContext()).catch((error: unknown) => error)
      await vi.advanceTimersByTimeAsync(20_000)
      expect(await opening).toMatchObject({ code: 'TIMEOUT', retryable: true })
    }
    expect(vi.getTimerCount()).toBe(0)
  })

  test('warns of plain http, but not on one machine', async () => {
    const lines: string[] = []
    const logger = { log: (level: string) => void lines.push(level) }
    const fetch = async (): Promise<Response> => Response.json(USUAL_HELLO)
    for (const url of ['http://localhost', 'http://127.0.0.1:80', 'http://[::1]', 'https://example.com'])
      await restAdapter({ url, fetch }).open({ ...createContext(), logger })
    expect(lines).toEqual([])
    await restAdapter({ url: 'http://example.com', fetch }).open({ ...createContext(), logger })
    expect(lines).toEqual(['warning'])
  })
})

describe('answers that are not what the protocol says', () => {
  test.each<readonly [string, Script]>([
    ['HTML', (_, response) => response.writeHead(200).end('<html>Sign in to the Wi-Fi</html>')],
    ['null', (_, response) => answerJson(response, null)],
    ['a number', (_, response) => answerJson(response, 7)],
    ['another object', (_, response) => answerJson(response, { ok: true })],
    [
      'members of other types',
      (_, response) => answerJson(response, { changes: {}, results: {}, cursor: 1 }),
    ],
    ['no body', (_, response) => response.writeHead(204).end()],
    ['a body that breaks off', (_, response) => response.end('{"results":[{"id":"c.1","status":"acc')],
    [
      'a gzip that breaks off',
      (_, response) =>
        response
          .writeHead(200, { 'Content-Encoding': 'gzip' })
          .end(gzipSync('{"results":[]}').subarray(0, 20)),
    ],
    ['404 of a proxy', (_, response) => response.writeHead(404).end('no such page')],
    ['400 of a proxy', (_, response) => response.writeHead(400).end('bad')],
  ])('%s leaves everything unknown: NETWORK', async (_, script) => {
    const { adapter } = await open(script)
    for (const call of calls(adapter)) {
      await expect(call()).rejects.toMatchObject({ code: 'NETWORK', retryable: true })
    }
  })

  test('a document’s text beside it is not believed', async () => {
    const record = {
      collection: 'todos',
      id: 'a',
      version: 'v',
      deleted: false,
      data: { id: 'a' },
      text: '{"id":"b"}',
      time: put(1).time,
      schema: 1,
    }
    const { adapter } = await open(({ path }, response) => {
      if (path === '/sync/fetch') answerJson(response, [record, null])
      else
        answerJson(response, {
          changes: [{ kind: 'put', ...record }, 7],
          cursor: 'x',
          epoch: 'e',
          hasMore: false,
          serverTime: null,
        })
    })
    const { text: _text, ...plain } = record
    expect((await adapter.pull(PULL, SIGNAL)).changes).toEqual([{ kind: 'put', ...plain }, 7])
    expect(await adapter.fetch({ scope: 's', collection: 'todos', ids: ['a'] }, SIGNAL)).toEqual([
      plain,
      null,
    ])
  })

  test('results that nobody asked for are passed over, and unreadable ones are unknown', async () => {
    const { adapter } = await open((_, response) => {
      answerJson(response, {
        serverTime: null,
        results: [
          { id: 'c.9', status: 'accepted', version: 'v' },
          { id: 'c.1', status: 'accepted' },
          { id: 'c.2', status: 'accepted', version: 'v' },
        ],
      })
    })
    const { results } = await adapter.push(pushOf([put(1), put(2)]), SIGNAL)
    expect(outcomes(results)).toEqual({ 'c.2': 'accepted' })
  })
})

describe('push', () => {
  test('what JSON would change is refused, and nothing else', async () => {
    const { adapter, asked } = await open(accepting)
    const { results } = await adapter.push(
      pushOf([
        put(1, { data: { id: 'r1', n: Number.NaN } }),
        put(2),
        put(3, { data: { id: 'r3', at: new Date() } as never }),
      ]),
      SIGNAL,
    )
    expect(outcomes(results)).toEqual({
      'c.1': 'INVALID_MUTATION',
      'c.2': 'accepted',
      'c.3': 'INVALID_MUTATION',
    })
    expect(asked().map(sentIn)).toEqual([['c.2']])
  })

  test('is split by the number of mutations, groups never', async () => {
    const { adapter, asked } = await open(accepting, { capabilities: { maxBatch: 3 } })
    const mutations = [
      put(1),
      put(2, { group: 'g' }),
      put(3),
      put(4, { group: 'g' }),
      put(5, { group: 'g' }),
      put(6),
    ]
    const { results, serverTime } = await adapter.push(pushOf(mutations), SIGNAL)
    expect(asked().map(sentIn)).toEqual([['c.1'], ['c.2', 'c.4', 'c.5'], ['c.3', 'c.6']])
    expect(new Set(Object.values(outcomes(results)))).toEqual(new Set(['accepted']))
    expect([results.length, serverTime]).toEqual([6, 5])
  })

  test('is split by bytes; what no request could hold is refused for good', async () => {
    const { adapter, asked } = await open(accepting, { maxRequestBytes: 2_000 })
    const sized = (n: number, length: number, group?: string): Mutation =>
      put(n, {
        data: { id: `r${n}`, text: 'ü'.repeat(length / 2) },
        ...(group === undefined ? {} : { group }),
      })
    const { results } = await adapter.push(
      pushOf([
        sized(1, 1_000),
        sized(2, 1_000),
        sized(3, 2_000),
        sized(4, 1_000, 'g'),
        sized(5, 1_000, 'g'),
        sized(6, 2_000, 'h'),
        sized(7, 10, 'h'),
      ]),
      SIGNAL,
    )
    expect(asked().map(sentIn)).toEqual([['c.1'], ['c.2']])
    for (const { body } of asked()) expect(Buffer.byteLength(body)).toBeLessThanOrEqual(2_000)
    expect(outcomes(results)).toEqual({
      'c.1': 'accepted',
      'c.2': 'accepted',
      'c.3': 'RECORD_TOO_LARGE',
      'c.4': 'GROUP_TOO_LARGE',
      'c.5': 'GROUP_TOO_LARGE',
      'c.6': 'RECORD_TOO_LARGE',
      'c.7': 'aborted',
    })
  })

  test('413 halves, whoever says it; what cannot be halved is refused for good', async () => {
    const { adapter, asked } = await open((request, response) => {
      const ids = sentIn(request)
      if (ids.length > 1 || ids[0] === 'c.3') response.writeHead(413).end('<html>')
      else accepting(request, response)
    })
    const { results } = await adapter.push(pushOf([put(1), put(2), put(3), put(4)]), SIGNAL)
    expect(outcomes(results)).toEqual({
      'c.1': 'accepted',
      'c.2': 'accepted',
      'c.3': 'RECORD_TOO_LARGE',
      'c.4': 'accepted',
    })
    expect(
      asked()
        .map(sentIn)
        .map(({ length }) => length),
    ).toEqual([4, 2, 1, 1, 2, 1, 1])
  })

  test('where a later request fails, what came before is told, and the rest is sent again', async () => {
    let count = 0
    const { adapter, asked } = await open(
      (request, response) => {
        if ((count += 1) === 2) answerJson(response, {}, 503, { 'Retry-After': '3' })
        else accepting(request, response)
      },
      { capabilities: { maxBatch: 1 } },
    )
    const { results, serverTime } = await adapter.push(pushOf([put(1), put(2), put(3)]), SIGNAL)
    expect(results).toEqual([
      { id: 'c.1', status: 'accepted', version: 'v-c.1' },
      { id: 'c.2', status: 'retry', code: 'BACKEND_FAILED', retryAfterMs: 3_000 },
      { id: 'c.3', status: 'retry', code: 'BACKEND_FAILED', retryAfterMs: 3_000 },
    ])
    expect([asked().length, serverTime]).toEqual([2, 5])
  })

  test('where the first fails, all of it does', async () => {
    const { adapter } = await open((_, response) =>
      answerJson(response, { error: { code: 'EPOCH_CHANGED', message: '' } }, 409),
    )
    const mutations = [put(1, { data: 'none' as never }), put(2)]
    await expect(adapter.push(pushOf(mutations), SIGNAL)).rejects.toMatchObject({ code: 'EPOCH_CHANGED' })
  })

  test('an empty one asks for the time', async () => {
    const { adapter, asked } = await open(accepting)
    expect(await adapter.push(pushOf([]), SIGNAL)).toEqual({ results: [], serverTime: 5 })
    expect(asked()).toHaveLength(1)
  })
})

describe('pull and fetch', () => {
  test('a page that would be too large is asked for in smaller ones', async () => {
    const limits: number[] = []
    const fetch: typeof globalThis.fetch = async (url, init) => {
      if ((url as string).endsWith('/sync')) return Response.json(USUAL_HELLO)
      const { limit } = JSON.parse(await new Response(init!.body).text()) as PullRequest
      limits.push(limit)
      if (limit > 25) return new Response(endless())
      return Response.json({ changes: [], cursor: 'x', epoch: 'e', hasMore: true, serverTime: null })
    }
    const adapter = restAdapter({ url: 'https://example.com', fetch })
    await adapter.open(createContext())
    await adapter.pull(PULL, SIGNAL)
    expect(limits).toEqual([100, 50, 25])
  })

  test('ids are fetched so many at a time', async () => {
    const { adapter, asked } = await open(
      ({ body }, response) => {
        const { ids } = JSON.parse(body) as { readonly ids: readonly string[] }
        if (ids.includes('r4') && ids.length > 1) answerJson(response, {}, 413)
        else answerJson(response, ids)
      },
      { maxIds: 3 },
    )
    const ids = ['r0', 'r1', 'r2', 'r3', 'r4', 'r5', 'r6']
    expect(await adapter.fetch({ scope: 's', collection: 'todos', ids }, SIGNAL)).toEqual(ids)
    expect(asked().map(({ body }) => (JSON.parse(body) as { ids: readonly string[] }).ids)).toEqual([
      ['r0', 'r1', 'r2'],
      ['r3', 'r4', 'r5'],
      ['r3', 'r4'],
      ['r3'],
      ['r4'],
      ['r5'],
      ['r6'],
    ])
  })
})

/** 1 MiB at a time, for ever. */
function endless(): ReadableStream<Uint8Array> {
  const piece = new Uint8Array(1024 * 1024).fill(0x20)
  return new ReadableStream({ pull: (controller) => controller.enqueue(piece) })
}
