import { describe, expect, test } from 'vitest'
import { SyncError } from '../errors/sync-error.ts'
import { createLab, type EngineLab } from '../testing/engine-lab.ts'
import type { LabClient } from '../testing/lab-client.ts'

type ClientOptions = Parameters<EngineLab['client']>[0]

async function started(options: ClientOptions = {}): Promise<{ lab: EngineLab; client: LabClient }> {
  const lab = createLab()
  const client = await lab.client({ ...options, settings: { auto: true, ...options?.settings } })
  await lab.time.settle()
  return { lab, client }
}

function rejecting(code: 'NETWORK' | 'BACKEND_FAILED'): () => Promise<never> {
  return () => Promise.reject(new SyncError(code, 'made to fail'))
}

function never(): Promise<never> {
  return new Promise(() => undefined)
}

describe('when it syncs', () => {
  test('at the start, and then at every interval (W21)', async () => {
    const { lab, client } = await started({ settings: { intervalMs: 60_000 } })
    const atStart = client.wire.pulls.length
    expect(atStart).toBeGreaterThan(0)
    await lab.time.advance(59_000)
    expect(client.wire.pulls).toHaveLength(atStart)
    await lab.time.advance(2_000)
    expect(client.wire.pulls).toHaveLength(atStart + 1)
    await lab.time.advance(600_000)
    expect(client.wire.pulls).toHaveLength(atStart + 11)
  })

  test('edits all the time do not put off the next pull (W21)', async () => {
    const { lab, client } = await started({ settings: { intervalMs: 60_000 } })
    const writer = await lab.client()
    await writer.save('theirs', { n: 1 })
    await writer.sync()
    for (let n = 0; n < 10; n += 1) {
      await client.save('mine', { n })
      await lab.time.advance(10_000)
    }
    expect(await client.contents()).toHaveProperty('theirs')
  })

  test('auto: false sends nothing until it is told to (W21)', async () => {
    const { lab, client } = await started({ settings: { auto: false } })
    await client.save('a', { n: 1 })
    client.connectivity.emit('online')
    await lab.time.advance(3_600_000)
    expect(client.wire.pulls).toHaveLength(0)
    await client.sync()
    expect(lab.contents()).toEqual({ a: { n: 1 } })
  })

  test('a save is sent at once (W21)', async () => {
    const { lab, client } = await started()
    await client.save('a', { n: 1 })
    await lab.time.settle()
    expect(lab.contents()).toEqual({ a: { n: 1 } })
  })

  test('a round pulls before it pushes; a save pushes alone, a wake-up pulls alone (W30)', async () => {
    const { lab, client } = await started({ settings: { realtime: true } })
    const writer = await lab.client()
    const steps: string[] = []
    client.wire.push = (_request, through) => (steps.push('push'), through())
    client.wire.pull = (_request, through) => (steps.push('pull'), through())
    const during = async (task: () => Promise<unknown>): Promise<string> => {
      steps.length = 0
      await task()
      await lab.time.settle()
      return steps.join()
    }
    client.engine.pause()
    await client.save('a', { n: 1 })
    expect(await during(async () => client.engine.resume())).toMatch(/^pull(,pull)*,push/)
    // What is new came along with the wake-up: nothing needs to be asked.
    expect(await during(() => writer.save('b', { n: 1 }).then(() => writer.sync()))).toBe('')
    expect(await client.contents()).toHaveProperty('b')
    const alone = await started({ settings: { realtime: false } })
    const before = alone.client.wire.pulls.length
    await alone.client.save('c', { n: 1 })
    await alone.lab.time.settle()
    expect([alone.client.wire.pulls.length - before, alone.client.wire.pushes.length]).toEqual([0, 1])
  })

  test('a conflict is followed by a pull, which brings the rest of what another wrote (W10, W30)', async () => {
    const lab = createLab()
    const [writer, client] = [await lab.client(), await lab.client({ settings: { auto: true } })]
    await writer.save('left', { n: 1 })
    await writer.save('right', { n: 1 })
    await writer.sync()
    await client.engine.sync()
    await writer.save('left', { n: 2 })
    await writer.save('right', { n: 2 })
    await writer.sync()
    await client.save('left', { mine: true })
    await lab.time.settle()
    expect(await client.contents()).toMatchObject({ left: { mine: true }, right: { n: 2 } })
    expect(lab.contents()).toMatchObject({ left: { mine: true }, right: { n: 2 } })
  })

  test.each(['online', 'visible'] as const)(
    '%s starts again at once, whatever the waits (W17, W21)',
    async (event) => {
      const { lab, client } = await started()
      client.wire.pull = rejecting('NETWORK')
      client.wire.push = rejecting('NETWORK')
      await client.save('a', { n: 1 })
      await lab.time.advance(3_600_000)
      expect(client.engine.status.phase).toBe('offline')
      delete client.wire.pull
      delete client.wire.push
      client.connectivity.emit(event)
      await lab.time.settle()
      expect(lab.contents()).toEqual({ a: { n: 1 } })
      expect(client.engine.status).toMatchObject({ phase: 'idle', pending: 0, lastError: null })
    },
  )

  test('defect 2: one failure, and everything still arrives by itself (W17)', async () => {
    const { lab, client } = await started()
    client.wire.push = () => {
      delete client.wire.push
      return rejecting('BACKEND_FAILED')()
    }
    await client.save('a', { n: 1 })
    await lab.time.advance(2_000)
    expect(lab.contents()).toEqual({ a: { n: 1 } })
  })

  test('waits grow, with jitter, and are capped (W17)', async () => {
    const { lab, client } = await started({ settings: { retryMaxMs: 60_000 } })
    const at: number[] = []
    client.wire.pull = () => {
      at.push(lab.time.clock.now())
      return rejecting('NETWORK')()
    }
    void client.sync().catch(() => undefined)
    await lab.time.advance(3_600_000)
    const waits = at.slice(1).map((time, index) => time - at[index]!)
    for (const [index, wait] of waits.entries())
      expect(wait).toBeLessThanOrEqual(Math.min(60_000, 1_000 * 2 ** index))
    expect(Math.max(...waits)).toBeGreaterThan(30_000)
    expect(new Set(waits).size).toBeGreaterThan(waits.length / 2)
  })

  test('realtime wakes it, from the first connection on; a message is only a hint (W21)', async () => {
    const { lab, client } = await started({ settings: { realtime: true } })
    expect(client.told('realtimeConnected')).toHaveLength(1)
    const writer = await lab.client()
    await writer.save('a', { n: 1 })
    await writer.sync()
    await lab.time.settle()
    expect(await client.contents()).toEqual({ a: { n: 1 } })
  })
})

describe('a request that hangs', () => {
  test('is aborted at its limit; its late answer changes nothing (W22)', async () => {
    const { lab, client } = await started({ settings: { auto: false } })
    await client.save('a', { n: 1 })
    let late = (): void => undefined
    client.wire.push = async (_request, through) => {
      const answer = await through()
      await new Promise<void>((resolve) => (late = resolve))
      return answer
    }
    const outcome = client.sync()
    await expect(outcome).rejects.toMatchObject({ code: 'TIMEOUT' })
    expect(client.wire.aborts).toBe(1)
    expect(await client.lane('a')).toBe('sending')
    await client.save('a', { n: 2 })
    late()
    await lab.time.settle()
    expect(await client.lane('a')).toBe('sending')
    delete client.wire.push
    await client.sync()
    expect(lab.contents()).toEqual({ a: { n: 2 } })
  })

  test('an adapter that never opens is given up at the limit, and asked again (W22)', async () => {
    const { client } = await started({ settings: { auto: false } })
    client.wire.open = never
    await expect(client.sync()).rejects.toMatchObject({ code: 'TIMEOUT' })
  })

  test('an adapter that never opens does not keep it from closing (W22)', async () => {
    const { lab, client } = await started({ settings: { auto: false } })
    client.wire.open = never
    const outcome = client.engine.sync()
    outcome.catch(() => undefined)
    await lab.time.settle()
    await lab.during(client.engine.close())
    await expect(outcome).rejects.toMatchObject({ code: 'ABORTED' })
  })
})

describe('a stall', () => {
  test('is told once while nothing moves although it should, and ends with progress (W23)', async () => {
    const { lab, client } = await started()
    client.wire.pull = rejecting('BACKEND_FAILED')
    client.wire.push = rejecting('BACKEND_FAILED')
    await client.save('a', { n: 1 })
    await lab.time.advance(1_800_000)
    expect(client.told('stalled')).toHaveLength(1)
    expect(client.engine.status.phase).toBe('stalled')
    delete client.wire.pull
    delete client.wire.push
    await lab.time.advance(600_000)
    expect(client.engine.status.phase).toBe('idle')
    expect(lab.contents()).toEqual({ a: { n: 1 } })
  })

  test('being offline for hours is none (W23)', async () => {
    const { lab, client } = await started()
    client.wire.pull = rejecting('NETWORK')
    client.wire.push = rejecting('NETWORK')
    await client.save('a', { n: 1 })
    await lab.time.advance(4 * 3_600_000)
    expect(client.told('stalled')).toEqual([])
    expect(client.engine.status).toMatchObject({ phase: 'offline', pending: 1 })
  })
})

describe('sync()', () => {
  test('defect 31: a failure rejects with its code, and is told as one (W19)', async () => {
    const { client } = await started({ settings: { auto: false } })
    client.wire.pull = rejecting('BACKEND_FAILED')
    await expect(client.sync()).rejects.toMatchObject({ name: 'SyncError', code: 'BACKEND_FAILED' })
    expect(client.told('syncFailed')).toHaveLength(1)
    expect(client.told('syncCompleted')).toHaveLength(0)
    expect(client.engine.status.lastError).toMatchObject({ code: 'BACKEND_FAILED' })
  })

  test('a single change that fails rejects it too, and is tried again by itself (W17)', async () => {
    const { lab, client } = await started()
    client.wire.push = rejecting('BACKEND_FAILED')
    await client.save('a', { n: 1 })
    await lab.time.settle()
    await expect(client.sync()).rejects.toMatchObject({ code: 'BACKEND_FAILED' })
    delete client.wire.push
    await lab.time.advance(10_000)
    expect(lab.contents()).toEqual({ a: { n: 1 } })
  })

  test('concurrent calls share one round; a call during a round joins the next (W20, O1)', async () => {
    const { lab, client } = await started({ settings: { auto: false } })
    await client.sync()
    client.wire.pulls.length = 0
    await Promise.all([client.sync(), client.sync(), client.sync()])
    expect(client.wire.pulls).toHaveLength(1)
    let joined: Promise<unknown> | null = null
    client.wire.pull = async (_request, through) => {
      const page = await through()
      if (joined === null) {
        const writer = lab.clients[1]!
        await writer.save('a', { n: 1 })
        await writer.engine.sync()
        joined = client.engine.sync()
      }
      return page
    }
    const writer = await lab.client()
    await writer.sync()
    await client.sync()
    await lab.during(joined!)
    expect(await client.contents()).toEqual({ a: { n: 1 } })
    expect(client.wire.pulls.length).toBeGreaterThanOrEqual(3)
  })

  test('sends what backs off all the same, once (W17)', async () => {
    const { lab, client } = await started({ settings: { auto: false } })
    await client.save('a', { n: 1 })
    client.wire.push = async ({ mutations }) => ({
      results: mutations.map(({ id }) => ({
        id,
        status: 'retry',
        code: 'BACKEND_FAILED',
        retryAfterMs: 3_600_000,
      })),
      serverTime: null,
    })
    await client.sync()
    await client.sync()
    expect(client.wire.pushes).toHaveLength(2)
    delete client.wire.push
    await client.sync()
    expect(lab.contents()).toEqual({ a: { n: 1 } })
  })

  test('reports what it did (O1)', async () => {
    const { lab, client } = await started({ settings: { auto: false } })
    const writer = await lab.client()
    await writer.save('theirs', { n: 1 })
    await writer.sync()
    await client.save('mine', { n: 1 })
    expect(await client.sync()).toEqual({ pushed: 1, pulled: 1, conflicts: 0, parked: 0, durationMs: 0 })
  })
})

describe('pausing and closing', () => {
  test('pause aborts the request under way and loses nothing; resume goes on (W22, O2)', async () => {
    const { lab, client } = await started()
    client.wire.push = never
    await client.save('a', { n: 1 })
    await lab.time.settle()
    client.engine.pause()
    await lab.time.settle()
    expect(client.wire.aborts).toBe(1)
    expect(client.engine.status).toMatchObject({ phase: 'paused', pending: 1 })
    await lab.time.advance(3_600_000)
    expect(client.wire.pushes).toHaveLength(1)
    await expect(client.engine.sync()).rejects.toMatchObject({ code: 'ABORTED' })
    delete client.wire.push
    client.engine.resume()
    await lab.time.settle()
    expect(lab.contents()).toEqual({ a: { n: 1 } })
    expect(client.engine.status).toMatchObject({ phase: 'idle', pending: 0 })
  })

  test('pause ends calls of sync() that wait, those for the next round too (W22, O2)', async () => {
    const { lab, client } = await started({ settings: { auto: false } })
    client.wire.pull = never
    const running = client.engine.sync()
    running.catch(() => undefined)
    await lab.time.settle()
    const next = client.engine.sync()
    next.catch(() => undefined)
    client.engine.pause()
    await expect(lab.during(running)).rejects.toMatchObject({ code: 'ABORTED' })
    await expect(lab.during(next)).rejects.toMatchObject({ code: 'ABORTED' })
  })

  test('paused and resumed while a request is still coming to its end: everything arrives (W22)', async () => {
    const { lab, client } = await started()
    client.wire.push = never
    await client.save('a', { n: 1 })
    await lab.time.settle()
    client.engine.pause()
    delete client.wire.push
    client.engine.resume()
    await lab.time.advance(1)
    expect(lab.contents()).toEqual({ a: { n: 1 } })
  })

  test('close in the middle of a round: what was in flight is sent by the next start (I8)', async () => {
    const { lab, client } = await started()
    client.wire.push = async (_request, through) => {
      await through()
      return never()
    }
    await client.save('a', { n: 1 })
    await lab.time.settle()
    await lab.during(client.engine.close())
    await client.engine.close()
    await expect(client.engine.sync()).rejects.toMatchObject({ code: 'CLOSED' })
    expect(lab.time.timers).toBe(0)
    delete client.wire.push
    await client.restart()
    await lab.time.settle()
    expect(await client.lane('a')).toBe('clean')
    expect(lab.backend.records('default')).toHaveLength(1)
  })

  test('settled() resolves when nothing waits any more; parked changes do not count (O4)', async () => {
    const { lab, client } = await started({ settings: { auto: false } })
    await client.save('a', { n: 1 })
    let settled = false
    void client.engine.settled().then(() => (settled = true))
    await lab.time.settle()
    expect(settled).toBe(false)
    await client.sync()
    expect(settled).toBe(true)
  })
})

describe('a clock that is put back', () => {
  const TWO_DAYS_MS = 2 * 86_400_000

  async function withClock(): Promise<{ lab: EngineLab; client: LabClient; putBack: () => void }> {
    const options = { settings: { auto: true }, skewMs: 0 }
    const lab = createLab()
    const client = await lab.client(options)
    await lab.time.settle()
    return { lab, client, putBack: () => void (options.skewMs -= TWO_DAYS_MS) }
  }

  test('puts off no pull (W40, W21)', async () => {
    const { lab, client, putBack } = await withClock()
    const writer = await lab.client()
    await writer.save('theirs', { n: 1 })
    await writer.sync()
    putBack()
    await lab.time.advance(600_000)
    expect(await client.contents()).toEqual({ theirs: { n: 1 } })
  })

  test('puts off no round that backs off (W40, W17)', async () => {
    const { lab, client, putBack } = await withClock()
    client.wire.push = rejecting('BACKEND_FAILED')
    await client.save('a', { n: 1 })
    await lab.time.advance(60_000)
    putBack()
    delete client.wire.push
    await lab.time.advance(600_000)
    expect(lab.contents()).toEqual({ a: { n: 1 } })
  })

  test.each(['', ', and restarted after that'])(
    'puts off no record that backs off by itself%s (W40, W17)',
    async (restarted) => {
      const { lab, client, putBack } = await withClock()
      client.wire.push = async ({ mutations }) => ({
        results: mutations.map(({ id }) => ({
          id,
          status: 'retry',
          code: 'RATE_LIMITED',
          retryAfterMs: 60_000,
        })),
        serverTime: null,
      })
      await client.save('a', { n: 1 })
      await lab.time.settle()
      expect(client.told('mutationFailed')).toHaveLength(1)
      putBack()
      delete client.wire.push
      if (restarted !== '') await client.restart()
      await lab.time.advance(121_000)
      expect(lab.contents()).toEqual({ a: { n: 1 } })
    },
  )
})
