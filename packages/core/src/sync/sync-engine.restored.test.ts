import { describe, expect, test } from 'vitest'
import { SyncError } from '../errors/sync-error.ts'
import type { Change, PushRequest, PushResponse } from '../protocol/messages.ts'
import { createLab } from '../testing/engine-lab.ts'
import type { LabClient } from '../testing/lab-client.ts'

/** A push whose answer never comes. */
async function unheard(_request: PushRequest, through: () => Promise<PushResponse>): Promise<PushResponse> {
  await through()
  throw new SyncError('NETWORK', 'The answer was lost.')
}

/** The owner of the backend refuses everything. */
async function refusing({ mutations }: PushRequest): Promise<PushResponse> {
  const no = { status: 'rejected', code: 'FORBIDDEN', reason: 'No.' } as const
  return { results: mutations.map(({ id }) => ({ id, ...no })), serverTime: null }
}

/** One whole round, whatever comes of it. */
async function tried(client: LabClient): Promise<void> {
  await client.sync().catch(() => undefined)
}

describe('a restore that nobody told of', () => {
  test('is noticed where the feed was late in showing what was acknowledged, and it was there until then (R10)', async () => {
    const lab = createLab()
    const client = await lab.client()
    await client.sync()
    const backup = lab.backend.backup()
    await client.save('a', { n: 1 })
    await client.sync()
    // As behind a commit that is not visible yet, or at a replica that lags.
    client.wire.pull = async ({ cursor }, through) => ({ ...(await through()), changes: [], cursor: cursor! })
    await client.sync()
    delete client.wire.pull
    lab.backend.restore(backup, { unnoticed: true })
    await client.sync()
    expect(lab.contents()).toEqual({ a: { n: 1 } })
  })

  test('is noticed where a snapshot had not shown what was acknowledged, and it was there when it was looked up (R10, R2)', async () => {
    const lab = createLab()
    const client = await lab.client()
    await client.sync()
    await client.save('a', { n: 1 })
    client.wire.push = () => Promise.reject(new SyncError('NETWORK', 'down'))
    await tried(client)
    delete client.wire.push
    lab.backend.restore(lab.backend.backup())
    const backup = lab.backend.backup()
    await client.sync()
    expect(lab.contents()).toEqual({ a: { n: 1 } })
    lab.backend.restore(backup, { unnoticed: true })
    await client.sync()
    await client.sync()
    expect(lab.contents()).toEqual({ a: { n: 1 } })
  })

  test('is noticed where what was acknowledged is looked up, and an older delete is there (R10, R2)', async () => {
    const lab = createLab()
    const [client, other] = [await lab.client(), await lab.client()] as const
    await client.save('a', { n: 1 })
    await client.sync()
    await other.sync()
    await other.remove('a')
    await other.sync()
    await client.save('a', { n: 2 })
    client.wire.push = () => Promise.reject(new SyncError('NETWORK', 'down'))
    await tried(client)
    delete client.wire.push
    lab.backend.restore(lab.backend.backup())
    const backup = lab.backend.backup()
    client.wire.fetch = (_request, through) => {
      delete client.wire.fetch
      lab.backend.restore(backup, { unnoticed: true })
      return through()
    }
    await client.sync()
    expect(lab.contents()).toEqual({})
    await client.sync()
    expect(lab.contents()).toEqual({ a: { n: 2 } })
    expect(await client.contents()).toEqual(lab.contents())
  })

  test('is noticed where another has put its own in the place of the last that was acknowledged (R10, R3)', async () => {
    const lab = createLab()
    const [client, other] = [await lab.client(), await lab.client()] as const
    for (const each of [client, other]) await each.sync()
    const backup = lab.backend.backup()
    for (const id of ['a', 'b', 'c']) await client.save(id, { n: 1 })
    await client.sync()
    lab.backend.restore(backup, { unnoticed: true })
    await other.save('c', { of: 'other' })
    await other.sync()
    await client.sync()
    await client.sync()
    expect(lab.contents()).toEqual({ a: { n: 1 }, b: { n: 1 }, c: { of: 'other' } })
    expect(await client.contents()).toEqual(lab.contents())
  })

  test('is noticed where another has put its own in the place of what is looked up (R10, R3)', async () => {
    const lab = createLab()
    const [client, other] = [await lab.client(), await lab.client()] as const
    for (const each of [client, other]) await each.sync()
    const backup = lab.backend.backup()
    for (const id of ['a', 'b', 'c']) await client.save(id, { n: 1 })
    await client.sync()
    lab.backend.restore(backup, { unnoticed: true })
    await other.save('c', { of: 'other' })
    await other.sync()
    // The feed is held back behind a commit that is under way.
    client.wire.pull = async ({ cursor }, through) =>
      cursor === null ? through() : { ...(await through()), changes: [], cursor }
    await client.sync()
    expect(client.told('recovered').map(({ id }) => id)).toEqual(['a', 'b'])
  })

  test('is noticed by one who deleted, where another has sent again all but that (R10, I1)', async () => {
    const lab = createLab()
    const [client, other] = [await lab.client(), await lab.client()] as const
    await other.save('a', { n: 1 })
    await other.sync()
    for (const each of [client, other]) await each.sync()
    const backup = lab.backend.backup()
    await client.remove('a')
    await client.save('b', { n: 1 })
    await client.sync()
    await other.sync()
    lab.backend.restore(backup, { unnoticed: true })
    await other.save('b', { n: 1 })
    await other.sync()
    await client.sync()
    expect(await client.contents()).toEqual(lab.contents())
  })

  test.each([
    ['the feed shows', true],
    ['is looked up', false],
  ])(
    'is noticed where another has sent again what %s, though the cursor is from before (R10, I1)',
    async (_how, isShown) => {
      const lab = createLab()
      const [client, other] = [await lab.client(), await lab.client()] as const
      await other.save('a', { n: 1 })
      await other.sync()
      const backup = lab.backend.backup()
      // Its delete is under way: the feed has nothing of it, and lets the cursor pass where it was.
      client.wire.pull = async (_request, through) => ({ ...(await through()), changes: [] })
      await client.sync()
      const behind: LabClient['wire']['pull'] = async ({ cursor }, through) =>
        cursor === null ? through() : { ...(await through()), changes: [], cursor }
      client.wire.pull = behind
      await other.remove('a')
      await other.sync()
      await client.save('b', { n: 1 })
      await client.sync()
      await other.sync()
      lab.backend.restore(backup, { unnoticed: true })
      await other.save('c', { n: 1 })
      await other.sync()
      if (isShown) delete client.wire.pull
      await client.sync()
      expect(await client.contents()).toEqual({ a: { n: 1 }, b: { n: 1 }, c: { n: 1 } })
      expect(lab.contents()).toEqual(await client.contents())
    },
  )

  test('is not suspected where a replica shows what was deleted since, which stays deleted (R10, I6)', async () => {
    const lab = createLab()
    const [client, other] = [await lab.client(), await lab.client()] as const
    await client.save('a', { n: 1 })
    await client.sync()
    const shown: Change[] = []
    other.wire.pull = async (_request, through) => {
      const page = await through()
      shown.push(...page.changes)
      return page
    }
    await other.sync()
    expect(shown).toMatchObject([{ id: 'a', kind: 'put' }])
    // From a replica that has not come as far as the delete.
    client.wire.pull = async ({ cursor }, through) =>
      cursor === null ? through() : { ...(await through()), changes: shown, cursor }
    await client.remove('a')
    await client.sync()
    await client.sync()
    expect(await client.contents()).toEqual({})
    expect(client.told('recovered')).toEqual([])
  })

  test('is not suspected, and one record looked up, where the feed is late in showing what all is there (R10)', async () => {
    const lab = createLab()
    const client = await lab.client()
    await client.sync()
    for (const id of ['a', 'b', 'c']) await client.save(id, { n: 1 })
    await client.sync()
    const fetched: string[] = []
    client.wire.fetch = ({ ids }, through) => (fetched.push(...ids), through())
    client.wire.pull = async ({ cursor }, through) => ({ ...(await through()), changes: [], cursor: cursor! })
    await client.sync()
    delete client.wire.pull
    await client.sync()
    await client.sync()
    expect(fetched).toEqual(['c'])
    expect(client.told('recovered')).toEqual([])
  })

  test('is noticed before many pushes that the feed does not show, of which not all is remembered (R10, I7)', async () => {
    const lab = createLab()
    const client = await lab.client()
    await client.sync()
    const backup = lab.backend.backup()
    client.wire.pull = () => Promise.reject(new SyncError('NETWORK', 'down'))
    for (const id of ['a', 'b']) await client.save(id, { n: 1 })
    await tried(client)
    lab.backend.restore(backup, { unnoticed: true })
    await client.change(Object.fromEntries(Array.from({ length: 1_200 }, (_, n) => [`r${n}`, () => ({ n })])))
    await tried(client)
    const entry = await client.store.entry('acknowledged:default')
    expect((JSON.parse(entry!.value) as readonly unknown[]).flat()).toHaveLength(1_001)
    delete client.wire.pull
    await client.sync()
    expect(client.told('recovered').map(({ id }) => id)).toEqual(['a', 'b'])
    expect(lab.contents()).toEqual(await client.contents())
  })

  test('is noticed where a snapshot had shown what was acknowledged, and the feed goes on from before it (R10, R4)', async () => {
    const lab = createLab()
    const [client, other] = [await lab.client(), await lab.client()] as const
    await other.sync()
    const backup = lab.backend.backup()
    client.wire.pull = ({ limit }, through) =>
      limit === 0 ? through() : Promise.reject(new SyncError('NETWORK', 'down'))
    await client.save('a', { n: 1 })
    await tried(client)
    expect(lab.contents()).toEqual({ a: { n: 1 } })
    client.wire.pull = ({ cursor }, through) => {
      if (cursor === null) return through()
      delete client.wire.pull
      lab.backend.restore(backup, { unnoticed: true })
      return through()
    }
    await client.sync()
    await client.sync()
    expect(lab.contents()).toEqual({ a: { n: 1 } })
    expect(await client.contents()).toEqual(lab.contents())
  })

  test('is noticed by a conflict that shows nothing of what was acknowledged (R10, R3)', async () => {
    const lab = createLab()
    const client = await lab.client({ strategy: 'serverWins' })
    await client.sync()
    const backup = lab.backend.backup()
    await client.save('a', { n: 1 })
    await client.save('b', { n: 1 })
    await client.sync()
    await client.save('b', { n: 2 })
    lab.backend.restore(backup, { unnoticed: true })
    client.wire.pull = () => Promise.reject(new SyncError('NETWORK', 'down'))
    await tried(client)
    delete client.wire.pull
    await client.restart()
    await client.sync()
    // Nobody deleted b, so that no strategy may take the edit away.
    expect(lab.contents()).toEqual({ a: { n: 1 }, b: { n: 2 } })
    expect(await client.contents()).toEqual(lab.contents())
  })

  test('is noticed by a conflict with an older state than the mutation was made on (R10, R3)', async () => {
    const lab = createLab()
    const client = await lab.client()
    await client.save('b', { n: 1 })
    await client.sync()
    await client.sync()
    const backup = lab.backend.backup()
    await client.save('a', { n: 1 })
    await client.save('b', { n: 2 })
    await client.sync()
    await client.save('b', { n: 2, x: 1 })
    lab.backend.restore(backup, { unnoticed: true })
    client.wire.pull = () => Promise.reject(new SyncError('NETWORK', 'down'))
    await tried(client)
    delete client.wire.pull
    await client.sync()
    expect(lab.contents()).toEqual({ a: { n: 1 }, b: { n: 2, x: 1 } })
  })

  test('is noticed behind a purge that hides it, where an older state is left (R10, R3)', async () => {
    const lab = createLab()
    const client = await lab.client()
    for (const id of ['a', 'b']) await client.save(id, { n: 1 })
    await client.sync()
    await client.sync()
    await client.remove('b')
    client.wire.pull = () => Promise.reject(new SyncError('NETWORK', 'down'))
    await tried(client)
    const backup = lab.backend.backup()
    await client.save('a', { n: 2 })
    await tried(client)
    delete client.wire.pull
    lab.backend.restore(backup, { unnoticed: true })
    await lab.time.advance(1)
    await lab.backend.adapter().purge!({ scope: 'default', before: lab.time.clock.now() })
    await client.sync()
    expect(lab.contents()).toEqual({ a: { n: 2 } })
    expect(await client.contents()).toEqual(lab.contents())
  })

  test.each([
    ['before the mutation was made', false],
    ['while it was in flight', true],
  ])('is not suspected where a tombstone was heard of %s, and purged (R10, I5)', async (_when, inFlight) => {
    const lab = createLab()
    const client = await lab.client()
    const other = await lab.client()
    for (const id of ['a', 'b']) await client.save(id, { n: 1 })
    await client.sync()
    await other.sync()
    await client.save('a', { n: 2 })
    client.wire.push = () => Promise.reject(new SyncError('NETWORK', 'down'))
    if (inFlight) await tried(client)
    await other.remove('a')
    await other.sync()
    await tried(client)
    delete client.wire.push
    await lab.time.advance(1)
    await lab.backend.adapter().purge!({ scope: 'default', before: lab.time.clock.now() })
    const snapshots = client.wire.pulls.length
    await client.sync()
    expect(lab.contents()).toEqual({ a: { n: 2 }, b: { n: 1 } })
    expect(client.wire.pulls.slice(snapshots).filter(({ cursor }) => cursor === null)).toEqual([])
  })
})

describe('a record in flight during a resync', () => {
  test('that was deleted before its answer was known is gone (I1, R2)', async () => {
    const lab = createLab()
    const client = await lab.client()
    const other = await lab.client()
    await client.save('a', { n: 1 })
    client.wire.push = unheard
    await tried(client)
    await other.sync()
    await other.remove('a')
    await other.sync()
    lab.backend.restore(lab.backend.backup())
    delete client.wire.push
    await client.sync()
    await client.sync()
    expect(await client.contents()).toEqual({})
    expect(await client.lane('a')).toBe('absent')
  })

  test('is still there where nobody deleted it, and is looked up once (R2)', async () => {
    const lab = createLab()
    const client = await lab.client()
    await client.save('a', { n: 1 })
    client.wire.push = () => Promise.reject(new SyncError('NETWORK', 'down'))
    await tried(client)
    lab.backend.restore(lab.backend.backup())
    delete client.wire.push
    let fetches = 0
    client.wire.fetch = (_request, through) => ((fetches += 1), through())
    for (let round = 0; round < 3; round += 1) await client.sync()
    expect(lab.contents()).toEqual({ a: { n: 1 } })
    expect(await client.contents()).toEqual(lab.contents())
    expect(fetches).toBe(1)
  })

  test('whose change is then refused, and discarded, is no longer what the backend lost (I1, R3)', async () => {
    const lab = createLab()
    const client = await lab.client()
    const backup = lab.backend.backup()
    await client.save('a', { n: 1 })
    await client.sync()
    await client.save('a', { n: 2 })
    client.wire.push = () => Promise.reject(new SyncError('NETWORK', 'down'))
    await tried(client)
    lab.backend.restore(backup)
    client.wire.push = refusing
    await client.sync()
    delete client.wire.push
    expect(await client.lane('a')).toBe('parked')
    await client.discard('a')
    await client.sync()
    expect(await client.contents()).toEqual(lab.contents())
  })

  test('whose change is then refused is parked on the older state that the backend is left with (I1, R3)', async () => {
    const lab = createLab()
    const client = await lab.client()
    await client.save('a', { n: 1 })
    await client.sync()
    const backup = lab.backend.backup()
    await client.save('a', { n: 2 })
    await client.sync()
    await client.save('a', { n: 3 })
    client.wire.push = () => Promise.reject(new SyncError('NETWORK', 'down'))
    await tried(client)
    lab.backend.restore(backup)
    client.wire.push = refusing
    await client.sync()
    delete client.wire.push
    expect(await client.lane('a')).toBe('parked')
    await client.discard('a')
    expect(await client.contents()).toEqual({ a: { n: 1 } })
    await client.sync()
    expect(await client.contents()).toEqual(lab.contents())
  })
})
