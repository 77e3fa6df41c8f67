import { describe, expect, test } from 'vitest'
import { SyncError } from '../errors/sync-error.ts'
import { createMemoryStore } from '../storage-memory/memory-store.ts'
import { createLab } from '../testing/engine-lab.ts'

function down(): Promise<never> {
  return Promise.reject(new SyncError('NETWORK', 'down'))
}

function full(): never {
  throw new SyncError('STORAGE_FULL', 'The disk is full.')
}

describe('scopes', () => {
  test('one that is dropped leaves nothing unsent behind: what waits is still sent, then it is gone (R9)', async () => {
    const lab = createLab()
    const client = await lab.client({ scopes: ['one', 'two'] })
    await client.save('kept', { n: 1 }, { scope: 'two' })
    await client.sync()
    await client.save('last', { n: 1 }, { scope: 'two' })
    client.wire.push = down
    await client.engine.setScopes(['one'])
    expect(await client.contents()).toEqual({ last: { n: 1 } })
    await client.sync().catch(() => undefined)
    delete client.wire.push
    await client.sync()
    expect(lab.contents('two')).toEqual({ kept: { n: 1 }, last: { n: 1 } })
    expect(await client.contents()).toEqual({})
    client.wire.pulls.length = 0
    await client.sync()
    expect(new Set(client.wire.pulls.map(({ scope }) => scope))).toEqual(new Set(['one']))
  })

  test('one of which nothing is unsent is left without a word to the backend (R9)', async () => {
    const lab = createLab()
    const client = await lab.client({ scopes: ['one', 'two'] })
    client.wire.pull = ({ scope }, through) => (scope === 'two' ? down() : through())
    await expect(client.sync()).rejects.toMatchObject({ code: 'NETWORK' })
    await client.engine.setScopes(['one'])
    client.wire.pulls.length = 0
    await client.sync()
    expect(new Set(client.wire.pulls.map(({ scope }) => scope))).toEqual(new Set(['one']))
  })

  test('what waits in a dropped scope is sent after a restart as well (R9)', async () => {
    const lab = createLab()
    const client = await lab.client({ scopes: ['one', 'two'] })
    await client.sync()
    await client.save('last', { n: 1 }, { scope: 'two' })
    await client.engine.setScopes(['one'])
    Object.assign(client.options, { scopes: ['one'] })
    await client.restart()
    await client.sync()
    expect(lab.contents('two')).toEqual({ last: { n: 1 } })
  })

  test('one that is no longer named after a restart leaves nothing unsent behind either (R9)', async () => {
    const lab = createLab()
    const client = await lab.client({ scopes: ['one', 'two'] })
    await client.save('kept', { n: 1 }, { scope: 'two' })
    await client.sync()
    await client.save('last', { n: 1 }, { scope: 'two' })
    Object.assign(client.options, { scopes: ['one'] })
    await client.restart()
    await client.sync()
    expect(lab.contents('two')).toEqual({ kept: { n: 1 }, last: { n: 1 } })
    expect(await client.contents()).toEqual({})
    expect(client.engine.status).toMatchObject({ pending: 0 })
  })

  test('what another process saved in a scope that this one had left is sent after a restart (R9)', async () => {
    const lab = createLab()
    const memory = createMemoryStore()
    const other = await lab.client({ scopes: ['one', 'two'], memory })
    const client = await lab.client({ scopes: ['one'], memory })
    await client.sync()
    // It has not heard that the scope was left, and is killed before it syncs.
    await other.save('last', { n: 1 }, { scope: 'two' })
    other.kill()
    await client.restart()
    await client.sync()
    expect(lab.contents('two')).toEqual({ last: { n: 1 } })
    expect(await client.contents()).toEqual({})
    expect(client.engine.status).toMatchObject({ pending: 0 })
  })

  test('what is parked in a dropped scope can still be retried (R9, W15)', async () => {
    const lab = createLab()
    const client = await lab.client({ scopes: ['one', 'two'] })
    await client.sync()
    await client.save('last', { n: 1 }, { scope: 'two' })
    client.wire.push = async ({ mutations }) => ({
      results: mutations.map(({ id }) => ({ id, status: 'rejected', code: 'FORBIDDEN', reason: 'No.' })),
      serverTime: null,
    })
    await client.sync()
    delete client.wire.push
    await client.engine.setScopes(['one'])
    await client.sync()
    await client.retry('last')
    await client.sync()
    expect(lab.contents('two')).toEqual({ last: { n: 1 } })
    expect(await client.contents()).toEqual({})
  })

  test('of several changes at once the last one counts (R9)', async () => {
    const lab = createLab()
    const client = await lab.client({ scopes: ['one', 'two'] })
    await client.save('a', { n: 1 }, { scope: 'two' })
    await client.sync()
    const calls = [['one'], ['two', 'one'], ['one']].map((scopes) => client.engine.setScopes(scopes))
    await Promise.all(calls)
    await client.sync()
    expect(await client.contents()).toEqual({})
    client.wire.pulls.length = 0
    await client.sync()
    expect(new Set(client.wire.pulls.map(({ scope }) => scope))).toEqual(new Set(['one']))
  })

  test('a change that the disk refuses changes nothing, and can be asked for again (R9, W24)', async () => {
    const lab = createLab()
    const client = await lab.client({ scopes: ['one', 'two'] })
    await client.save('kept', { n: 1 }, { scope: 'two' })
    await client.sync()
    client.disk.beforeCommit = full
    await expect(client.engine.setScopes(['one'])).rejects.toMatchObject({ code: 'STORAGE_FULL' })
    client.disk = {}
    expect(client.engine.scopes).toEqual(['one', 'two'])
    await client.save('more', { n: 1 }, { scope: 'two' })
    await client.sync()
    expect(await client.contents()).toEqual({ kept: { n: 1 }, more: { n: 1 } })
    await client.engine.setScopes(['one'])
    await client.sync()
    expect(await client.contents()).toEqual({})
  })

  test('a change is made once it is noted: what could not be removed then goes later (R9)', async () => {
    const lab = createLab()
    const client = await lab.client({ scopes: ['one', 'two'] })
    await client.save('kept', { n: 1 }, { scope: 'two' })
    await client.sync()
    client.disk.beforeCommit = ({ removals = [] }) => {
      if (removals.length > 0) full()
    }
    await expect(client.engine.setScopes(['one', 'three'])).rejects.toMatchObject({ code: 'STORAGE_FULL' })
    client.disk = {}
    expect(client.engine.scopes).toEqual(['one', 'three'])
    await client.sync()
    expect(await client.contents()).toEqual({})
    expect(new Set(client.wire.pulls.map(({ scope }) => scope))).toContain('three')
  })

  test('a new one is read from its beginning; the others go on where they are (R9)', async () => {
    const lab = createLab()
    const writer = await lab.client({ scopes: ['one', 'two'] })
    await writer.save('a', { n: 1 }, { scope: 'one' })
    await writer.save('b', { n: 1 }, { scope: 'two' })
    await writer.sync()
    const client = await lab.client({ scopes: ['one'] })
    await client.sync()
    await client.engine.setScopes(['one', 'two'])
    client.wire.pulls.length = 0
    await client.sync()
    expect(await client.contents()).toEqual({ a: { n: 1 }, b: { n: 1 } })
    const fromNothing = client.wire.pulls.filter(({ cursor }) => cursor === null).map(({ scope }) => scope)
    expect(new Set(fromNothing)).toEqual(new Set(['two']))
  })

  test('one that is dropped and comes back before it was left has all of its records again (R9, I4)', async () => {
    const lab = createLab()
    const client = await lab.client({ scopes: ['one', 'two'] })
    await client.save('kept', { n: 1 }, { scope: 'two' })
    await client.sync()
    await client.sync()
    await client.save('last', { n: 1 }, { scope: 'two' })
    await client.engine.setScopes(['one'])
    await client.engine.setScopes(['one', 'two'])
    await client.sync()
    await client.sync()
    expect(await client.contents()).toEqual({ kept: { n: 1 }, last: { n: 1 } })
  })

  test('one that comes back with a restart before it was left has all of its records again (R9, I4)', async () => {
    const lab = createLab()
    const client = await lab.client({ scopes: ['one', 'two'] })
    await client.save('kept', { n: 1 }, { scope: 'two' })
    await client.sync()
    await client.sync()
    await client.save('last', { n: 1 }, { scope: 'two' })
    await client.engine.setScopes(['one'])
    await client.restart()
    await client.sync()
    await client.sync()
    expect(await client.contents()).toEqual({ kept: { n: 1 }, last: { n: 1 } })
  })

  test('SCOPE_REVOKED removes clean records and parks what is unsent; a bare FORBIDDEN removes nothing (R6)', async () => {
    const lab = createLab()
    const client = await lab.client({ scopes: ['one', 'two'] })
    for (const scope of ['one', 'two']) await client.save(`clean-${scope}`, { n: 1 }, { scope })
    await client.sync()
    await client.save('unsent', { n: 1 }, { scope: 'two' })
    const refusing = (code: 'FORBIDDEN' | 'SCOPE_REVOKED') => {
      const refuse = <T>({ scope }: { readonly scope: string }, through: () => Promise<T>): Promise<T> =>
        scope === 'two' ? Promise.reject(new SyncError(code, 'no')) : through()
      client.wire.pull = refuse
      client.wire.push = refuse
    }
    refusing('FORBIDDEN')
    await expect(client.sync()).rejects.toMatchObject({ code: 'FORBIDDEN' })
    expect(Object.keys(await client.contents())).toHaveLength(3)
    refusing('SCOPE_REVOKED')
    await expect(client.sync()).rejects.toMatchObject({ code: 'SCOPE_REVOKED' })
    expect(Object.keys(await client.contents())).toEqual(['clean-one', 'unsent'])
    expect(await client.lane('unsent')).toBe('parked')
    expect(client.told('mutationParked')).toMatchObject([{ id: 'unsent', code: 'SCOPE_REVOKED' }])
  })

  test('a record whose id another scope holds here is set aside and told, the rest goes on (R5)', async () => {
    const lab = createLab()
    const writer = await lab.client({ scopes: ['two'] })
    await writer.save('same', { from: 'two' })
    await writer.save('other', { from: 'two' })
    await writer.sync()
    const client = await lab.client({ scopes: ['one', 'two'] })
    await client.save('same', { from: 'one' }, { scope: 'one' })
    await client.sync()
    expect(await client.contents()).toEqual({ same: { from: 'one' }, other: { from: 'two' } })
    expect(lab.contents('one')).toEqual({ same: { from: 'one' } })
    expect(client.told('error')).toMatchObject([{ id: 'same', error: { code: 'ID_COLLISION' } }])
  })

  test('one that fails holds up no other, and sync() says so (W19, W20)', async () => {
    const lab = createLab()
    const client = await lab.client({ scopes: ['one', 'two'] })
    for (const scope of ['one', 'two']) await client.save(scope, { n: 1 }, { scope })
    client.wire.pull = ({ scope }, through) =>
      scope === 'one' ? Promise.reject(new SyncError('BACKEND_FAILED', 'no')) : through()
    await expect(client.sync()).rejects.toMatchObject({ code: 'BACKEND_FAILED' })
    expect(lab.contents('two')).toEqual({ two: { n: 1 } })
  })
})
