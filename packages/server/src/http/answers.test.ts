import { type BackendAdapter, type ErrorCode, SyncError } from '@synclayer/core/adapter'
import { createVirtualTime } from '@synclayer/core/testing'
import { gunzipSync } from 'node:zlib'
import { describe, expect, test } from 'vitest'
import { createServerLab, FETCH, PULL, put, refusal, type ServerLab } from '../testing/server-lab.ts'

describe('answers', () => {
  const filled = async (): Promise<ServerLab> => {
    const lab = createServerLab()
    const text = 'Grüße, 🌍! '.repeat(20)
    await lab.push(Array.from({ length: 500 }, (_, n) => put(n + 1, { data: { id: `r${n + 1}`, text } })))
    return lab
  }

  test('are compressed where that is taken, and are the same', async () => {
    const { send } = await filled()
    const body = JSON.stringify({ ...PULL, limit: 1_000 })
    const plain = await send('/sync/pull', body)
    const packed = await send('/sync/pull', body, { headers: { 'Accept-Encoding': 'br, gzip;q=0.5' } })
    expect([plain.headers.get('content-encoding'), packed.headers.get('content-encoding')]).toEqual([
      null,
      'gzip',
    ])
    const text = await plain.text()
    const bytes = Buffer.from(await packed.arrayBuffer())
    expect(bytes.length).toBeLessThan(text.length / 4)
    const cut = (page: string): unknown => ({ ...(JSON.parse(page) as object), serverTime: 0 })
    expect(cut(gunzipSync(bytes).toString())).toEqual(cut(text))
    const refused = await send('/sync/pull', body, { headers: { 'Accept-Encoding': 'gzip;q=0, identity' } })
    expect(refused.headers.get('content-encoding')).toBeNull()
    const small = await send('/sync', null, { headers: { 'Accept-Encoding': 'gzip' } })
    expect(small.headers.get('content-encoding')).toBeNull()
  })

  test('that nobody takes are not made', async () => {
    const { send, server } = await filled()
    const { body } = await send('/sync/pull', JSON.stringify({ ...PULL, limit: 1_000 }))
    const reader = body!.getReader()
    const { value } = (await reader.read()) as { readonly value: Uint8Array }
    expect(value.length).toBeLessThan(200_000)
    await reader.cancel()
    await server.close()
  })

  test('pages are bounded by the server', async () => {
    const { ask } = createServerLab({ limits: { pageChanges: 2 } })
    const { body } = await ask<{ cursor: string; epoch: string }>('/sync/pull', PULL)
    await ask('/sync/push', {
      scope: 'a',
      clientId: 'phone',
      settled: 0,
      ...body,
      mutations: [put(1), put(2), put(3)],
    })
    expect((await ask('/sync/pull', PULL)).body).toMatchObject({ changes: [{}, {}], hasMore: true })
  })

  test('hello tells the smaller of what the backend and the server allow', async () => {
    const { ask, adapter } = createServerLab({ limits: { bodyBytes: 1_048_576, batch: 7, ids: 9 } })
    const { body } = await ask('/sync')
    const { consistency, orderedVersions, patch, groups, memory } = adapter.capabilities
    expect(body).toMatchObject({
      protocol: 1,
      capabilities: {
        consistency,
        orderedVersions,
        patch,
        groups,
        memory,
        realtime: true,
        maxBatch: 7,
        maxRecordBytes: 1_048_576 - 65_536,
      },
      maxRequestBytes: 1_048_576,
      maxIds: 9,
    })
  })
})

describe('the backend', () => {
  const broken = (error: unknown): ServerLab => {
    const rejects = (): Promise<never> => Promise.reject(error as Error)
    return createServerLab({ faults: () => ({ pull: rejects, push: rejects, fetch: rejects }) })
  }
  test.each<readonly [ErrorCode, string]>([
    ['PROTOCOL', '400 PROTOCOL'],
    ['EPOCH_CHANGED', '409 EPOCH_CHANGED'],
    ['CURSOR_EXPIRED', '410 CURSOR_EXPIRED'],
    ['RATE_LIMITED', '429 RATE_LIMITED'],
    ['NOT_SUPPORTED', '501 NOT_SUPPORTED'],
    ['NETWORK', '503 NETWORK'],
    ['CLOSED', '503 CLOSED'],
    ['ABORTED', '503 ABORTED'],
    ['TIMEOUT', '504 TIMEOUT'],
    ['UNAUTHENTICATED', '500 BACKEND_FAILED'],
    ['FORBIDDEN', '500 BACKEND_FAILED'],
    ['SCOPE_REVOKED', '500 BACKEND_FAILED'],
    ['BACKEND_FAILED', '500 BACKEND_FAILED'],
    ['STORAGE_FULL', '500 BACKEND_FAILED'],
  ])('that fails with %s is told as %s', async (code, expected) => {
    const { send } = broken(
      new SyncError(code, 'Some words', { details: { retryAfterMs: 1_500, host: 'db' } }),
    )
    const push = { scope: 'a', clientId: 'phone', settled: 0, epoch: 'e', cursor: 'c', mutations: [] }
    for (const [path, body] of [
      ['/sync/pull', PULL],
      ['/sync/fetch', FETCH],
      ['/sync/push', push],
    ] as const) {
      const answer = await send(path, JSON.stringify(body))
      if (answer.status === 429) expect(answer.headers.get('retry-after')).toBe('2')
      expect(await refusal(answer)).toBe(expected)
    }
  })

  test.each([[new TypeError('password=hunter2 at db.internal:5432')], ['hunter2'], [null]])(
    'what a driver throws is logged, and not told: %s',
    async (error) => {
      const { send, logged } = broken(error)
      const answer = await send('/sync/pull', JSON.stringify(PULL))
      expect(await answer.clone().text()).not.toContain('hunter2')
      expect(await refusal(answer)).toBe('500 BACKEND_FAILED')
      expect(logged.some((line) => line.startsWith('error A request failed'))).toBe(true)
      if (error !== null) expect(logged.join()).toContain('hunter2')
    },
  )

  test('that fails makes the server not ready; it is asked once a second, whoever asks', async () => {
    const time = createVirtualTime()
    let asked = 0
    let broken = true
    const { send } = createServerLab({
      clock: time.clock,
      timers: time.scheduler,
      faults: (whole) => ({
        fetch: (request, signal) => {
          asked += 1
          if (broken) throw new Error('connect ECONNREFUSED 10.0.0.5:5432')
          return whole.fetch(request, signal)
        },
      }),
    })
    const ready = (): Promise<Response> => send('/ready', null, { token: null })
    expect(await refusal(ready())).toBe('503 BACKEND_FAILED')
    broken = false
    expect([(await ready()).status, asked]).toEqual([503, 1])
    await time.advance(1_000)
    expect((await Promise.all([ready(), ready()])).map(({ status }) => status)).toEqual([200, 200])
    expect(asked).toBe(2)
  })

  test('that does not answer is TIMEOUT, and is told to stop', async () => {
    let stopped = false
    const { send } = createServerLab({
      limits: { requestMs: 20 },
      faults: () => ({
        pull: (_, signal) => new Promise(() => signal.addEventListener('abort', () => void (stopped = true))),
      }),
    })
    expect(await refusal(send('/sync/pull', JSON.stringify(PULL)))).toBe('504 TIMEOUT')
    expect(stopped).toBe(true)
  })

  test('is told to stop reading when the client is gone, and finishes what it was to write', async () => {
    const signals: Record<string, AbortSignal> = {}
    const gone = new AbortController()
    let release = (): void => undefined
    const held = new Promise<void>((resolve) => (release = resolve))
    const hold = (name: 'push' | 'pull' | 'fetch', whole: BackendAdapter) =>
      (async (request: never, signal: AbortSignal): Promise<unknown> => {
        signals[name] = signal
        if (Object.keys(signals).length === 3) gone.abort()
        await held
        return whole[name](request, new AbortController().signal)
      }) as never
    const { send, adapter, logged } = createServerLab({
      faults: (whole) => ({
        push: hold('push', whole),
        pull: hold('pull', whole),
        fetch: hold('fetch', whole),
      }),
    })
    await adapter.open({
      collections: [],
      scopes: [],
      logger: { log: () => undefined },
      clock: Date,
      random: { bytes: (n) => new Uint8Array(n), next: () => 0 },
      traffic: { sent: () => undefined, received: () => undefined },
    })
    const { cursor, epoch } = await adapter.pull({ ...PULL, limit: 0 }, new AbortController().signal)
    const push = { scope: 'a', clientId: 'phone', settled: 0, epoch, cursor, mutations: [put(1)] }
    const answers = [
      ['/sync/push', push] as const,
      ['/sync/pull', PULL] as const,
      ['/sync/fetch', FETCH] as const,
    ].map(([path, body]) => send(path, JSON.stringify(body), { signal: gone.signal }))
    const [, pulled, fetched] = answers
    expect([(await pulled!).status, (await fetched!).status]).toEqual([503, 503])
    expect([signals['push']!.aborted, signals['pull']!.aborted, signals['fetch']!.aborted]).toEqual([
      false,
      true,
      true,
    ])
    release()
    expect(await (await answers[0]!).json()).toMatchObject({ results: [{ status: 'accepted' }] })
    expect(logged.some((line) => /^(error|warning)/.test(line))).toBe(false)
  })
})
