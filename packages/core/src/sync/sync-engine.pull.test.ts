import { describe, expect, test } from 'vitest'
import { sumNumbers } from '../conflict/resolvers.ts'
import { SyncError } from '../errors/sync-error.ts'
import type { JsonObject } from '../shared/json.ts'
import { createLab, type EngineLab } from '../testing/engine-lab.ts'
import type { LabClient } from '../testing/lab-client.ts'

type ClientOptions = Parameters<EngineLab['client']>[0]

/** A client that has done its first sync, and a writer. */
async function pair(
  options: ClientOptions = {},
): Promise<{ lab: EngineLab; client: LabClient; writer: LabClient }> {
  const lab = createLab()
  const client = await lab.client(options)
  const writer = await lab.client({ ...options, settings: { ...options?.settings, batchSize: 500 } })
  await client.sync()
  return { lab, client, writer }
}

async function write(writer: LabClient, count: number, prefix = 'r'): Promise<void> {
  const ids = Array.from({ length: count }, (_, n) => `${prefix}${String(n).padStart(5, '0')}`)
  await writer.change(Object.fromEntries(ids.map((id) => [id, () => ({ n: 1 })])))
  await writer.sync()
}

function down(): Promise<never> {
  return Promise.reject(new SyncError('NETWORK', 'down'))
}

describe('pulling', () => {
  test('pages and their cursor are one commit: what fails in between leaves neither (W24, I8)', async () => {
    const { client, writer } = await pair({ settings: { batchSize: 5 } })
    await write(writer, 10)
    client.disk.beforeCommit = ({ records = [] }) => {
      if (records.length > 0) throw new SyncError('STORAGE_FULL', 'full')
    }
    await expect(client.sync()).rejects.toMatchObject({ code: 'STORAGE_FULL' })
    expect(await client.contents()).toEqual({})
    delete client.disk.beforeCommit
    expect(await client.sync()).toMatchObject({ pulled: 10 })
    expect(Object.keys(await client.contents())).toHaveLength(10)
  })

  test(
    'up to 5,000 changes of a round are shown together, however small the pages (W10)',
    { timeout: 30_000 },
    async () => {
      const { client, writer } = await pair({ settings: { batchSize: 100 } })
      await write(writer, 1_000)
      const sizes: number[] = []
      client.disk.beforeCommit = ({ records = [] }) => void (records.length > 0 && sizes.push(records.length))
      await client.sync()
      expect(sizes).toEqual([1_000])
    },
  )

  test('a network on which a page never comes in time is asked for smaller ones, until they come (W37)', async () => {
    const { lab, client, writer } = await pair({ settings: { batchSize: 64, auto: true } })
    await write(writer, 200)
    const asked: number[] = []
    client.wire.pull = ({ limit }, through) => {
      asked.push(limit)
      return limit > 20 ? new Promise(() => undefined) : through()
    }
    client.engine.sync().catch(() => undefined)
    await lab.time.advance(600_000)
    expect(asked.slice(0, 3)).toEqual([64, 32, 16])
    expect(Object.keys(await client.contents())).toHaveLength(200)
  })

  test('what came before the network broke is kept, so that the next round goes on from there (W24, W9)', async () => {
    const { client, writer } = await pair({ settings: { batchSize: 5 } })
    await write(writer, 40)
    const held: number[] = []
    for (let failures = 0; ; failures++) {
      // Every fourth request fails, and with it the round.
      let count = 0
      client.wire.pull = (_request, through) => (++count === 4 ? down() : through())
      const failed = await client.sync().catch((error: unknown) => error)
      held.push(Object.keys(await client.contents()).length)
      if (!(failed instanceof SyncError)) break
      expect(failed.code).toBe('NETWORK')
      expect(failures).toBeLessThan(10)
    }
    expect(held.at(-1)).toBe(40)
    expect(held[0]).toBe(15)
  })

  test('more are shown as they come, none missed (W10, I4)', { timeout: 30_000 }, async () => {
    const { client, writer } = await pair({ settings: { batchSize: 500 } })
    await write(writer, 6_000)
    const sizes: number[] = []
    client.disk.beforeCommit = ({ records = [] }) => void (records.length > 0 && sizes.push(records.length))
    await client.sync()
    expect(sizes).toEqual([5_000, 1_000])
    expect(Object.keys(await client.contents())).toHaveLength(6_000)
  })

  test('defect 7: a round that is cut off between pages misses nothing (W24, I4)', async () => {
    const { client, writer } = await pair({ settings: { batchSize: 3 } })
    await write(writer, 10)
    let pages = 0
    client.wire.pull = (_request, through) => ((pages += 1) === 3 ? down() : through())
    await expect(client.sync()).rejects.toMatchObject({ code: 'NETWORK' })
    delete client.wire.pull
    await client.sync()
    expect(Object.keys(await client.contents())).toHaveLength(10)
  })

  test('defect 6: an empty page moves nothing past anything (W24)', async () => {
    const { client, writer } = await pair()
    const before = client.wire.pulls.at(-1)!.cursor
    client.wire.pull = async (request, through) => ({
      ...(await through()),
      changes: [],
      cursor: request.cursor!,
    })
    await client.sync()
    await write(writer, 1)
    await client.sync()
    delete client.wire.pull
    await client.sync()
    expect(client.wire.pulls.at(-1)!.cursor).toBeDefined()
    expect(before).toBeDefined()
    expect(Object.keys(await client.contents())).toHaveLength(1)
  })

  test('defect 5: a change made long ago on an offline device reaches everyone (I4)', async () => {
    const { lab, client, writer } = await pair()
    const old = await lab.client({ skewMs: -30 * 86_400_000 })
    await old.save('late', { n: 1 })
    await write(writer, 3)
    await client.sync()
    await lab.time.advance(86_400_000)
    await old.sync()
    await client.sync()
    expect(await client.contents()).toHaveProperty('late')
  })

  test('defect 24: hasMore with an unmoved cursor is a PROTOCOL error, not a loop (W25)', async () => {
    const { client } = await pair()
    client.wire.pull = async (request, through) => ({
      ...(await through()),
      cursor: request.cursor!,
      hasMore: true,
    })
    await expect(client.sync()).rejects.toMatchObject({ code: 'PROTOCOL' })
  })

  test('a push never moves the pull cursor: what others wrote before it arrives (W24)', async () => {
    const { client, writer } = await pair()
    await write(writer, 3)
    await client.save('mine', { n: 1 })
    client.wire.pull = down
    await client.sync().catch(() => undefined)
    delete client.wire.pull
    await client.sync()
    expect(Object.keys(await client.contents())).toHaveLength(4)
  })

  test('a change that comes again writes nothing: not every round rewrites every row (W11)', async () => {
    const { client, writer } = await pair()
    await write(writer, 5)
    await client.sync()
    const cursor = client.wire.pulls.at(-1)!.cursor
    client.wire.pull = async (request, through) => {
      const page = await through()
      const all = await client.lab.backend
        .adapter()
        .pull({ ...request, cursor }, new AbortController().signal)
      return { ...page, changes: all.changes }
    }
    let rows = 0
    client.disk.beforeCommit = ({ records = [] }) => (rows += records.length)
    await client.sync()
    expect(rows).toBe(0)
  })

  test('push and pull of one scope do not overlap, scopes run side by side (W20)', async () => {
    const lab = createLab()
    const client = await lab.client({ scopes: ['one', 'two'] })
    const running = new Map<string, number>()
    let together = 0
    const tracked = async <T>(
      { scope }: { readonly scope: string },
      through: () => Promise<T>,
    ): Promise<T> => {
      running.set(scope, (running.get(scope) ?? 0) + 1)
      expect(running.get(scope)).toBe(1)
      together = Math.max(together, [...running.values()].filter((count) => count > 0).length)
      await new Promise<void>((resolve) => lab.time.scheduler.after(10, resolve))
      running.set(scope, running.get(scope)! - 1)
      return through()
    }
    client.wire.push = tracked
    client.wire.pull = tracked
    for (const scope of ['one', 'two']) await client.save(scope, { n: 1 }, { scope })
    await client.sync()
    expect(together).toBe(2)
    expect(lab.contents('two')).toEqual({ two: { n: 1 } })
  })

  test('a stuck push holds up no pull (W19)', async () => {
    const { client, writer } = await pair({ settings: { auto: true } })
    client.wire.push = () => new Promise(() => undefined)
    await client.save('mine', { n: 1 })
    await write(writer, 2)
    await client.lab.time.advance(400_000)
    expect(Object.keys(await client.contents())).toHaveLength(3)
  })
})

describe('deletes', () => {
  test('reach everyone, and a peer that edits meanwhile is asked by the strategy (C2, I5)', async () => {
    const { lab, client, writer } = await pair({ strategy: 'lastWriteWins' })
    await write(writer, 1)
    await client.sync()
    await client.save('r00000', { n: 2 })
    await lab.time.advance(1_000)
    await writer.remove('r00000')
    await writer.sync()
    await client.sync()
    expect(await client.contents()).toEqual({})
    expect(lab.contents()).toEqual({})
  })

  test('defect 15: a deleted id saved again is visible everywhere (A2, W5)', async () => {
    const { client, writer } = await pair()
    await write(writer, 1, 'x')
    await client.sync()
    await client.remove('x00000')
    await client.sync()
    await writer.sync()
    await client.save('x00000', { again: true })
    await client.sync()
    await writer.sync()
    expect(await writer.contents()).toEqual({ x00000: { again: true } })
    expect(await client.contents()).toEqual({ x00000: { again: true } })
  })
})

describe('a change pulled while its record is in flight', () => {
  test('+2 applied, its acknowledgement lost, +3 by another client: the sum counts 2 once (W12, C9)', async () => {
    const { lab, client, writer } = await pair({ strategy: sumNumbers(['n']) })
    const add = (by: number) => (before: JsonObject) => ({
      n: ((before['n'] as number | undefined) ?? 0) + by,
    })
    await client.change({ a: add(10) })
    await client.sync()
    await writer.sync()
    await client.change({ a: add(2) })
    client.wire.push = async (_request, through) => {
      await through()
      return down()
    }
    await client.sync().catch(() => undefined)
    await writer.sync()
    await writer.change({ a: add(3) })
    await writer.sync()
    // The change is pulled while +2 is unanswered: held, and not merged.
    client.wire.push = down
    await client.sync().catch(() => undefined)
    expect(await client.get('a')).toEqual({ n: 12 })
    delete client.wire.push
    await client.sync()
    expect(lab.contents()).toEqual({ a: { n: 15 } })
    expect(await client.get('a')).toEqual({ n: 15 })
    expect(client.told('conflict')).toEqual([])
  })

  test('defect 11: no conflict is told for an echo, nor for a clean record (W12, W13)', async () => {
    const { client, writer } = await pair()
    await client.save('a', { n: 1 })
    client.wire.push = async (_request, through) => {
      await through()
      return down()
    }
    await client.sync().catch(() => undefined)
    delete client.wire.push
    await client.sync()
    await writer.sync()
    await writer.save('a', { n: 2 })
    await writer.sync()
    await client.sync()
    expect(await client.get('a')).toEqual({ n: 2 })
    expect(client.told('conflict')).toEqual([])
  })

  test('what was held survives a restart (W12, I8)', async () => {
    const { client, writer } = await pair()
    await write(writer, 1)
    await client.sync()
    await client.save('r00000', { n: 2 })
    client.wire.push = down
    await client.sync().catch(() => undefined)
    await writer.save('r00000', { n: 1, theirs: true })
    await writer.sync()
    await client.sync().catch(() => undefined)
    await client.restart()
    delete client.wire.push
    await client.sync()
    expect(await client.get('r00000')).toEqual({ n: 2, theirs: true })
  })
})

describe('conflicts', () => {
  test('each is told once, with base, both sides, the result and who won (C7)', async () => {
    const { client, writer } = await pair()
    await write(writer, 1)
    await client.sync()
    await client.save('r00000', { n: 1, mine: true })
    await writer.save('r00000', { n: 1, theirs: true })
    await writer.sync()
    expect(await client.sync()).toMatchObject({ conflicts: 1 })
    expect(client.told('conflict')).toMatchObject([
      {
        collection: 'items',
        id: 'r00000',
        base: { n: 1 },
        local: { n: 1, mine: true },
        remote: { n: 1, theirs: true },
        resolved: { n: 1, mine: true, theirs: true },
        strategy: 'merge',
        winner: 'merged',
      },
    ])
  })

  test('a clock that is days off decides nothing, once the backend has been heard (T2, C3)', async () => {
    const lab = createLab()
    const ahead = await lab.client({ strategy: 'lastWriteWins', skewMs: 5 * 86_400_000 })
    const exact = await lab.client({ strategy: 'lastWriteWins' })
    await ahead.save('a', { by: 'nobody' })
    await ahead.sync()
    await exact.sync()
    await ahead.save('a', { by: 'ahead, first' })
    await lab.time.advance(60_000)
    await exact.save('a', { by: 'exact, later' })
    await exact.sync()
    await ahead.sync()
    await exact.sync()
    expect(lab.contents()).toEqual({ a: { by: 'exact, later' } })
    expect(await ahead.contents()).toEqual(lab.contents())
  })
})

describe('what cannot be read', () => {
  const spoil =
    (id: string) => async (_request: unknown, through: () => Promise<{ changes: readonly unknown[] }>) => {
      const page = await through()
      const changes = page.changes.map((change) =>
        (change as { id: string }).id === id ? { ...(change as object), version: 7 } : change,
      )
      return { ...page, changes }
    }

  test('a poison change is set aside and told; the rest of its page goes on, and it is fetched later (W19, W28)', async () => {
    const { client, writer } = await pair()
    await write(writer, 3)
    client.wire.pull = spoil('r00001') as never
    client.wire.fetch = down
    await client.sync()
    expect(Object.keys(await client.contents())).toEqual(['r00000', 'r00002'])
    expect(client.told('error')).toMatchObject([{ id: 'r00001', error: { code: 'PROTOCOL' } }])
    delete client.wire.pull
    delete client.wire.fetch
    await client.sync()
    expect(Object.keys(await client.contents())).toHaveLength(3)
  })

  test('what still cannot be read when it is fetched stays set aside, and is fetched again (W19, I4, W28)', async () => {
    const { client, writer } = await pair()
    await write(writer, 2)
    client.wire.pull = spoil('r00001') as never
    client.wire.fetch = async (_request, through) =>
      (await through()).map((record) => ({ ...record, version: 7 })) as never
    await client.sync()
    delete client.wire.pull
    await client.sync()
    delete client.wire.fetch
    await client.sync()
    expect(Object.keys(await client.contents())).toHaveLength(2)
  })

  test('a migration that throws sets its record aside and ends no round (W19, R7)', async () => {
    const lab = createLab()
    const old = await lab.client()
    for (const id of ['a', 'bad', 'c']) await old.save(id, { n: 1 })
    await old.sync()
    const migrate = (document: JsonObject): JsonObject => {
      if (document['id'] === 'bad') throw new Error('unforeseen')
      return document
    }
    const client = await lab.client({ schema: 2, migrate })
    await client.sync()
    await client.sync()
    expect(Object.keys(await client.contents())).toEqual(['a', 'c'])
    await client.save('d', { n: 1 })
    await client.sync()
    expect(lab.contents()).toHaveProperty('d')
  })
})
