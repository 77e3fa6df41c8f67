import { describe, expect, test } from 'vitest'
import { SyncError } from '../errors/sync-error.ts'
import type { PushRequest, PushResponse } from '../protocol/messages.ts'
import { createLab, type EngineLab } from '../testing/engine-lab.ts'
import type { LabClient } from '../testing/lab-client.ts'

async function lab(
  options: Parameters<EngineLab['client']>[0] = {},
): Promise<{ lab: EngineLab; client: LabClient }> {
  const world = createLab()
  return { lab: world, client: await world.client(options) }
}

function idsOf({ mutations }: PushRequest): readonly string[] {
  return mutations.map(({ recordId }) => recordId)
}

function failing(code: 'BACKEND_FAILED' | 'NETWORK' | 'UNAUTHENTICATED', retryAfterMs?: number): never {
  throw new SyncError(code, 'made to fail', retryAfterMs === undefined ? {} : { details: { retryAfterMs } })
}

function allRetry({ mutations }: PushRequest): PushResponse {
  const results = mutations.map(({ id }) => ({
    id,
    status: 'retry' as const,
    code: 'BACKEND_FAILED' as const,
  }))
  return { results, serverTime: null }
}

describe('pushing', () => {
  test('sends what changed in the order of the first local commit (W3)', async () => {
    const { client } = await lab()
    for (const id of ['c', 'a', 'b']) await client.save(id, { n: 1 })
    await client.save('c', { n: 2 })
    const report = await client.sync()
    expect(client.wire.pushes.map(idsOf)).toEqual([['c', 'a', 'b']])
    expect(report).toMatchObject({ pushed: 3, conflicts: 0, parked: 0 })
  })

  test('1,000 changes go in a handful of requests (W3)', async () => {
    const { lab: world, client } = await lab()
    for (let n = 0; n < 1_000; n += 1) await client.save(`r${n}`, { n })
    await client.sync()
    expect(client.wire.pushes).toHaveLength(2)
    expect(Object.keys(world.contents())).toHaveLength(1_000)
  })

  test('a hundred edits of one record are one mutation (W2)', async () => {
    const { lab: world, client } = await lab()
    for (let n = 0; n < 100; n += 1) await client.save('a', { n })
    await client.sync()
    expect(client.wire.pushes).toMatchObject([{ mutations: [{ data: { n: 99 } }] }])
    expect(world.contents()).toEqual({ a: { n: 99 } })
  })

  test('a save that changes nothing, or comes back to what was, sends nothing (W2)', async () => {
    const { client } = await lab()
    await client.save('a', { n: 1 })
    await client.sync()
    await client.save('a', { n: 2 })
    await client.save('a', { n: 1 })
    await client.sync()
    expect(client.wire.pushes).toHaveLength(1)
    expect(await client.lane('a')).toBe('clean')
  })

  test('a create deleted before it was sent never leaves the device (W16)', async () => {
    const { client } = await lab()
    await client.save('a', { n: 1 })
    await client.remove('a')
    await client.sync()
    expect(client.wire.pushes).toHaveLength(0)
  })

  test('a mutation is on disk, flushed, before its request leaves (W3)', async () => {
    const { client } = await lab()
    await client.save('a', { n: 1 })
    let flushed = false
    client.disk.beforeCommit = ({ flush, records = [] }) => {
      if (flush && records.some(({ sync }) => sync.includes('inFlight'))) flushed = true
    }
    client.wire.push = (_request, through) => {
      expect(flushed).toBe(true)
      return through()
    }
    await client.sync()
    expect(client.wire.pushes).toHaveLength(1)
  })

  test('defect 1: push before pull overwrites no concurrent edit (W6, A2)', async () => {
    const { lab: world, client } = await lab()
    const other = await world.client()
    await client.save('a', { n: 1 })
    await client.sync()
    await other.sync()
    await other.save('a', { n: 1, theirs: true })
    await other.sync()
    await client.save('a', { n: 2 })
    // The pull fails, the push goes through.
    client.wire.pull = () => failing('BACKEND_FAILED')
    await expect(client.sync()).rejects.toMatchObject({ code: 'BACKEND_FAILED' })
    expect(world.contents()).toEqual({ a: { n: 2, theirs: true } })
    expect(await client.contents()).toEqual({ a: { n: 2, theirs: true } })
  })

  test('an edit made while its record is in flight is sent after it (W5)', async () => {
    const { lab: world, client } = await lab()
    await client.save('a', { n: 1 })
    client.wire.push = async (_request, through) => {
      delete client.wire.push
      await client.save('a', { n: 2 })
      return through()
    }
    await client.sync()
    expect(client.wire.pushes).toHaveLength(2)
    expect(world.contents()).toEqual({ a: { n: 2 } })
  })
})

describe('an unknown outcome', () => {
  test('500, 500, 200 delivers by itself, with growing waits (W9, W17)', async () => {
    const { lab: world, client } = await lab({ settings: { auto: true } })
    await world.time.settle()
    let failures = 2
    const at: number[] = []
    client.wire.push = async (_request, through) => {
      at.push(world.time.clock.now())
      return (failures -= 1) >= 0 ? failing('BACKEND_FAILED') : through()
    }
    await client.save('a', { n: 1 })
    await world.time.advance(10_000)
    expect(world.contents()).toEqual({ a: { n: 1 } })
    expect(at).toHaveLength(3)
    expect(at[1]! - at[0]!).toBeLessThanOrEqual(1_000)
    expect(at[2]! - at[1]!).toBeLessThanOrEqual(2_000)
  })

  test('defect 16: applied, the acknowledgement lost: sent again the same, applied once (W9, I3)', async () => {
    const { lab: world, client } = await lab()
    await client.save('a', { n: 1 })
    client.wire.push = async (_request, through) => {
      await through()
      return failing('NETWORK')
    }
    await expect(client.sync()).rejects.toMatchObject({ code: 'NETWORK' })
    delete client.wire.push
    await client.save('a', { n: 2 })
    // No pull shows it what became of the first request.
    client.wire.pull = () => failing('BACKEND_FAILED')
    await client.sync().catch(() => undefined)
    const [first, second] = client.wire.pushes
    expect(second!.mutations[0]).toEqual(first!.mutations[0])
    expect(world.contents()).toEqual({ a: { n: 2 } })
    expect(world.backend.records('default')[0]!.version).toMatch(/2$/)
  })

  test('defect 17: an earlier change retried never overwrites a later one (W3)', async () => {
    const { lab: world, client } = await lab()
    await client.save('a', { n: 1 })
    client.wire.push = () => failing('BACKEND_FAILED')
    await expect(client.sync()).rejects.toThrow('made to fail')
    await client.save('a', { n: 2 })
    delete client.wire.push
    const [late] = client.wire.pushes
    await client.sync()
    expect(world.contents()).toEqual({ a: { n: 2 } })
    // The first request was only slow: it arrives after all.
    const adapter = world.backend.adapter()
    await adapter.push(late!, new AbortController().signal)
    expect(world.contents()).toEqual({ a: { n: 2 } })
  })

  test('defect 3: killed while sending: what was in flight is sent after the restart (W9, I8)', async () => {
    const { lab: world, client } = await lab()
    await client.save('a', { n: 1 })
    client.wire.push = async (_request, through) => {
      await through()
      client.kill()
      return new Promise(() => undefined)
    }
    void client.sync().catch(() => undefined)
    await world.time.settle()
    delete client.wire.push
    await client.restart()
    expect(await client.lane('a')).toBe('sending')
    client.wire.pull = () => failing('BACKEND_FAILED')
    await client.sync().catch(() => undefined)
    expect(client.wire.pushes[1]!.mutations).toEqual(client.wire.pushes[0]!.mutations)
    expect(await client.lane('a')).toBe('clean')
    expect(world.contents()).toEqual({ a: { n: 1 } })
  })

  test('a result that is missing from the answer counts as unknown (W9)', async () => {
    const { client } = await lab()
    for (const id of ['a', 'b']) await client.save(id, { n: 1 })
    client.wire.push = async (_request, through) => {
      delete client.wire.push
      const answer = await through()
      return { ...answer, results: answer.results.slice(1) }
    }
    await client.sync()
    expect(await client.lane('b')).toBe('clean')
    client.wire.pull = () => failing('BACKEND_FAILED')
    await client.sync().catch(() => undefined)
    expect(await client.lane('a')).toBe('clean')
    expect(client.wire.pushes[1]!.mutations[0]).toEqual(client.wire.pushes[0]!.mutations[0])
  })

  test('settled names the lowest mutation that may still be sent, also while that backs off (A3)', async () => {
    const { client } = await lab()
    await client.save('a', { n: 1 })
    client.wire.push = async (request) => allRetry(request)
    await client.sync().catch(() => undefined)
    delete client.wire.push
    const stuck = client.wire.pushes[0]!.mutations[0]!
    await client.save('b', { n: 1 })
    client.wire.push = async (request, through) =>
      idsOf(request).includes('a') ? allRetry(request) : through()
    await client.sync()
    const fresh = client.wire.pushes.find((request) => idsOf(request).includes('b'))!
    expect(`${fresh.clientId}.${fresh.settled}`).toBe(stuck.id)
  })

  test('Retry-After of a request is honoured by the whole scope (W17)', async () => {
    const { lab: world, client } = await lab({ settings: { auto: true } })
    await world.time.settle()
    client.wire.push = () => failing('BACKEND_FAILED', 60_000)
    await client.save('a', { n: 1 })
    await world.time.settle()
    delete client.wire.push
    await client.save('b', { n: 1 })
    await world.time.advance(59_000)
    expect(world.contents()).toEqual({})
    await world.time.advance(2_000)
    expect(world.contents()).toEqual({ a: { n: 1 }, b: { n: 1 } })
  })

  test('Retry-After of one record holds up no other (W17, W19)', async () => {
    const { lab: world, client } = await lab({ settings: { auto: true, batchSize: 1 } })
    await world.time.settle()
    client.wire.push = async (request, through) => {
      if (!idsOf(request).includes('a')) return through()
      const results = request.mutations.map(({ id }) => ({
        id,
        status: 'retry' as const,
        code: 'RATE_LIMITED' as const,
        retryAfterMs: 60_000,
      }))
      return { results, serverTime: null }
    }
    await client.save('a', { n: 1 })
    await client.save('b', { n: 1 })
    await world.time.advance(5_000)
    expect(world.contents()).toEqual({ b: { n: 1 } })
    expect(client.told('mutationFailed')).toMatchObject([{ id: 'a', code: 'RATE_LIMITED', attempts: 1 }])
    delete client.wire.push
    await world.time.advance(60_000)
    expect(world.contents()).toEqual({ a: { n: 1 }, b: { n: 1 } })
  })

  test('a record that is answered "retry" again and again does not keep those behind it waiting (W19)', async () => {
    const { lab: world, client } = await lab({ settings: { batchSize: 1 } })
    for (const id of ['a', 'b', 'c']) await client.save(id, { n: 1 })
    client.wire.push = async (request, through) =>
      idsOf(request).includes('a') ? allRetry(request) : through()
    await client.sync()
    expect(Object.keys(world.contents())).toEqual(['b', 'c'])
  })

  test('what failed before goes last: two that poison a round keep no third from being sent (W19)', async () => {
    const { lab: world, client } = await lab({ settings: { batchSize: 1 } })
    for (const id of ['a', 'b', 'c']) await client.save(id, { n: 1 })
    client.wire.push = async (request, through) =>
      idsOf(request).includes('c') ? through() : failing('BACKEND_FAILED')
    await expect(client.sync()).rejects.toMatchObject({ code: 'BACKEND_FAILED' })
    await expect(client.sync()).rejects.toMatchObject({ code: 'BACKEND_FAILED' })
    expect(world.contents()).toEqual({ c: { n: 1 } })
  })

  test('after three unknown answers the batch is halved, down to one; what poisons it is found (W4, W19)', async () => {
    const { lab: world, client } = await lab({ settings: { auto: true } })
    await world.time.settle()
    const ids = Array.from({ length: 16 }, (_, n) => `r${String(n).padStart(2, '0')}`)
    await client.change(Object.fromEntries(ids.map((id) => [id, () => ({ n: 1 })])))
    client.wire.push = async (request, through) =>
      idsOf(request).includes('r05') ? failing('BACKEND_FAILED') : through()
    await world.time.advance(7_200_000)
    expect(Object.keys(world.contents())).toEqual(ids.filter((id) => id !== 'r05'))
    expect(client.wire.pushes.slice(0, 6).map(({ mutations }) => mutations.length)).toEqual([
      16, 16, 16, 8, 8, 8,
    ])
    expect(client.engine.status.pending).toBe(1)
    // Nothing else waits for it from here on.
    await client.save('late', { n: 1 })
    await world.time.advance(600_000)
    expect(world.contents()).toHaveProperty('late')
    delete client.wire.push
    await world.time.advance(600_000)
    expect(world.contents()).toHaveProperty('r05')
    expect(client.engine.status.pending).toBe(0)
  })

  test('being offline says nothing of what was sent: batches stay whole (W4)', async () => {
    const { lab: world, client } = await lab({ settings: { auto: true } })
    await world.time.settle()
    await client.change(Object.fromEntries(['a', 'b', 'c', 'd'].map((id) => [id, () => ({ n: 1 })])))
    client.wire.push = () => failing('NETWORK')
    await world.time.advance(3_600_000)
    delete client.wire.push
    await world.time.advance(300_000)
    expect(new Set(client.wire.pushes.map(({ mutations }) => mutations.length))).toEqual(new Set([4]))
  })
})

describe('a refused change', () => {
  const refuse = (refused: string) => async (request: PushRequest, through: () => Promise<PushResponse>) => {
    const id = request.mutations.find(({ recordId }) => recordId === refused)?.id
    if (id === undefined) return through()
    const results = request.mutations.map((mutation) =>
      mutation.id === id
        ? { id, status: 'rejected' as const, code: 'FORBIDDEN' as const, reason: 'Not yours.' }
        : { id: mutation.id, status: 'retry' as const, code: 'BACKEND_FAILED' as const },
    )
    return { results, serverTime: null }
  }

  test('defect 30: a poison record parks with its reason and ends no round; the rest syncs (W7, W19)', async () => {
    const world = createLab()
    const client = await world.client({ collections: ['items', 'notes'], settings: { batchSize: 1 } })
    await client.save('bad', { n: 1 })
    await client.save('good', { n: 1 })
    await client.save('note', { n: 1 }, { collection: 'notes' })
    client.wire.push = refuse('bad')
    expect(await client.sync()).toMatchObject({ pushed: 2, parked: 1 })
    expect(await client.lane('bad')).toBe('parked')
    expect(world.contents()).toEqual({ good: { n: 1 } })
    expect(world.contents('default', 'notes')).toEqual({ note: { n: 1 } })
    expect(client.told('mutationParked')).toMatchObject([
      { id: 'bad', code: 'FORBIDDEN', reason: 'Not yours.' },
    ])
    expect(client.engine.status).toMatchObject({ pending: 0, parked: 1 })
  })

  test('an edit or a retry sends it again under a new id, discard goes back (W15)', async () => {
    const world = createLab()
    const client = await world.client()
    await client.save('a', { n: 1 })
    await client.sync()
    await client.save('a', { n: 2 })
    client.wire.push = refuse('a')
    await client.sync()
    await client.retry('a')
    await client.sync()
    await client.save('a', { n: 3 })
    await client.sync()
    expect(new Set(client.wire.pushes.map(({ mutations }) => mutations[0]!.id)).size).toBe(4)
    await client.discard('a')
    expect(await client.contents()).toEqual({ a: { n: 1 } })
    await client.sync()
    expect(client.wire.pushes).toHaveLength(4)
    expect(client.engine.status).toMatchObject({ pending: 0, parked: 0 })
  })
})

describe('credentials that expired', () => {
  test('pause as needsAuth, lose and refuse nothing, and go on (W18)', async () => {
    const { lab: world, client } = await lab({ settings: { auto: true } })
    await world.time.settle()
    let expired = true
    const gate = <T>(through: () => Promise<T>): Promise<T> =>
      expired ? Promise.reject(new SyncError('UNAUTHENTICATED', 'expired')) : through()
    client.wire.push = (_request, through) => gate(through)
    client.wire.pull = (_request, through) => gate(through)
    await client.save('a', { n: 1 })
    await world.time.advance(400_000)
    expect(client.engine.status).toMatchObject({ phase: 'needsAuth', pending: 1, parked: 0 })
    expect(client.told('stalled')).toEqual([])
    expired = false
    await world.time.advance(300_000)
    expect(world.contents()).toEqual({ a: { n: 1 } })
    expect(client.engine.status).toMatchObject({ phase: 'idle', pending: 0 })
  })
})
