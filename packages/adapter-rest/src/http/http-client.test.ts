import { EventEmitter, once } from 'node:events'
import { gzipSync } from 'node:zlib'
import { isSyncError } from '@synclayer/core/adapter'
import { describe, expect, test } from 'vitest'
import { checkOptions, type RestAdapterOptions } from '../options.ts'
import {
  answerJson,
  createContext,
  type Script,
  type ScriptedServer,
  scriptServer,
} from '../testing/scripted-server.ts'
import { createHttpClient, type HttpClient } from '@synclayer/adapter-kit/http'

const SIGNAL = new AbortController().signal

interface Setup extends ScriptedServer {
  readonly client: HttpClient
  readonly counted: { readonly sent: number; readonly received: number }
}

async function setup(
  script: Script,
  options: Partial<RestAdapterOptions> = {},
  maxAnswerBytes?: number,
): Promise<Setup> {
  const server = await scriptServer(script)
  const { clock, traffic, counted } = createContext()
  const client = createHttpClient({
    options: checkOptions({ url: server.url, ...options }),
    clock,
    traffic,
    ...(maxAnswerBytes === undefined ? {} : { maxAnswerBytes }),
  })
  return { ...server, client, counted }
}

const ask = { method: 'POST', path: '/x', body: '{"a":1}' } as const

async function codeOf(promise: Promise<unknown>): Promise<unknown> {
  const outcome = await promise.then(
    (value) => value,
    (error: unknown) => error,
  )
  return isSyncError(outcome) ? outcome.code : outcome
}

describe('createHttpClient', () => {
  test('sends the body, the token and the headers, and counts bytes both ways', async () => {
    const { client, received, counted } = await setup((_, response) => answerJson(response, { fine: 'ü' }), {
      auth: () => 'secret',
      headers: { 'X-Tenant': '7', Authorization: 'Basic x' },
    })
    const answer = await client.request({ ...ask, headers: { 'Synclayer-Protocol': '1' } }, SIGNAL)
    expect(answer).toMatchObject({ status: 200, body: { fine: 'ü' }, retryAfterMs: undefined })
    expect(received).toMatchObject([
      {
        method: 'POST',
        path: '/x',
        body: '{"a":1}',
        headers: {
          authorization: 'Bearer secret',
          'content-type': 'application/json',
          'synclayer-protocol': '1',
          'x-tenant': '7',
        },
      },
    ])
    expect(received[0]!.headers['content-encoding']).toBeUndefined()
    expect(counted).toEqual({ sent: 7, received: 13 })
  })

  test('sends neither body nor token where there is none', async () => {
    const { client, received } = await setup((_, response) => answerJson(response, []))
    await client.request({ method: 'GET', path: '/sync' }, SIGNAL)
    expect(received[0]!.headers).not.toHaveProperty('authorization')
    expect(received[0]!.headers).not.toHaveProperty('content-type')
  })

  test('compresses what is large, unless that was not wanted', async () => {
    const body = JSON.stringify('x'.repeat(5_000))
    for (const [compress, encoding] of [
      [true, 'gzip'],
      [false, undefined],
    ] as const) {
      const { client, received, counted } = await setup((_, response) => answerJson(response, []), {
        compress,
      })
      await client.request({ ...ask, body }, SIGNAL)
      expect(received[0]!.body).toBe(body)
      expect(received[0]!.headers['content-encoding']).toBe(encoding)
      expect(counted.sent).toBe(received[0]!.bytes)
      expect(counted.sent < 200).toBe(compress)
    }
  })

  test('reads compressed answers, and counts what was on the wire', async () => {
    const text = JSON.stringify('y'.repeat(50_000))
    const bytes = gzipSync(text)
    const { client, counted } = await setup((_, response) => {
      response.writeHead(200, { 'Content-Encoding': 'gzip', 'Content-Length': bytes.length }).end(bytes)
    })
    expect((await client.request(ask, SIGNAL)).body).toBe(JSON.parse(text))
    expect(counted.received).toBe(bytes.length)
  })

  test.each<readonly [string, Script]>([
    [
      'a page of HTML',
      (_, response) => response.writeHead(200, { 'Content-Type': 'text/html' }).end('<html>'),
    ],
    ['half of some JSON', (_, response) => response.end('{"changes":[{"ki')],
    ['nothing', (_, response) => response.writeHead(204).end()],
    ['an empty text', (_, response) => response.end()],
  ])('%s has no body that can be used', async (_, script) => {
    const { client } = await setup(script)
    expect((await client.request(ask, SIGNAL)).body).toBeUndefined()
  })

  test.each<readonly [string, Script]>([
    ['bytes that are no text', (_, response) => response.end(Buffer.from([0x22, 0xff, 0xfe, 0x22]))],
    [
      'less than was promised',
      (_, response) =>
        response.writeHead(200, { 'Content-Length': 100 }).write('{"a":1}', () => response.destroy()),
    ],
    ['a broken stream', (_, response) => response.writeHead(200).write('{"a":1}', () => response.destroy())],
    [
      'what says it is gzip and is not',
      (_, response) => response.writeHead(200, { 'Content-Encoding': 'gzip' }).end('{"a":1}'),
    ],
    ['a closed connection', (_, response) => response.destroy()],
  ])('%s is NETWORK', async (_, script) => {
    const { client } = await setup(script)
    expect(await codeOf(client.request(ask, SIGNAL))).toBe('NETWORK')
  })

  test('half of a gzip stream is nothing that can be used', async () => {
    const bytes = gzipSync(JSON.stringify(Array.from({ length: 1_000 }, (_, n) => n)))
    const { client } = await setup((_, response) => {
      response.writeHead(200, { 'Content-Encoding': 'gzip' }).end(bytes.subarray(0, bytes.length / 2))
    })
    const outcome = await client.request(ask, SIGNAL).catch((error: unknown) => error)
    if (isSyncError(outcome)) expect(outcome.code).toBe('NETWORK')
    else expect(outcome).toMatchObject({ body: undefined })
  })

  test.each([
    ['plain', {}, (text: string) => Buffer.from(text)],
    ['a bomb', { 'Content-Encoding': 'gzip' }, (text: string) => gzipSync(text)],
  ] as const)('is not taken where it is larger than any that is: %s', async (_, headers, encode) => {
    const { client } = await setup(
      (_, response) => {
        response.writeHead(200, headers).end(encode(JSON.stringify('z'.repeat(3_000_000))))
      },
      {},
      1_000_000,
    )
    const error = await client.request(ask, SIGNAL).catch((thrown: unknown) => thrown)
    expect(error).toMatchObject({ code: 'NETWORK', details: { tooLarge: true } })
  })

  test('works where the platform’s fetch has no streams', async () => {
    const whole = Response.json({ fine: 'ü' })
    const { client, counted } = await setup(() => undefined, {
      fetch: async () => ({ status: 200, headers: new Headers(), text: () => whole.text() }) as Response,
    })
    expect((await client.request(ask, SIGNAL)).body).toEqual({ fine: 'ü' })
    expect(counted.received).toBe(13)
  })

  test('nobody there is NETWORK, and says why', async () => {
    const { traffic, clock } = createContext()
    const options = checkOptions({ url: 'http://127.0.0.1:1' })
    const client = createHttpClient({ options, traffic, clock })
    await expect(client.request(ask, SIGNAL)).rejects.toMatchObject({
      code: 'NETWORK',
      retryable: true,
      message: expect.stringContaining('POST http://127.0.0.1:1/x') as string,
    })
  })

  test.each([301, 302, 303, 307, 308])(
    'a redirect (%i) is not followed, wherever it leads',
    async (status) => {
      const other = await scriptServer((_, response) => answerJson(response, {}))
      const { client } = await setup(
        (_, response) => {
          response.writeHead(status, { Location: `${other.url}/elsewhere?token=x` }).end()
        },
        { auth: () => 'secret' },
      )
      const error = (await client.request(ask, SIGNAL).catch((thrown: unknown) => thrown)) as Error
      expect(error).toMatchObject({ code: 'NETWORK', details: { status } })
      expect(error.message).toContain(other.url)
      expect(error.message).not.toContain('token=x')
      expect(other.received).toEqual([])
    },
  )

  test('tells how long to wait: in seconds, or until a date by the clock of the server', async () => {
    for (const [headers, ms] of [
      [{ 'Retry-After': '7' }, 7_000],
      [{ 'Retry-After': 'Wed, 25 Nov 2026 10:00:30 GMT', Date: 'Wed, 25 Nov 2026 10:00:00 GMT' }, 30_000],
      [{ 'Retry-After': 'Wed, 25 Nov 2026 09:00:00 GMT', Date: 'Wed, 25 Nov 2026 10:00:00 GMT' }, 0],
      [{ 'Retry-After': '-1' }, undefined],
      [{ 'Retry-After': 'soon' }, undefined],
    ] as const) {
      const { client } = await setup((_, response) => answerJson(response, {}, 429, headers))
      expect((await client.request(ask, SIGNAL)).retryAfterMs).toBe(ms)
    }
  })
})

describe('tokens', () => {
  const needing =
    (good: string): Script =>
    ({ headers }, response) =>
      answerJson(response, {}, headers.authorization === `Bearer ${good}` ? 200 : 401)

  test('one that is refused is asked for anew, with it, and the request is sent again', async () => {
    const asked: (string | undefined)[] = []
    const { client, received } = await setup(needing('new'), {
      auth: ({ refused }) => {
        asked.push(refused)
        return refused === undefined ? 'old' : 'new'
      },
    })
    expect((await client.request(ask, SIGNAL)).status).toBe(200)
    expect(asked).toEqual([undefined, 'old'])
    expect(received.map(({ body }) => body)).toEqual([ask.body, ask.body])
  })

  test('requests that were refused the same one at the same time share one call for another', async () => {
    let current = 'old'
    let renewals = 0
    const { client } = await setup(needing('new'), {
      auth: async ({ refused }) => {
        if (refused === undefined) return current
        renewals += 1
        await new Promise((resolve) => setImmediate(resolve))
        return (current = 'new')
      },
    })
    const answers = await Promise.all([1, 2, 3, 4, 5].map(() => client.request(ask, SIGNAL)))
    expect(answers.map(({ status }) => status)).toEqual([200, 200, 200, 200, 200])
    expect(renewals).toBe(1)
  })

  test('a server that takes none is not asked again and again', async () => {
    let n = 0
    const { client, received } = await setup(needing('never'), { auth: () => `token${(n += 1)}` })
    expect((await client.request(ask, SIGNAL)).status).toBe(401)
    expect(received).toHaveLength(2)
  })

  test('the same one again is not tried again', async () => {
    const { client, received } = await setup(needing('new'), { auth: () => 'old' })
    expect(await codeOf(client.request(ask, SIGNAL))).toBe('UNAUTHENTICATED')
    expect(received).toHaveLength(1)
  })

  test.each<readonly [string, () => string | null]>([
    ['none, where one is wanted', () => null],
    [
      'auth that throws',
      () => {
        throw new Error('no network')
      },
    ],
    ['one that would be two headers', () => 'a\r\nX-Evil: 1'],
    ['something else', () => 7 as unknown as string],
    ['an empty one', () => ''],
  ])('%s is UNAUTHENTICATED', async (_, auth) => {
    const { client } = await setup(needing('new'), { auth })
    expect(await codeOf(client.request(ask, SIGNAL))).toBe('UNAUTHENTICATED')
  })
})

describe('abort and close', () => {
  /** A server that begins its answer and never ends it, and says when. */
  async function slow(
    begin: (response: Parameters<Script>[1]) => void,
  ): Promise<Setup & { readonly begun: Promise<unknown>; readonly left: Promise<unknown> }> {
    const events = new EventEmitter()
    const [begun, left] = [once(events, 'begun'), once(events, 'left')]
    const server = await setup((_, response) => {
      response.on('close', () => events.emit('left'))
      begin(response)
      events.emit('begun')
    })
    return { ...server, begun, left }
  }
  const SLOW = [
    ['before its head', () => undefined],
    ['in its body', (response: Parameters<Script>[1]) => void response.writeHead(200).write('{"changes":')],
  ] as const

  test.each(SLOW)('an answer that does not come on %s is left when aborted', async (_, begin) => {
    const { client, begun, left } = await slow(begin)
    const abort = new AbortController()
    const asked = codeOf(client.request(ask, abort.signal))
    await begun
    abort.abort(new Error('enough'))
    expect(await asked).toBe('ABORTED')
    await left
  })

  test.each(SLOW)(
    'an answer that does not come on %s is left when the client is closed',
    async (_, begin) => {
      const { client, begun, left } = await slow(begin)
      const asked = codeOf(client.request(ask, SIGNAL))
      await begun
      client.close()
      expect(await asked).toBe('CLOSED')
      await left
      expect(await codeOf(client.request(ask, SIGNAL))).toBe('CLOSED')
    },
  )

  test('what is aborted before it begins asks nobody', async () => {
    const { client, received } = await setup((_, response) => answerJson(response, {}))
    expect(await codeOf(client.request(ask, AbortSignal.abort()))).toBe('ABORTED')
    expect(received).toEqual([])
  })

  test('auth is not waited for any longer than the call', async () => {
    const { client } = await setup((_, response) => answerJson(response, {}), {
      auth: () => new Promise(() => undefined),
    })
    const abort = new AbortController()
    const asked = codeOf(client.request(ask, abort.signal))
    abort.abort()
    expect(await asked).toBe('ABORTED')
  })
})
