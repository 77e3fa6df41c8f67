import { type AdapterContext, SyncError } from '@synclayer/core/adapter'
import { createVirtualTime } from '@synclayer/core/testing'
import { describe, expect, test } from 'vitest'
import { createServerLab, PULL, put } from './testing/server-lab.ts'

const noop = (): void => undefined

describe('opening the adapter', () => {
  test('happens at once and once, with the collections that are served', async () => {
    const contexts: AdapterContext[] = []
    const { server, ask } = createServerLab({
      collections: ['todos'],
      faults: (whole) => ({
        open: (context) => {
          contexts.push(context)
          return whole.open(context)
        },
      }),
    })
    expect(contexts).toHaveLength(1)
    await Promise.all([server.ready(), ask('/sync/pull', PULL), server.ready()])
    expect(contexts).toHaveLength(1)
    expect(contexts[0]).toMatchObject({ collections: ['todos'], scopes: [] })
  })

  test('is tried again where it failed, when somebody asks, and at most once a second', async () => {
    const time = createVirtualTime()
    let attempts = 0
    const { server, ask, send, logged } = createServerLab({
      clock: time.clock,
      timers: time.scheduler,
      faults: (whole) => ({
        open: (context) => {
          attempts += 1
          const error = new SyncError('NETWORK', 'connect ECONNREFUSED 10.0.0.5:5432')
          return attempts < 3 ? Promise.reject(error) : whole.open(context)
        },
      }),
    })
    await expect(server.ready()).rejects.toMatchObject({ code: 'NETWORK' })
    const failed = await send('/ready', null, { token: null })
    expect(failed.status).toBe(503)
    expect(await failed.text()).not.toContain('10.0.0.5')
    expect((await send('/health', null, { token: null })).status).toBe(200)
    expect((await ask('/sync/pull', PULL)).status).toBe(503)
    expect(attempts).toBe(1)
    await time.advance(1_000)
    expect(attempts).toBe(1)
    expect((await ask('/sync/pull', PULL)).status).toBe(503)
    await time.advance(1_000)
    expect((await ask('/sync/pull', PULL)).status).toBe(200)
    expect(attempts).toBe(3)
    expect(logged.filter((line) => line.includes('could not be opened'))).toHaveLength(2)
  })
})

describe('close', () => {
  test('answers what was begun, refuses the rest, and closes the adapter last', async () => {
    const told: string[] = []
    let release = noop
    const held = new Promise<void>((resolve) => (release = resolve))
    let begin = noop
    const begun = new Promise<void>((resolve) => (begin = resolve))
    const { server, ask, send, push } = createServerLab({
      faults: (whole) => ({
        async fetch(request, signal) {
          begin()
          await held
          const records = await whole.fetch(request, signal)
          told.push('read')
          return records
        },
        async close() {
          told.push('closed')
          await whole.close()
        },
      }),
    })
    await push([put(1)])
    const asked = ask('/sync/fetch', { scope: 'a', collection: 'todos', ids: ['r1'] })
    await begun
    const closing = server.close()
    expect(server.close()).toBe(closing)
    const refused = await ask('/sync/pull', PULL)
    expect(refused).toMatchObject({ status: 503, body: { error: { code: 'CLOSED' } } })
    expect(refused.headers.get('retry-after')).toBe('1')
    expect((await send('/ready', null)).status).toBe(503)
    expect((await send('/health', null)).status).toBe(200)
    release()
    expect(await asked).toMatchObject({ status: 200, body: [{ id: 'r1' }] })
    await closing
    expect(told).toEqual(['read', 'closed'])
    await expect(server.ready()).rejects.toMatchObject({ code: 'CLOSED' })
  })

  test('waits for an answer that is being taken, though not for ever', async () => {
    const time = createVirtualTime()
    const { server, send, push } = createServerLab({ clock: time.clock, timers: time.scheduler })
    await push(
      Array.from({ length: 20 }, (_, n) =>
        put(n + 1, { data: { id: `r${n + 1}`, text: 'x'.repeat(9_000) } }),
      ),
    )
    const page = (): Promise<Response> => send('/sync/pull', JSON.stringify({ ...PULL, limit: 100 }))
    const [taken, left] = [await page(), await page()]
    let closed = false
    const closing = server.close().then(() => (closed = true))
    await taken.text()
    await time.advance(29_000)
    expect(closed).toBe(false)
    await time.advance(1_000)
    await closing
    await left.body!.cancel()
  })

  test('of a server whose adapter never opened does nothing to it', async () => {
    let closes = 0
    const { server } = createServerLab({
      faults: () => ({ open: () => Promise.reject(new Error('no')), close: async () => void closes++ }),
    })
    await server.close()
    expect(closes).toBe(0)
  })
})
