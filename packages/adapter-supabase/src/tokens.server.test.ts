/** Tokens that expire while there is something to send. */
import { createSyncLayer } from '@synclayer/core'
import { afterAll, beforeEach, expect, onTestFinished, test } from 'vitest'
import { supabaseAdapter } from './supabase-adapter.ts'
import { openProject } from './testing/open-project.ts'
import { codeOf, openAdapter, pull, push, put } from './testing/requests.ts'

const project = await openProject()
afterAll(() => project.close())
beforeEach(() => project.clear())

const ADA = '11111111-1111-4111-8111-111111111111'
const SCOPE = `user:${ADA}`
const fresh = (): string => project.userToken({ sub: ADA })
const expired = (): string => project.userToken({ sub: ADA, exp: 1 })

test('a token that is refused is asked for once more, and the call goes on', async () => {
  const tokens = [expired()]
  const asked: number[] = []
  const client = project.clientWithToken(async () => {
    asked.push(asked.length)
    return tokens.shift() ?? fresh()
  })
  const adapter = await openAdapter({ client, realtime: false })
  expect(await push(adapter, SCOPE, [put('a', 1)])).toMatchObject([{ status: 'accepted' }])
})

test('without another one it is UNAUTHENTICATED, and nothing is lost', async () => {
  let token = fresh()
  const adapter = await openAdapter({ client: project.clientWithToken(async () => token), realtime: false })
  token = expired()
  expect(await codeOf(push(adapter, SCOPE, [put('a', 1)]))).toBe('UNAUTHENTICATED')
  token = fresh()
  expect(await push(adapter, SCOPE, [put('a', 1)])).toMatchObject([{ status: 'accepted' }])
  expect((await pull(adapter, SCOPE)).changes).toHaveLength(1)
})

test('a client waits for a new token with all it has, then sends it', { timeout: 30_000 }, async () => {
  let token = fresh()
  const db = await createSyncLayer({
    adapter: supabaseAdapter({ client: project.clientWithToken(async () => token), realtime: false }),
    collections: ['todos'],
    scopes: [SCOPE],
    logger: { log: () => undefined },
    sync: { interval: '1h', retry: { base: 20, max: 100 } },
  })
  onTestFinished(() => db.close())
  await db.sync()
  token = expired()
  const todos = db.collection('todos')
  await todos.saveAll([{ id: 'a' }, { id: 'b' }])
  await expect.poll(() => db.status.phase).toBe('needsAuth')
  await todos.save({ id: 'c' })
  expect(await db.outbox.list()).toHaveLength(3)
  token = fresh()
  await expect.poll(async () => (await db.outbox.list()).length).toBe(0)
  const reader = await openAdapter({ client: project.client({ sub: ADA }), realtime: false })
  expect((await pull(reader, SCOPE)).changes.map(({ id }) => id).toSorted()).toEqual(['a', 'b', 'c'])
})

test('who signs out in the middle loses nothing either', async () => {
  let token: string | null = fresh()
  const adapter = await openAdapter({ client: project.clientWithToken(async () => token), realtime: false })
  token = null
  expect(await codeOf(push(adapter, SCOPE, [put('a', 1)]))).toBe('UNAUTHENTICATED')
  token = fresh()
  expect(await push(adapter, SCOPE, [put('a', 1)])).toMatchObject([{ status: 'accepted' }])
})
