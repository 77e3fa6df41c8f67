/** Wake-ups through the stand-in for Realtime, by the official client. */
import { createSyncLayer } from '@synclayer/core'
import { type BackendAdapter, isSyncError, type SyncError } from '@synclayer/core/adapter'
import { afterAll, afterEach, beforeEach, describe, expect, onTestFinished, test } from 'vitest'
import { supabaseAdapter } from '../supabase-adapter.ts'
import { openProject } from '../testing/open-project.ts'
import { codeOf, COLLECTIONS, openAdapter, pull, push, put } from '../testing/requests.ts'

const project = await openProject()
afterAll(() => project.close())
beforeEach(() => project.clear())
afterEach(() => project.realtime.setOff(false))

const ADA = '11111111-1111-4111-8111-111111111111'
const BOB = '22222222-2222-4222-8222-222222222222'
const SCOPE = `user:${ADA}`
const as = (sub: string, more: object = {}): Promise<BackendAdapter> =>
  openAdapter({ client: project.client({ sub, ...more }) })

interface Following {
  readonly wakes: number[]
  readonly lost: SyncError[]
  readonly close: () => Promise<void>
}

/** Follows from the head; the times of wakes are told. */
async function follow(adapter: BackendAdapter, scope = SCOPE): Promise<Following> {
  const { cursor } = await pull(adapter, scope)
  const following = { wakes: [] as number[], lost: [] as SyncError[] }
  const { close } = await adapter.subscribe!(
    { scope, collections: COLLECTIONS, cursor },
    () => following.wakes.push(performance.now()),
    (error) => following.lost.push(error),
  )
  return { ...following, close }
}

describe('a channel', () => {
  test('wakes after a commit, whoever made it', async () => {
    const reader = await as(ADA)
    const writer = await openAdapter({ client: project.client({ sub: ADA }), realtime: false })
    const { wakes } = await follow(reader)
    const sent = performance.now()
    await push(writer, SCOPE, [put('a', 1)])
    await expect.poll(() => wakes.length).toBe(1)
    process.stdout.write(`woken ${(wakes[0]! - sent).toFixed(0)} ms after the push began\n`)
  })

  test('is told of changes of other programs that wait to be given a position', async () => {
    const { wakes } = await follow(await as(ADA))
    await project.owner.query(
      `INSERT INTO synclayer.inbox (scope, collection, id) VALUES ($1, 'todos', 'x')`,
      [SCOPE],
    )
    await expect.poll(() => wakes.length).toBe(1)
  })

  test('of another’s scope is refused', async () => {
    expect(await codeOf(follow(await as(BOB), `user:${BOB}`).then(() => 'joined'))).toBe('joined')
    const bob = await as(BOB)
    const request = { scope: SCOPE, collections: COLLECTIONS, cursor: null }
    const refused = bob.subscribe!(
      request,
      () => undefined,
      () => undefined,
    )
    expect(await codeOf(refused)).toBe('FORBIDDEN')
  })

  test('is shared by who follow the same scope, and left by the last of them', async () => {
    const reader = await as(ADA)
    const [one, other] = [await follow(reader), await follow(reader)]
    await push(reader, SCOPE, [put('a', 1)])
    await expect.poll(() => [one.wakes.length, other.wakes.length]).toEqual([1, 1])
    await one.close()
    await push(reader, SCOPE, [put('b', 2)])
    await expect.poll(() => other.wakes.length).toBe(2)
    expect(one.wakes).toHaveLength(1)
    await other.close()
    const again = await follow(reader)
    await push(reader, SCOPE, [put('c', 3)])
    await expect.poll(() => again.wakes.length).toBe(1)
    expect(other.wakes).toHaveLength(2)
  })

  test('that the client has for something else is not touched', async () => {
    const client = project.client({ sub: ADA })
    client.channel(`sl:${SCOPE}`)
    expect(await codeOf(follow(await openAdapter({ client })))).toBe('NOT_SUPPORTED')
    expect(client.getChannels()).toHaveLength(1)
  })

  test('that breaks is told once, and can be joined again', async () => {
    const reader = await as(ADA)
    const { lost } = await follow(reader)
    project.realtime.cutOff()
    await expect.poll(() => lost.length).toBe(1)
    expect(isSyncError(lost[0], 'NETWORK')).toBe(true)
    const { wakes } = await follow(reader)
    await push(reader, SCOPE, [put('a', 1)])
    await expect.poll(() => wakes.length).toBe(1)
    expect(lost).toHaveLength(1)
  })

  test('ends with the token of who joined it', async () => {
    const { lost } = await follow(await as(ADA, { exp: Math.ceil(Date.now() / 1_000) + 5 }))
    await expect.poll(() => lost.length).toBe(1)
    expect(lost[0]).toMatchObject({ retryable: true })
  })

  test('closing the adapter leaves it without a word', async () => {
    const client = project.client({ sub: ADA })
    const adapter = await openAdapter({ client })
    const { lost } = await follow(adapter)
    await adapter.close()
    expect(client.getChannels()).toEqual([])
    expect(lost).toEqual([])
  })
})

describe('a client of SyncLayer', () => {
  async function createDb(interval: number): ReturnType<typeof createSyncLayer> {
    const db = await createSyncLayer({
      adapter: supabaseAdapter({ client: project.client({ sub: ADA }) }),
      collections: ['todos'],
      scopes: [SCOPE],
      logger: { log: () => undefined },
      sync: { interval, retry: { base: 50, max: 500 } },
    })
    onTestFinished(() => db.close())
    return db
  }

  test('shows what another wrote, by Realtime alone', async () => {
    const [one, other] = [await createDb(3_600_000), await createDb(3_600_000)]
    await Promise.all([one.sync(), other.sync()])
    await one.collection('todos').save({ id: 'a', text: 'hello' })
    await expect.poll(() => other.collection('todos').get('a')).toEqual({ id: 'a', text: 'hello' })
  })

  test(
    'polls where Realtime is switched off, and follows again once it is on',
    { timeout: 60_000 },
    async () => {
      project.realtime.setOff(true)
      const polling = await createDb(200)
      const waiting = await createDb(3_600_000)
      await Promise.all([polling.sync(), waiting.sync()])
      await polling.collection('todos').save({ id: 'a' })
      await polling.sync()
      const writer = await openAdapter({ client: project.client({ sub: ADA }), realtime: false })
      await push(writer, SCOPE, [put('b', 1)])
      await expect.poll(() => polling.collection('todos').get('b')).toEqual({ id: 'b' })
      expect(await waiting.collection('todos').get('b')).toBeUndefined()
      project.realtime.setOff(false)
      await expect.poll(() => waiting.collection('todos').get('b'), { timeout: 30_000 }).toEqual({ id: 'b' })
    },
  )
})
