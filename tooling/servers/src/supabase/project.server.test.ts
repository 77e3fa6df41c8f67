/** The project that tests of Supabase use, asked by the official client. */
import { createClient, type SupabaseClient } from '@supabase/supabase-js'
import pg from 'pg'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import WebSocket from 'ws'
import { type SupabaseProject, supabaseProject } from '../index.ts'

const ADA = '11111111-1111-4111-8111-111111111111'
const BOB = '22222222-2222-4222-8222-222222222222'

const project: SupabaseProject = await supabaseProject()
let owner: pg.Client
const clients: SupabaseClient[] = []

beforeAll(async () => {
  owner = new pg.Client({ connectionString: project.databaseUrl })
  await owner.connect()
  await project.migrate(`
    DROP TABLE IF EXISTS public.note;
    CREATE TABLE public.note (id serial PRIMARY KEY, owner uuid NOT NULL DEFAULT auth.uid(), text text);
    ALTER TABLE public.note ENABLE ROW LEVEL SECURITY;
    CREATE POLICY own ON public.note TO authenticated USING (owner = auth.uid()) WITH CHECK (owner = auth.uid());
    CREATE OR REPLACE FUNCTION public.slow() RETURNS void LANGUAGE sql AS 'SELECT pg_sleep(60)';
    DROP POLICY IF EXISTS own ON realtime.messages;
    CREATE POLICY own ON realtime.messages FOR SELECT TO authenticated
      USING (realtime.topic() = 'user:' || auth.uid());
  `)
})

afterEach(async () => {
  project.setFault(null)
  project.realtime.setOff(false)
  await Promise.all(clients.splice(0).map((client) => client.removeAllChannels()))
})

afterAll(async () => {
  await owner?.end()
  await project.close()
})

function clientOf(claims: Record<string, unknown> | null): SupabaseClient {
  const token = claims === null ? {} : { accessToken: async () => project.userToken(claims) }
  const realtime = { transport: WebSocket as never }
  const client = createClient(project.url, project.anonKey, { realtime, ...token })
  clients.push(client)
  return client
}

describe('rest', () => {
  test('row-level security holds: each sees what is theirs, and anonymous users nothing', async () => {
    expect((await clientOf({ sub: ADA }).from('note').insert({ text: 'mine' })).status).toBe(201)
    expect((await clientOf({ sub: ADA }).from('note').select('text')).data).toEqual([{ text: 'mine' }])
    expect((await clientOf({ sub: BOB }).from('note').select('text')).data).toEqual([])
    expect((await clientOf(null).from('note').select('text')).data).toEqual([])
  })

  test('a token that has expired, or is forged, is 401', async () => {
    const old = await clientOf({ sub: ADA, exp: 1 }).from('note').select()
    expect([old.status, old.error?.code]).toEqual([401, 'PGRST301'])
    const forged = createClient(project.url, project.anonKey, {
      realtime: { transport: WebSocket as never },
      accessToken: async () => `${project.userToken({ sub: ADA }).slice(0, -4)}AAAA`,
    })
    expect((await forged.from('note').select()).status).toBe(401)
  })

  test('statements have as long as those of a project have', { timeout: 20_000 }, async () => {
    const slow = await clientOf(null).rpc('slow')
    expect(slow.error?.code).toBe('57014')
  })

  test('faults come instead of answers, or after the request was carried out', async () => {
    project.setFault(() => ({ status: 429, headers: { 'retry-after': '7' } }))
    expect((await clientOf({ sub: ADA }).from('note').select()).status).toBe(429)
    project.setFault(({ method }) => (method === 'POST' ? { status: 0, isPassed: true } : null))
    expect((await clientOf({ sub: BOB }).from('note').insert({ text: 'unheard' })).status).toBe(0)
    expect((await clientOf({ sub: BOB }).from('note').select('text')).data).toEqual([{ text: 'unheard' }])
  })
})

describe('realtime', () => {
  /** The statuses of a channel as they come, and what is broadcast. */
  function follow(client: SupabaseClient, topic: string): { statuses: string[]; heard: unknown[] } {
    const seen = { statuses: [] as string[], heard: [] as unknown[] }
    client
      .channel(topic, { config: { private: true } })
      .on('broadcast', { event: 'change' }, ({ payload }) => seen.heard.push(payload))
      .subscribe((status, error) =>
        seen.statuses.push(error === undefined ? status : `${status}: ${error.message}`),
      )
    return seen
  }
  const send = (topic: string, payload: unknown): Promise<unknown> =>
    owner.query(`SELECT realtime.send($1, 'change', $2, true)`, [payload, topic])

  test('what the database sends comes to those who may read the topic, and to no others', async () => {
    const [ada, bob] = [clientOf({ sub: ADA }), clientOf({ sub: BOB })]
    await Promise.all([ada.realtime.setAuth(), bob.realtime.setAuth()])
    const own = follow(ada, `user:${ADA}`)
    const foreign = follow(bob, `user:${ADA}`)
    await expect.poll(() => own.statuses).toEqual(['SUBSCRIBED'])
    await expect
      .poll(() => foreign.statuses[0])
      .toMatch(/^CHANNEL_ERROR: Unauthorized: You do not have permissions/)
    await send(`user:${ADA}`, { head: '1' })
    await expect.poll(() => own.heard).toMatchObject([{ head: '1' }])
    expect(foreign.heard).toEqual([])
  })

  test('a transaction that is rolled back is told to nobody', async () => {
    const ada = clientOf({ sub: ADA })
    await ada.realtime.setAuth()
    const own = follow(ada, `user:${ADA}`)
    await expect.poll(() => own.statuses).toEqual(['SUBSCRIBED'])
    await owner.query('BEGIN')
    await send(`user:${ADA}`, { head: '2' })
    await owner.query('ROLLBACK')
    await send(`user:${ADA}`, { head: '3' })
    await expect.poll(() => own.heard).toEqual([expect.objectContaining({ head: '3' })])
  })

  test('a channel ends with the token of who joined it', async () => {
    const ada = clientOf({ sub: ADA, exp: Math.ceil(Date.now() / 1_000) + 5 })
    await ada.realtime.setAuth()
    const own = follow(ada, `user:${ADA}`)
    await expect.poll(() => own.statuses).toEqual(['SUBSCRIBED', 'CLOSED'])
  })

  test('switched off, nobody comes in; on again, clients come back by themselves', async () => {
    const ada = clientOf({ sub: ADA })
    await ada.realtime.setAuth()
    const own = follow(ada, `user:${ADA}`)
    await expect.poll(() => own.statuses).toEqual(['SUBSCRIBED'])
    project.realtime.setOff(true)
    await expect.poll(() => own.statuses.at(-1)).toMatch(/^CHANNEL_ERROR/)
    expect(project.realtime.connections()).toBe(0)
    project.realtime.setOff(false)
    await expect.poll(() => own.statuses.at(-1), { timeout: 20_000 }).toBe('SUBSCRIBED')
  })
})
