import { checkPushResponse, type Mutation, type PushResult } from '@synclayer/core/adapter'
import { describe, expect, test } from 'vitest'
import { restAdapter } from '../rest-adapter.ts'
import { testDeps } from '@synclayer/core/testing'
import { mutationKey, parseMutationKey } from './mutation-key.ts'

const MS = Date.UTC(2026, 0, 1, 12)
const TIME = `${MS.toString(16).padStart(12, '0')}-0003-00000000deadbeef`
const SENT_AT = '2026-01-01T12:00:00.000Z'
const KEY = 'phone~0003-00000000deadbeef.7'

const put: Mutation = {
  id: 'phone.7',
  collection: 'todos',
  recordId: 'a',
  kind: 'put',
  base: '3',
  data: { id: 'a', text: 'sent' },
  time: TIME,
  schema: 2,
}

interface Posted {
  readonly url: string
  readonly headers: Headers
  readonly body: unknown
}

type Answer = Response | Error

/** Pushes, with these answers in turn; the last one goes on. GET gives what is stored. */
async function push(
  answers: readonly Answer[],
  mutations: readonly Mutation[] = [put],
  stored: readonly unknown[] = [],
) {
  const posted: Posted[] = []
  const fetch = async (input: unknown, init?: RequestInit): Promise<Response> => {
    if (init?.method !== 'POST') return new Response(JSON.stringify(stored))
    const answer = answers[Math.min(posted.length, answers.length - 1)]!
    const text = new TextDecoder().decode(init.body as Uint8Array)
    posted.push({ url: String(input), headers: new Headers(init.headers), body: JSON.parse(text) })
    if (answer instanceof Error) throw answer
    return answer.clone()
  }
  const adapter = restAdapter({
    url: 'https://plain.test/api',
    dialect: 'simple',
    fetch: fetch as typeof globalThis.fetch,
  })
  const traffic = { sent: () => undefined, received: () => undefined }
  await adapter.open({ ...testDeps(), collections: ['todos'], scopes: ['default'], traffic })
  const request = { scope: 'default', clientId: 'phone', settled: 1, epoch: 'simple', cursor: 'c', mutations }
  const pushing = adapter.push(request, AbortSignal.timeout(5_000))
  return { posted, pushing }
}

async function resultOf(
  answer: Answer,
  mutation: Mutation = put,
  stored: readonly unknown[] = [],
): Promise<PushResult> {
  const { response, unreadable } = checkPushResponse(await (await push([answer], [mutation], stored)).pushing)
  expect(unreadable).toEqual([])
  expect(response.results).toHaveLength(1)
  return response.results[0]!
}

function json(body: unknown, status: number = 200): Response {
  return new Response(JSON.stringify(body), { status })
}

describe('push: what is sent', () => {
  test('is the whole record, with its version as it came, and a key that stands for id and content', async () => {
    const gone: Mutation = { ...withoutData(put), id: 'phone.8', kind: 'delete', base: '"v1"' }
    const fresh: Mutation = { ...put, id: 'phone.9', base: null }
    const { posted, pushing } = await push([json({})], [put, gone, fresh])
    await pushing
    expect(posted.map(({ body }) => body)).toEqual([
      { recordId: 'a', data: put.data, deleted: false, version: 3, updatedAt: SENT_AT, schema: 2 },
      { recordId: 'a', data: null, deleted: true, version: 'v1', updatedAt: SENT_AT, schema: 2 },
      { recordId: 'a', data: put.data, deleted: false, version: null, updatedAt: SENT_AT, schema: 2 },
    ])
    expect(posted[0]!.url).toBe('https://plain.test/api/sync/todos')
    expect(posted[0]!.headers.get('idempotency-key')).toBe(KEY)
    expect(posted[0]!.headers.get('content-encoding')).toBeNull()
  })

  test('is no patch, and no member of a group', async () => {
    const patch: Mutation = { ...withoutData(put), kind: 'patch', patch: { set: { '/text': 'x' } } }
    const { posted, pushing } = await push([json({})], [patch, { ...put, id: 'phone.8', group: 'g' }])
    const refused = { status: 'rejected', code: 'NOT_SUPPORTED' }
    expect(await pushing).toMatchObject({
      results: [
        { id: 'phone.7', ...refused },
        { id: 'phone.8', ...refused },
      ],
    })
    expect(posted).toEqual([])
  })
})

describe('push: what the answer means', () => {
  test.each<[string, Response, string, object]>([
    ['a version', json({ version: 4 }), '4', {}],
    ['a version that is a text', json({ version: 'v' }, 201), '"v"', {}],
    ['a time', json({ updatedAt: '2026-01-01T12:00:01Z' }), '"2026-01-01T12:00:01Z"', {}],
    ['neither', json({ ok: true }), `"${SENT_AT}"`, {}],
    ['nothing', new Response(null, { status: 204 }), `"${SENT_AT}"`, {}],
    ['nothing, as 201', new Response('Created', { status: 201 }), `"${SENT_AT}"`, {}],
    ['what was sent', json({ version: 4, data: { text: 'sent' } }), '4', {}],
    [
      'something else than what was sent',
      json({ version: 4, data: { text: 'x' } }),
      '4',
      { data: { id: 'a', text: 'x' } },
    ],
  ])('with %s is accepted', async (_, answer, version, data) => {
    expect(await resultOf(answer)).toEqual({ id: 'phone.7', status: 'accepted', version, ...data })
  })

  const current = { recordId: 'a', data: { text: 'theirs' }, version: 5, updatedAt: '2026-01-01T13:00:00Z' }

  test.each([
    ['itself', current],
    ['as current', { current }],
    ['in the details of an error', { error: { code: 'CONSTRAINT', message: '', details: { current } } }],
  ])('409 with the record %s is a conflict with it', async (_, body) => {
    expect(await resultOf(json(body, 409))).toMatchObject({
      status: 'conflict',
      current: { id: 'a', version: '5', data: { id: 'a', text: 'theirs' }, deleted: false },
    })
  })

  test('409 with null is a conflict with nothing', async () => {
    expect(await resultOf(json({ current: null }, 409))).toMatchObject({ status: 'conflict', current: null })
  })

  test.each([
    ['of another record', json({ ...current, recordId: 'b' }, 409)],
    ['without a zone', json({ ...current, updatedAt: '2026-01-01T13:00:00' }, 409)],
    ['without a record', json({ error: 'Outdated' }, 409)],
    ['without JSON', new Response('<html>', { status: 409 })],
  ])('409 %s is looked up', async (_, answer) => {
    expect(await resultOf(answer, put, [current])).toMatchObject({
      status: 'conflict',
      current: { version: '5' },
    })
    expect(await resultOf(answer, put, [])).toMatchObject({ status: 'conflict', current: null })
  })

  test('409 with what this mutation made, or what says the same, is its answer', async () => {
    const own = json({ ...current, mutation: KEY }, 409)
    const same = json({ ...current, data: { text: 'sent' } }, 409)
    expect([await resultOf(own), await resultOf(same)]).toMatchObject([
      { status: 'accepted', version: '5' },
      { status: 'accepted', version: '5' },
    ])
    const copied = json({ ...current, mutation: 'phone~0003-0000000000000001.7' }, 409)
    expect(await resultOf(copied)).toMatchObject({ status: 'conflict' })
    const gone: Mutation = { ...withoutData(put), kind: 'delete' }
    const tombstone = json({ ...current, data: null, deleted: true }, 409)
    expect(await resultOf(tombstone, gone)).toMatchObject({ status: 'accepted', version: '5' })
  })

  test.each<[Response, string, string]>([
    [json({ error: 'No title' }, 400), 'INVALID_MUTATION', 'No title'],
    [json({ message: 'Too long' }, 413), 'RECORD_TOO_LARGE', 'Too long'],
    [json({ error: { message: 'Taken' } }, 422), 'CONSTRAINT', 'Taken'],
    [json({ error: { code: 'MUTATION_ID_REUSED', message: 'Used' } }, 422), 'MUTATION_ID_REUSED', 'Used'],
    [json({ error: 'Not yours' }, 403), 'FORBIDDEN', 'Not yours'],
    [new Response('<html>', { status: 400 }), 'INVALID_MUTATION', 'The backend answered with status 400'],
  ])('%o is rejected as %s', async (answer, code, reason) => {
    expect(await resultOf(answer)).toEqual({ id: 'phone.7', status: 'rejected', code, reason })
  })

  test.each<[Response, string]>([
    [new Response('<html>Welcome to our hotel</html>'), 'NETWORK'],
    [new Response('<html>', { status: 403 }), 'FORBIDDEN'],
    [json({}, 404), 'NETWORK'],
    [json({}, 202), 'NETWORK'],
    [json({}, 500), 'BACKEND_FAILED'],
  ])('%o says nothing: the same is sent again', async (answer, code) => {
    expect(await resultOf(answer)).toEqual({ id: 'phone.7', status: 'retry', code })
  })

  test.each<[Answer, string]>([
    [json({}, 503), 'BACKEND_FAILED'],
    [json({}, 429), 'RATE_LIMITED'],
    [json({}, 401), 'UNAUTHENTICATED'],
    [json({ error: { code: 'SCOPE_REVOKED', message: '' } }, 403), 'SCOPE_REVOKED'],
    [json({ error: { code: 'FORBIDDEN', message: '', details: { scope: 'default' } } }, 403), 'FORBIDDEN'],
    [new TypeError('No network'), 'NETWORK'],
  ])('%o holds back all: what is known is told, the rest is sent again', async (answer, code) => {
    await expect((await push([answer])).pushing).rejects.toMatchObject({ code })
    const { posted, pushing } = await push(
      [json({ version: 4 }), answer],
      [put, { ...put, id: 'phone.8' }, { ...put, id: 'phone.9' }],
    )
    expect((await pushing).results).toMatchObject([
      { id: 'phone.7', status: 'accepted' },
      { id: 'phone.8', status: 'retry', code },
      { id: 'phone.9', status: 'retry', code },
    ])
    expect(posted.length).toBeLessThanOrEqual(3)
  })
})

describe('mutationKey', () => {
  test('is read again, with the time of the moment a backend kept', () => {
    expect(mutationKey(put)).toBe(KEY)
    const read = parseMutationKey(KEY)
    expect([read?.id, read?.time(MS)]).toEqual(['phone.7', TIME])
    expect([parseMutationKey('phone.7'), parseMutationKey('')]).toEqual([null, null])
  })
})

function withoutData(mutation: Mutation): Mutation {
  const { data, ...rest } = mutation
  return data === undefined ? mutation : rest
}
