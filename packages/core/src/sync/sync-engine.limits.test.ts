import { describe, expect, test } from 'vitest'
import { SyncError } from '../errors/sync-error.ts'
import type { RemoteRecord } from '../protocol/mutation.ts'
import type { JsonObject } from '../shared/json.ts'
import { createLab } from '../testing/engine-lab.ts'

const to = (fields: JsonObject) => () => fields

describe('an engine at its limits', () => {
  test('transactions that grew into one too large for a request park whole, and say so (W14)', async () => {
    const lab = createLab({ capabilities: { maxBatch: 3 } })
    const client = await lab.client()
    await client.change({ a: to({ n: 1 }), b: to({ n: 1 }) }, { group: 'g1' })
    await client.change({ b: to({ n: 2 }), c: to({ n: 2 }), d: to({ n: 2 }) }, { group: 'g2' })
    await client.save('e', { n: 1 })
    expect(await client.sync()).toMatchObject({ pushed: 1, parked: 4 })
    expect(client.told('mutationParked').map(({ code }) => code)).toEqual(Array(4).fill('GROUP_TOO_LARGE'))
    expect(lab.contents()).toEqual({ e: { n: 1 } })
    expect(await client.get('a')).toMatchObject({ n: 1 })
  })

  test('a backend that answers every push with another conflict is left alone for a while (W17, W34)', async () => {
    const lab = createLab()
    const client = await lab.client()
    let version = 0
    client.wire.push = async ({ mutations }) => ({
      results: mutations.map(({ id, collection, recordId }) => {
        version += 1
        const current: RemoteRecord = {
          collection,
          id: recordId,
          version: `9999-${String(version).padStart(12, '0')}`,
          deleted: false,
          data: { id: recordId, other: version },
          time: '000000000001-0000-0000000000000001',
          schema: 1,
        }
        return { id, status: 'conflict' as const, current }
      }),
      serverTime: null,
    })
    await client.save('a', { n: 1 })
    await expect(client.sync()).rejects.toMatchObject({ code: 'BACKEND_FAILED' })
    expect(version).toBeLessThan(100)
    delete client.wire.push
    await client.sync()
    expect(await client.get('a')).toMatchObject({ n: 1 })
  })

  test('a backend that calls every new id used is reported, and asked again later (W27, W34)', async () => {
    const lab = createLab()
    const client = await lab.client()
    client.wire.push = async ({ mutations }) => ({
      results: mutations.map(({ id }) => ({
        id,
        status: 'rejected' as const,
        code: 'MUTATION_ID_REUSED' as const,
        reason: 'Known.',
      })),
      serverTime: null,
    })
    await client.save('a', { n: 1 })
    await expect(client.sync()).rejects.toMatchObject({ code: 'PROTOCOL' })
    expect(client.wire.pushes.length).toBeLessThan(10)
    delete client.wire.push
    await client.sync()
    expect(lab.contents()).toEqual({ a: { n: 1 } })
  })

  test.each(['CURSOR_EXPIRED', 'EPOCH_CHANGED'] as const)(
    'a backend that answers every push with %s is reported, and asked again later (W34)',
    async (code) => {
      const lab = createLab()
      const client = await lab.client()
      await client.sync()
      client.wire.push = () => Promise.reject(new SyncError(code, 'Not from there.'))
      await client.save('a', { n: 1 })
      await expect(client.sync()).rejects.toMatchObject({ code })
      expect(client.wire.pushes.length).toBeLessThan(10)
      delete client.wire.push
      await client.sync()
      expect(lab.contents()).toEqual({ a: { n: 1 } })
    },
  )

  test('a conflict with the version a mutation was made on is no answer: it is sent again (W9, W33)', async () => {
    const lab = createLab()
    const client = await lab.client()
    client.wire.push = async ({ mutations }) => {
      delete client.wire.push
      const results = mutations.map(({ id }) => ({ id, status: 'conflict' as const, current: null }))
      return { results, serverTime: null }
    }
    await client.save('a', { n: 1 })
    await client.sync().catch(() => undefined)
    await client.sync()
    const [first, second] = client.wire.pushes
    expect(second!.mutations).toEqual(first!.mutations)
    expect(client.told('conflict')).toEqual([])
    expect(lab.contents()).toEqual({ a: { n: 1 } })
  })

  test('a restore between two pushes is noticed, though the feed shows the second (R10)', async () => {
    const lab = createLab()
    const client = await lab.client()
    await client.sync()
    const backup = lab.backend.backup()
    await client.save('a', { n: 1 })
    await client.sync()
    client.wire.pull = () => Promise.reject(new SyncError('NETWORK', 'down'))
    await client.save('b', { n: 1 })
    await client.sync().catch(() => undefined)
    lab.backend.restore(backup, { unnoticed: true })
    await client.save('c', { n: 1 })
    await client.sync().catch(() => undefined)
    delete client.wire.pull
    await client.sync()
    expect(lab.contents()).toEqual({ a: { n: 1 }, b: { n: 1 }, c: { n: 1 } })
  })

  test('what a restored backend lost is not taken for its edit by a record in flight (R3)', async () => {
    const lab = createLab()
    const client = await lab.client()
    await client.save('a', { n: 1, kept: 1 })
    await client.sync()
    const backup = lab.backend.backup()
    await client.save('a', { n: 1, kept: 2 })
    await client.sync()
    await client.save('a', { n: 2, kept: 2 })
    client.wire.push = () => Promise.reject(new Error('lost on the way'))
    await client.sync().catch(() => undefined)
    delete client.wire.push
    lab.backend.restore(backup)
    await client.sync()
    await client.sync()
    expect(lab.contents()).toEqual({ a: { n: 2, kept: 2 } })
    expect(await client.contents()).toEqual(lab.contents())
  })

  test('a record whose id another scope holds is fetched once that is free (R5)', async () => {
    const lab = createLab()
    const other = await lab.client({ scopes: ['two'] })
    await other.save('a', { from: 'two' }, { scope: 'two' })
    await other.sync()
    const client = await lab.client({ scopes: ['one', 'two'] })
    await client.save('a', { from: 'one' }, { scope: 'one' })
    await client.sync()
    expect(await client.get('a')).toMatchObject({ from: 'one' })
    await client.remove('a')
    await client.sync()
    await client.sync()
    expect(await client.get('a')).toMatchObject({ from: 'two' })
  })

  test('a restore between its last pull and its last push is noticed by what is missing from the feed (R10, R3, I2)', async () => {
    const lab = createLab()
    const client = await lab.client()
    await client.save('a', { n: 1 })
    await client.sync()
    await client.sync()
    const backup = lab.backend.backup()
    await client.save('b', { n: 1 })
    await client.remove('a')
    // Pushed, and not pulled again: the cursor stays where the backup's head is.
    client.wire.pull = () => Promise.reject(new Error('not now'))
    await client.sync().catch(() => undefined)
    delete client.wire.pull
    expect(lab.contents()).toEqual({ b: { n: 1 } })
    lab.backend.restore(backup, { unnoticed: true })
    await client.restart()
    await client.sync()
    await client.sync()
    expect(lab.contents()).toHaveProperty('b')
    expect(await client.contents()).toEqual(lab.contents())
    expect(client.told('recovered').map(({ id }) => id)).toContain('b')
  })
})
