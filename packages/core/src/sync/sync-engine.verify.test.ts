import { describe, expect, test } from 'vitest'
import { SyncError } from '../errors/sync-error.ts'
import type { DamagedRecord, Storage, StoredRecord } from '../ports/storage.ts'
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

/** Makes the row unreadable as it is now; what is written over it can be read. Returns how to end that. */
function damage(storage: Storage, id: string): () => void {
  const { read, scan } = storage
  let revision: number | null = null
  const worn = <Row extends StoredRecord | DamagedRecord | undefined>(row: Row): Row | DamagedRecord => {
    if (row?.id !== id) return row
    revision ??= row.revision
    const { collection, order } = row
    return row.revision === revision ? { collection, id, order, revision, damaged: true } : row
  }
  Object.assign(storage, {
    read: async (...given: Parameters<typeof read>) => (await read(...given)).map(worn),
    scan: async (...given: Parameters<typeof scan>) => (await scan(...given)).map(worn),
  })
  return () => void Object.assign(storage, { read, scan })
}

describe('verify', () => {
  test('finds nothing where all is well (I1)', async () => {
    const { lab, client } = await started({ settings: { auto: false } })
    for (const id of ['a', 'b']) await client.save(id, { n: 1 })
    const report = await lab.during(client.engine.verify({ repair: false }))
    expect(report).toMatchObject({
      checked: 2,
      missingHere: [],
      missingThere: [],
      different: [],
      damaged: [],
    })
  })

  test('finds what is missing or different here, and mends it where it is asked to (I1, O6)', async () => {
    const { lab, client } = await started({ settings: { auto: false } })
    for (const id of ['a', 'b', 'c']) await client.save(id, { n: 1 })
    await client.sync()
    // A bug, or a hand in the file: one row is gone, one is of another version.
    await client.store.submit({
      origin: 'internal',
      keys: ['a', 'b'].map((id) => ({ collection: 'items', id })),
      run: (workspace) => {
        workspace.set({ collection: 'items', id: 'a' }, null)
        const b = workspace.get({ collection: 'items', id: 'b' })!
        workspace.set(b, { ...b, document: '{"id":"b","n":7}', sync: { ...b.sync, version: '0000-0' } })
      },
    })
    const found = { missingHere: [{ id: 'a' }], different: [{ id: 'b' }], missingThere: [], damaged: [] }
    client.wire.pull = async (request, through) =>
      request.cursor === null ? through() : { ...(await through()), changes: [] }
    expect(await lab.during(client.engine.verify({ repair: false }))).toMatchObject({
      ...found,
      repaired: false,
    })
    expect(await client.contents()).toEqual({ b: { n: 7 }, c: { n: 1 } })
    expect(await lab.during(client.engine.verify({ repair: true }))).toMatchObject({
      ...found,
      repaired: true,
    })
    expect(await client.contents()).toEqual({ a: { n: 1 }, b: { n: 1 }, c: { n: 1 } })
  })

  test('finds what is missing there, and sends it again where it is asked to (O6)', async () => {
    const { lab, client } = await started({ settings: { auto: false } })
    for (const id of ['a', 'b']) await client.save(id, { n: 1 })
    await client.sync()
    client.wire.pull = async (_request, through) => {
      const page = await through()
      return { ...page, changes: page.changes.filter(({ id }) => id !== 'a') }
    }
    client.wire.fetch = async () => []
    expect(await lab.during(client.engine.verify({ repair: true }))).toMatchObject({
      missingThere: [{ id: 'a' }],
      missingHere: [],
      different: [],
    })
    expect(await client.lane('a')).toBe('waiting')
    expect(client.told('recovered')).toMatchObject([{ id: 'a' }])
    delete client.wire.pull
    delete client.wire.fetch
    await client.sync()
    expect(await client.lane('a')).toBe('clean')
    expect(lab.contents()).toEqual({ a: { n: 1 }, b: { n: 1 } })
  })

  test('finds rows here that cannot be read, and fetches them where it is asked to (O6, ST6)', async () => {
    const { lab, client } = await started({ settings: { auto: false } })
    for (const id of ['a', 'b']) await client.save(id, { n: 1 })
    // Twice, so that the feed has nothing more to show.
    await client.sync()
    await client.sync()
    const heal = damage(client.store.storage, 'a')
    expect(await lab.during(client.engine.verify({ repair: false }))).toMatchObject({
      damaged: [{ id: 'a' }],
    })
    expect(await lab.during(client.engine.verify({ repair: true }))).toMatchObject({ damaged: [{ id: 'a' }] })
    heal()
    expect(await lab.during(client.engine.verify({ repair: false }))).toMatchObject({
      damaged: [],
      checked: 2,
    })
    expect(await client.contents()).toEqual({ a: { n: 1 }, b: { n: 1 } })
  })

  test('looks at all pages of both sides (O6)', async () => {
    const { lab, client } = await started({ settings: { auto: false } })
    const ids = Array.from({ length: 1_100 }, (_, index) => `r${index}`)
    await client.change(Object.fromEntries(ids.map((id) => [id, () => ({ n: 1 })])))
    await client.sync()
    const found = await lab.during(client.engine.verify({ repair: false }))
    expect(found).toMatchObject({ checked: 1_100, missingHere: [], missingThere: [], different: [] })
  })

  test('leaves alone what is unsent: it differs rightly (O6)', async () => {
    const { lab, client } = await started({ settings: { auto: false } })
    await client.save('a', { n: 1 })
    await client.sync()
    client.wire.push = rejecting('NETWORK')
    await client.save('a', { n: 2 })
    client.engine.sync = async () => ({ pushed: 0, pulled: 0, conflicts: 0, parked: 0, durationMs: 0 })
    await lab.during(client.engine.verify({ repair: true }))
    expect(await client.contents()).toEqual({ a: { n: 2 } })
    expect(await client.lane('a')).toBe('waiting')
  })

  test('does not take back what a newer pull has brought while it looked (I6)', async () => {
    const { lab, client } = await started({ settings: { auto: false } })
    const writer = await lab.client()
    await client.save('a', { n: 1 })
    await client.sync()
    await client.store.submit({
      origin: 'internal',
      keys: [{ collection: 'items', id: 'a' }],
      run: (workspace) => {
        const a = workspace.get({ collection: 'items', id: 'a' })!
        workspace.set(a, { ...a, sync: { ...a.sync, version: '0000-0' } })
      },
    })
    client.wire.pull = async (request, through) =>
      request.cursor === null ? through() : { ...(await through()), changes: [] }
    await writer.sync()
    client.wire.fetch = async (_request, through) => {
      const old = await through()
      delete client.wire.fetch
      delete client.wire.pull
      await writer.save('a', { n: 2 })
      void writer.engine.sync()
      await new Promise<void>((resolve) => lab.time.scheduler.after(1, resolve))
      void client.engine.sync()
      await new Promise<void>((resolve) => lab.time.scheduler.after(1, resolve))
      return old
    }
    await lab.during(client.engine.verify({ repair: true }))
    expect(await client.contents()).toEqual({ a: { n: 2 } })
  })
})
