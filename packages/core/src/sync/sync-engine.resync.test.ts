import { describe, expect, test } from 'vitest'
import { sumNumbers } from '../conflict/resolvers.ts'
import { SyncError } from '../errors/sync-error.ts'
import type { JsonObject } from '../shared/json.ts'
import { createMemoryStore } from '../storage-memory/memory-store.ts'
import { createLab, type EngineLab } from '../testing/engine-lab.ts'
import type { LabClient } from '../testing/lab-client.ts'
import { copyStore } from '../testing/lab-store.ts'

/** Two clients who both hold a, b and c. */
async function three(options: Parameters<EngineLab['client']>[0] = {}): Promise<{
  lab: EngineLab
  client: LabClient
  other: LabClient
}> {
  const lab = createLab()
  const client = await lab.client(options)
  const other = await lab.client()
  for (const id of ['a', 'b', 'c']) await client.save(id, { n: 1 })
  await client.sync()
  await other.sync()
  return { lab, client, other }
}

async function purgeAll(lab: EngineLab): Promise<void> {
  await lab.time.advance(1)
  await lab.backend.adapter().purge!({ scope: 'default', before: lab.time.clock.now() })
}

/** Pages that take their time are shown one by one. */
function slowly(lab: EngineLab) {
  return async <T>(_request: unknown, through: () => Promise<T>): Promise<T> => {
    await new Promise<void>((resolve) => lab.time.scheduler.after(100, resolve))
    return through()
  }
}

describe('an expired cursor', () => {
  test('what was deleted meanwhile goes, what is unsent is reconciled, creates are kept (R1, R2)', async () => {
    const { lab, client, other } = await three()
    await other.remove('a')
    await other.remove('b')
    await other.sync()
    await purgeAll(lab)
    await client.save('b', { n: 2 })
    await client.save('new', { n: 1 })
    await client.sync()
    // An edit beats a delete (C2); the clean record is gone.
    expect(await client.contents()).toEqual({ b: { n: 2 }, c: { n: 1 }, new: { n: 1 } })
    expect(lab.contents()).toEqual(await client.contents())
    expect(client.told('error')).toEqual([])
  })

  test('defect 14: a deleted record does not come back by a client that was away for long (R2, I5)', async () => {
    const { lab, client, other } = await three()
    await other.remove('a')
    await other.sync()
    await purgeAll(lab)
    await client.sync()
    await other.sync()
    expect(Object.keys(lab.contents())).toEqual(['b', 'c'])
    expect(Object.keys(await other.contents())).toEqual(['b', 'c'])
  })

  test('a kill in the middle of the resync: it goes on where it was (R1, I8)', async () => {
    const { lab, client, other } = await three({ settings: { batchSize: 1 } })
    await other.remove('a')
    await other.sync()
    await purgeAll(lab)
    let pages = 0
    client.wire.pull = async (request, through) => {
      if (request.limit > 0 && (pages += 1) === 3) return new Promise(() => undefined)
      return slowly(lab)(request, through)
    }
    void client.sync().catch(() => undefined)
    await lab.time.advance(1_000)
    const before = client.wire.pulls.at(-1)!.cursor
    delete client.wire.pull
    await client.restart()
    await client.sync()
    expect(client.wire.pulls.find((_pull, index) => index >= pages + 1)!.cursor).toBe(before)
    expect(await client.contents()).toEqual({ b: { n: 1 }, c: { n: 1 } })
  })

  test('nothing new is pushed before it is done (A4)', async () => {
    const { lab, client, other } = await three({ settings: { batchSize: 1 } })
    await other.remove('a')
    await other.sync()
    await purgeAll(lab)
    await client.save('b', { n: 2 })
    const order: string[] = []
    client.wire.pull = (_request, through) => {
      order.push('pull')
      return through()
    }
    client.wire.push = (_request, through) => {
      order.push('push')
      return through()
    }
    await client.sync()
    expect(order.indexOf('push')).toBeGreaterThan(2)
    expect(order.slice(order.indexOf('push'))).toEqual(['push'])
  })

  test('a backend that expires every cursor it gives is reported, not asked without end (R1, W34)', async () => {
    const { client } = await three()
    client.wire.pull = () => Promise.reject(new SyncError('CURSOR_EXPIRED', 'always'))
    await expect(client.sync()).rejects.toMatchObject({ code: 'CURSOR_EXPIRED' })
    expect(client.wire.pulls.length).toBeLessThan(20)
  })
})

describe('a backend that was restored', () => {
  async function restored(options: Parameters<EngineLab['client']>[0] = {}) {
    const world = await three(options)
    const { lab, client, other } = world
    const backup = lab.backend.backup()
    await client.save('a', { n: 2 })
    await client.save('d', { n: 1 })
    await client.remove('c')
    await client.sync()
    await other.sync()
    lab.backend.restore(backup)
    return world
  }

  test('what it lost is sent again, with an event each: edits, and creates (R3)', async () => {
    const { lab, client, other } = await restored()
    await client.sync()
    await other.sync()
    await client.sync()
    expect(lab.contents()).toEqual({ a: { n: 2 }, b: { n: 1 }, c: { n: 1 }, d: { n: 1 } })
    expect(await client.contents()).toEqual(lab.contents())
    expect(await other.contents()).toEqual(lab.contents())
    expect(
      client
        .told('recovered')
        .map(({ id }) => id)
        .sort(),
    ).toEqual(['a', 'd'])
  })

  test('what is unsent meanwhile is sent as well (R3)', async () => {
    const { lab, client } = await restored()
    await client.save('a', { n: 3 })
    await client.save('e', { n: 1 })
    await client.sync()
    expect(lab.contents()).toEqual({ a: { n: 3 }, b: { n: 1 }, c: { n: 1 }, d: { n: 1 }, e: { n: 1 } })
  })

  test('what it lost comes out once, however many clients send it again, with all of their edits (R11, I3)', async () => {
    const lab = createLab()
    const backup = lab.backend.backup()
    const clients = [1, 2, 3].map(() => lab.client({ strategy: sumNumbers(['n']) }))
    const [first, ...others] = (await Promise.all(clients)) as [LabClient, ...LabClient[]]
    await first.save('a', { n: 10 })
    await first.sync()
    for (const other of others) await other.sync()
    for (const other of others) await other.change({ a: ({ n }) => ({ n: (n as number) + 1 }) })
    lab.backend.restore(backup)
    for (const client of [first, ...others, first, ...others]) await client.sync()
    expect(lab.contents()).toEqual({ a: { n: 12 } })
    for (const client of [first, ...others]) expect(await client.contents()).toEqual({ a: { n: 12 } })
  })

  test('what another deleted stays deleted, though it was written under a wrong clock that was put back (T2, I5)', async () => {
    const lab = createLab()
    const options = { skewMs: 2 * 86_400_000 }
    const client = await lab.client(options)
    const other = await lab.client()
    await client.save('a', { n: 1 })
    options.skewMs = 0
    await client.sync()
    await other.sync()
    lab.backend.restore(lab.backend.backup())
    await other.remove('a')
    await other.sync()
    await client.sync()
    expect(lab.contents()).toEqual({})
    expect(await client.contents()).toEqual({})
  })

  test('with onBackendReset "accept" the backend is believed (R3)', async () => {
    const { lab, client } = await restored({ settings: { onBackendReset: 'accept' } })
    await client.sync()
    expect(lab.contents()).toEqual({ a: { n: 1 }, b: { n: 1 }, c: { n: 1 } })
    expect(await client.contents()).toEqual(lab.contents())
    expect(client.told('recovered')).toEqual([])
  })

  test('a push that is refused for the epoch leads to the resync as well (R1)', async () => {
    const { lab, client } = await restored({ settings: { auto: true } })
    await lab.time.settle()
    await client.save('f', { n: 1 })
    await lab.time.advance(10_000)
    expect(lab.contents()).toHaveProperty('f')
    expect(lab.contents()).toHaveProperty('d')
  })
})

describe('a new client', () => {
  test('takes a starting cursor and pushes while its first snapshot is still under way (R4)', async () => {
    const lab = createLab()
    const writer = await lab.client()
    await writer.change(Object.fromEntries(Array.from({ length: 50 }, (_, n) => [`r${n}`, () => ({ n })])))
    await writer.sync()
    const client = await lab.client({ settings: { batchSize: 5 } })
    await client.save('mine', { n: 1 })
    client.wire.pull = slowly(lab)
    client.wire.push = async (_request, through) => {
      expect(client.engine.isComplete(['items'])).toBe(false)
      return through()
    }
    await client.sync()
    expect(client.wire.pulls[0]).toMatchObject({ cursor: null, limit: 0 })
    expect(client.wire.pushes).toHaveLength(1)
    expect(client.engine.isComplete(['items'])).toBe(true)
    expect(Object.keys(await client.contents())).toHaveLength(51)
  })

  test('learns that what it pushed before its first snapshot was deleted since (R4, I1)', async () => {
    const lab = createLab()
    const client = await lab.client()
    await client.save('mine', { n: 1 })
    client.wire.pull = (request, through) =>
      request.limit === 0 ? through() : Promise.reject(new SyncError('NETWORK', 'The answer was lost.'))
    await expect(client.sync()).rejects.toMatchObject({ code: 'NETWORK' })
    expect(lab.contents()).toEqual({ mine: { n: 1 } })
    const other = await lab.client()
    await other.sync()
    await other.remove('mine')
    await other.sync()
    delete client.wire.pull
    await client.sync()
    expect(await client.contents()).toEqual({})
  })

  test('shows pages as they come, and its progress (W10)', async () => {
    const lab = createLab()
    const writer = await lab.client()
    await writer.change(Object.fromEntries(Array.from({ length: 20 }, (_, n) => [`r${n}`, () => ({ n })])))
    await writer.sync()
    const client = await lab.client({ settings: { batchSize: 5 } })
    const sizes: number[] = []
    const progress: unknown[] = []
    client.engine.onStatus((status) => progress.push(status.progress))
    client.wire.pull = async (request, through) => {
      sizes.push(Object.keys(await client.contents()).length)
      return slowly(lab)(request, through)
    }
    await client.sync()
    // The third page is asked for while the second is stored (W38).
    expect(sizes).toEqual([0, 0, 5, 5])
    expect(progress).toContainEqual({ done: 5, remaining: 15 })
    expect(client.engine.status.progress).toBeNull()
  })

  test('asks for the next page of a snapshot while one is being stored (W38)', async () => {
    const lab = createLab()
    const writer = await lab.client()
    await writer.change(Object.fromEntries(Array.from({ length: 20 }, (_, n) => [`r${n}`, () => ({ n })])))
    await writer.sync()
    const client = await lab.client({ settings: { batchSize: 5 } })
    const steps: string[] = []
    client.wire.pull = (request, through) => (steps.push('asked'), slowly(lab)(request, through))
    client.disk.beforeCommit = ({ records = [] }) => void (records.length > 0 && steps.push('stored'))
    await client.sync()
    expect(await client.contents()).toEqual(lab.contents())
    // The head and the first page; the second as the first is stored; the third before the second is.
    expect(steps.join()).toBe('asked,asked,stored,asked,asked,stored,stored')
  })

  test('what is saved during a long first sync is sent before its end, and no pull runs beside the push (W38, W20)', async () => {
    const lab = createLab()
    const writer = await lab.client()
    await writer.change(Object.fromEntries(Array.from({ length: 60 }, (_, n) => [`r${n}`, () => ({ n })])))
    await writer.sync()
    const client = await lab.client({ settings: { auto: true, batchSize: 5 } })
    let pulling = 0
    const steps: string[] = []
    client.wire.pull = async (request, through) => {
      if (client.wire.pulls.length === 4) await client.save('mine', { n: 1 })
      steps.push('pull')
      pulling += 1
      const answer = await slowly(lab)(request, through)
      pulling -= 1
      return answer
    }
    client.wire.push = (_request, through) => {
      // One that was asked for ahead is stopped: its answer is not waited for.
      steps.push(pulling > client.wire.aborts ? 'push beside a pull' : 'push')
      return through()
    }
    await client.sync()
    await lab.time.settle()
    expect(lab.contents()).toEqual(await client.contents())
    expect(steps.join()).toMatch(/^(pull,)+push,(pull,)*pull/)
  })

  test('killed in the middle of its first snapshot goes on behind the last page (R1)', async () => {
    const lab = createLab()
    const writer = await lab.client()
    await writer.change(Object.fromEntries(Array.from({ length: 20 }, (_, n) => [`r${n}`, () => ({ n })])))
    await writer.sync()
    const client = await lab.client({ settings: { batchSize: 5 } })
    client.wire.pull = (request, through) =>
      client.wire.pulls.length === 4 ? new Promise(() => undefined) : slowly(lab)(request, through)
    void client.sync().catch(() => undefined)
    await lab.time.advance(1_000)
    const asked = client.wire.pulls[3]!.cursor
    delete client.wire.pull
    await client.restart()
    await client.sync()
    expect(client.wire.pulls[4]!.cursor).toBe(asked)
    expect(Object.keys(await client.contents())).toHaveLength(20)
  })
})

describe('collections that come and go', () => {
  test('a new one is caught up by a snapshot of its own; the others are not read again (R1, R12)', async () => {
    const lab = createLab()
    const writer = await lab.client({ collections: ['items', 'notes'] })
    await writer.save('a', { n: 1 })
    await writer.save('note', { n: 1 }, { collection: 'notes' })
    await writer.sync()
    const memory = createMemoryStore()
    const before = await lab.client({ memory })
    await before.sync()
    before.kill()
    const after = await lab.client({ memory, collections: ['items', 'notes'] })
    await writer.save('a', { n: 2 })
    await writer.sync()
    await after.sync()
    expect(await after.contents('notes')).toEqual({ note: { n: 1 } })
    expect(await after.contents()).toEqual({ a: { n: 2 } })
    const snapshots = after.wire.pulls.filter(({ cursor, limit }) => cursor === null && limit > 0)
    expect(snapshots.map(({ collections }) => collections.map(({ name }) => name))).toEqual([['notes']])
  })

  test('one that was gone for a while comes back without what was deleted meanwhile (R2, I1, R12)', async () => {
    const lab = createLab()
    const memory = createMemoryStore()
    const names = ['items', 'notes']
    const writer = await lab.client({ collections: names })
    for (const id of ['x', 'y']) await writer.save(id, { n: 1 }, { collection: 'notes' })
    await writer.sync()
    const first = await lab.client({ memory, collections: names })
    await first.sync()
    first.kill()
    const second = await lab.client({ memory })
    await second.sync()
    await writer.remove('x', { collection: 'notes' })
    await writer.sync()
    await second.sync()
    second.kill()
    const third = await lab.client({ memory, collections: names })
    await third.sync()
    expect(await third.contents('notes')).toEqual({ y: { n: 1 } })
  })
})

describe('a copied store', () => {
  test('both go on, under ids of their own; nothing is lost, nothing applied twice (W27)', async () => {
    const lab = createLab()
    const one = await lab.client()
    await one.save('a', { n: 1 })
    await one.sync()
    const two = await lab.client({ memory: await copyStore(one.memory) })
    await one.save('b', { from: 'one' })
    await lab.time.advance(5)
    await two.save('c', { from: 'two' })
    await two.save('d', { from: 'two' })
    await one.sync()
    const report = await two.sync()
    expect(report).toMatchObject({ parked: 0 })
    expect(lab.contents()).toEqual({
      a: { n: 1 },
      b: { from: 'one' },
      c: { from: 'two' },
      d: { from: 'two' },
    })
    expect(two.engine.status).toMatchObject({ pending: 0, parked: 0 })
    const ids = new Set(two.wire.pushes.map(({ clientId }) => clientId))
    expect(ids.size).toBe(2)
    await one.sync()
    expect(await one.contents()).toEqual(lab.contents())
  })

  test('a copy made with a mutation in flight: it is applied once (W27, I3)', async () => {
    const lab = createLab()
    const one = await lab.client()
    await one.save('a', { n: 1 })
    one.wire.push = () => Promise.reject(new SyncError('NETWORK', 'lost'))
    await one.sync().catch(() => undefined)
    delete one.wire.push
    const two = await lab.client({ memory: await copyStore(one.memory) })
    await one.sync()
    await two.sync()
    expect(lab.backend.records('default').map(({ version }) => version)).toHaveLength(1)
    expect(lab.backend.records('default')[0]!.version).toMatch(/-0*1$/)
    expect(two.engine.status).toMatchObject({ pending: 0, parked: 0 })
  })

  test('a transaction whose first id was used before is not applied in part (W27, W14)', async () => {
    const lab = createLab()
    const one = await lab.client()
    await one.save('a', { n: 1 })
    await one.sync()
    const two = await lab.client({ memory: await copyStore(one.memory) })
    await one.save('b', { from: 'one' })
    await one.sync()
    await lab.time.advance(5)
    await two.change({ c: () => ({ n: 1 }), d: () => ({ n: 1 }) }, { group: 'g' })
    const applied: JsonObject[] = []
    two.wire.push = async (_request, through) => {
      const answer = await through()
      applied.push(lab.contents())
      return answer
    }
    await two.sync()
    expect(Object.keys(applied[0]!)).toEqual(['a', 'b'])
    expect(Object.keys(lab.contents())).toEqual(['a', 'b', 'c', 'd'])
  })
})
