/** Functions that run as their owner see everything: so each is held to what the caller may see. */
import type { BackendAdapter } from '@synclayer/core/adapter'
import { afterAll, beforeEach, describe, expect, test } from 'vitest'
import { openProject } from './testing/open-project.ts'
import { codeOf, openAdapter, pull, push, put, SIGNAL } from './testing/requests.ts'

const project = await openProject()
afterAll(() => project.close())
beforeEach(() => project.clear())

const ADA = '11111111-1111-4111-8111-111111111111'
const BOB = '22222222-2222-4222-8222-222222222222'
const [ADAS, BOBS] = [`user:${ADA}`, `user:${BOB}`]

const as = (sub: string): Promise<BackendAdapter> => openAdapter({ client: project.client({ sub }) })
const operator = (): Promise<BackendAdapter> =>
  openAdapter({ url: project.url, key: project.serviceRoleKey, realtime: false })

/** Every call that names a scope. */
async function calls(
  adapter: BackendAdapter,
  scope: string,
): Promise<readonly (readonly [string, () => Promise<unknown>])[]> {
  const { epoch, cursor } = await pull(await operator(), scope)
  const request = { scope, clientId: 'c', settled: 0, epoch, cursor, mutations: [put('hostile', 1)] }
  return [
    ['push', () => adapter.push(request, SIGNAL)],
    ['pull from nothing', () => pull(adapter, scope)],
    ['pull from a cursor', () => pull(adapter, scope, cursor)],
    ['fetch', () => adapter.fetch({ scope, collection: 'todos', ids: ['secret'] }, SIGNAL)],
    [
      'subscribe',
      () =>
        adapter.subscribe!(
          { scope, collections: [{ name: 'todos' }], cursor: null },
          () => undefined,
          () => undefined,
        ),
    ],
    ['purge', () => adapter.purge!({ scope, before: Date.now() })],
  ]
}

describe('without a word of the project', () => {
  test('a user has the scope of their own, and no other', async () => {
    const [ada, bob] = [await as(ADA), await as(BOB)]
    expect(await push(ada, ADAS, [put('secret', 1)])).toMatchObject([{ status: 'accepted' }])
    for (const [name, call] of await calls(bob, ADAS))
      expect([name, await codeOf(call())]).toEqual([name, 'FORBIDDEN'])
    expect((await pull(ada, ADAS)).changes.map((change) => change.id)).toEqual(['secret'])
    expect((await pull(bob, BOBS)).changes).toEqual([])
  })

  test('who is not signed in has nothing, and is told to sign in', async () => {
    await push(await as(ADA), ADAS, [put('secret', 1)])
    const nobody = await openAdapter({ client: project.client(null) })
    for (const scope of [ADAS, 'user:', 'default']) {
      for (const [name, call] of await calls(nobody, scope)) {
        const refusal = name === 'subscribe' ? 'FORBIDDEN' : 'UNAUTHENTICATED'
        expect([name, await codeOf(call())]).toEqual([name, refusal])
      }
    }
  })

  test('upkeep is for who has the secret key', async () => {
    const ada = await as(ADA)
    await push(ada, ADAS, [put('secret', 1)])
    const list = async (adapter: BackendAdapter): Promise<readonly string[]> => {
      const scopes: string[] = []
      for await (const scope of adapter.scopes!()) scopes.push(scope)
      return scopes
    }
    expect(await codeOf(ada.purge!({ scope: ADAS, before: Date.now() }))).toBe('FORBIDDEN')
    expect(await codeOf(list(ada))).toBe('FORBIDDEN')
    const admin = await operator()
    expect(await list(admin)).toEqual([ADAS])
    expect(await admin.purge!({ scope: ADAS, before: Date.now() })).toMatchObject({ tombstones: 0 })
  })

  test('tables and functions of the schema are out of reach', async () => {
    const client = project.client({ sub: ADA })
    for (const schema of ['synclayer', 'realtime', 'auth'])
      expect((await client.schema(schema).from('record').select()).error?.code).toBe('PGRST106')
    const { rows: reachable } = await project.owner.query(`
      SELECT p.oid::regprocedure::text AS routine, r.rolname FROM pg_proc p, pg_roles r
      WHERE p.pronamespace = 'synclayer'::regnamespace AND r.rolname IN ('anon', 'authenticated')
        AND has_function_privilege(r.oid, p.oid, 'EXECUTE')
      UNION ALL SELECT c.oid::regclass::text, r.rolname FROM pg_class c, pg_roles r
      WHERE c.relnamespace = 'synclayer'::regnamespace AND c.relkind = 'r' AND r.rolname IN ('anon', 'authenticated')
        AND (has_table_privilege(r.oid, c.oid, 'SELECT, INSERT, UPDATE, DELETE, TRUNCATE') OR NOT c.relrowsecurity)
      UNION ALL SELECT 'the schema', rolname FROM pg_roles
      WHERE rolname IN ('anon', 'authenticated') AND has_schema_privilege(oid, 'synclayer', 'USAGE')`)
    expect(reachable).toEqual([])
  })

  test('functions that run as their owner look up names nowhere but where they should', async () => {
    const { rows: loose } = await project.owner.query(`
      SELECT p.oid::regprocedure AS routine FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace
      WHERE p.prosecdef AND (n.nspname = 'synclayer' OR p.proname LIKE 'synclayer\\_%')
        AND NOT EXISTS (SELECT FROM unnest(p.proconfig) c WHERE c LIKE 'search_path=%')`)
    expect(loose).toEqual([])
  })
})

test('old deletes go by a call for pg_cron', async () => {
  const ada = await as(ADA)
  const [made] = await push(ada, ADAS, [put('a', 1)])
  const { version } = made as unknown as { readonly version: string }
  const { data: _, ...head } = put('a', 2)
  expect(await push(ada, ADAS, [{ ...head, kind: 'delete', base: version }])).toMatchObject([
    { status: 'accepted' },
  ])
  const stored = (): Promise<unknown> => ada.fetch({ scope: ADAS, collection: 'todos', ids: ['a'] }, SIGNAL)
  await project.owner.query(`CALL synclayer.purge_older('90 days')`)
  expect(await stored()).toMatchObject([{ deleted: true }])
  await project.owner.query(`CALL synclayer.purge_older('-1 minute')`)
  expect(await stored()).toEqual([])
})

describe('hostile requests', () => {
  const scope = ADAS
  test.each<readonly [string, unknown]>([
    ['nothing', {}],
    ['null', { request: null }],
    ['a text', { request: 'x' }],
    ['a list', { request: [] }],
    ['no scope', { request: {} }],
    ['a scope of another kind', { request: { scope: { scope } } }],
    ['a scope as null', { request: { scope: null } }],
    ['a scope that is none', { request: { scope: `${scope}\n` } }],
    ['a scope in a list', { request: { scope: [scope] } }],
    ['nothing else', { request: { scope } }],
    ['a client id of another kind', { request: { scope, clientId: 7, mutations: [] } }],
    ['mutations of another kind', { request: { scope, clientId: 'c', mutations: { id: 'c.1' } } }],
    ['mutations that are none', { request: { scope, clientId: 'c', mutations: [null, 1, 'c.1', ['c.1']] } }],
    [
      'limits and lists of other kinds',
      { request: { scope, limit: '1', collections: 'todos', ids: 'a', collection: 1 } },
    ],
    [
      'fields of another kind',
      { request: { scope, limit: 1, collections: [{ name: 'a', fields: { only: 1 } }, 7] } },
    ],
    ['a time that is none', { request: { scope, before: 'now', after: -1 } }],
  ])('%s: refused, and never a failure', async (_, body) => {
    const client = project.client({ sub: ADA })
    for (const name of ['push', 'pull', 'fetch', 'purge', 'scopes']) {
      const answer: { status: number; data: unknown; error: { code: string } | null } = await client.rpc(
        `synclayer_${name}`,
        body as object,
      )
      const { status, data, error } = answer
      const code = (data as { error?: { code?: unknown } } | null)?.error?.code ?? error?.code
      expect([name, status < 500, code]).toEqual([
        name,
        true,
        expect.stringMatching(/^(PROTOCOL|42501|42883|PGRST202)$/),
      ])
    }
  })

  test('a request cannot say what the database has to believe', async () => {
    const ada = await as(ADA)
    await push(ada, ADAS, [put('a', 1)])
    const { epoch, cursor } = await pull(ada, ADAS)
    const known = { epoch, head: '1000000' }
    const asked = {
      scope: ADAS,
      collections: [{ name: 'todos' }],
      cursor,
      limit: 1,
      known,
      options: { known },
    }
    await project.client({ sub: ADA }).rpc('synclayer_pull', { request: asked, options: { known } })
    await project.client({ sub: ADA }).rpc('synclayer_pull', { request: asked })
    expect((await pull(ada, ADAS)).epoch).toBe(epoch)
  })
})

describe('a team', () => {
  const TEAM = 'team:7'
  beforeEach(async () => {
    await project.migrate(`
      DROP TABLE IF EXISTS public.member;
      CREATE TABLE public.member (team bigint, person uuid, may_write boolean, PRIMARY KEY (team, person));
      ALTER TABLE public.member ENABLE ROW LEVEL SECURITY;
      INSERT INTO public.member VALUES (7, '${ADA}', true), (7, '${BOB}', false);
      CREATE OR REPLACE FUNCTION synclayer.authorize(scope text, action text) RETURNS boolean
      LANGUAGE sql STABLE SET search_path = '' AS $$
        SELECT action IN ('read', 'write') AND (
          scope = 'user:' || auth.uid()
          OR EXISTS (SELECT FROM public.member m
            WHERE scope = 'team:' || m.team AND m.person = auth.uid() AND (action = 'read' OR m.may_write)))
      $$;
    `)
  })

  test('members read, those who may do so write, and others have nothing', async () => {
    const [ada, bob] = [await as(ADA), await as(BOB)]
    expect(await push(ada, TEAM, [put('a', 1)])).toMatchObject([{ status: 'accepted' }])
    expect((await pull(bob, TEAM)).changes).toHaveLength(1)
    expect(await codeOf(push(bob, TEAM, [put('b', 1)]))).toBe('FORBIDDEN')
    await project.owner.query(`DELETE FROM public.member WHERE person = $1`, [BOB])
    expect(await codeOf(pull(bob, TEAM))).toBe('FORBIDDEN')
    expect((await pull(bob, BOBS)).changes).toEqual([])
  })

  test('a migration of SyncLayer leaves the project’s own word as it is', async () => {
    const { migrationSql } = await import('./migration/migration.ts')
    const { apiSql } = await import('./migration/api-sql.ts')
    expect(migrationSql()).toContain(apiSql('"public"'))
    await project.migrate(apiSql('"public"'))
    const ada = await as(ADA)
    expect(await push(ada, TEAM, [put('a', 1)])).toMatchObject([{ status: 'accepted' }])
  })

  test('a scope that the project takes back is SCOPE_REVOKED', async () => {
    const bob = await as(BOB)
    await project.owner.query(`
      CREATE OR REPLACE FUNCTION synclayer.authorize(scope text, action text) RETURNS boolean
      LANGUAGE plpgsql STABLE SET search_path = '' AS $$
      BEGIN
        RAISE SQLSTATE 'PT403' USING MESSAGE = 'No longer a member', DETAIL = 'SCOPE_REVOKED';
      END $$`)
    expect(await codeOf(pull(bob, TEAM))).toBe('SCOPE_REVOKED')
  })

  test('who signs in next by the same client is told apart, in the middle of everything', async () => {
    await project.owner.query(`UPDATE public.member SET may_write = true`)
    let sub = ADA
    const client = project.clientWithToken(async () => project.userToken({ sub }))
    const adapter = await openAdapter({ client, realtime: false })
    const { epoch, cursor } = await pull(adapter, TEAM)
    const request = { scope: TEAM, clientId: 'c', settled: 0, epoch, cursor }
    await adapter.push({ ...request, mutations: [put('a', 1)] }, SIGNAL)
    sub = BOB
    const { results } = await adapter.push({ ...request, mutations: [put('b', 1)] }, SIGNAL)
    expect(results).toMatchObject([{ id: 'c.1', status: 'accepted' }])
  })

  test('nobody answers, or settles, for another who has the same client id', async () => {
    await project.owner.query(`UPDATE public.member SET may_write = true`)
    const [ada, bob] = [await as(ADA), await as(BOB)]
    const [accepted] = await push(ada, TEAM, [put('a', 1)])
    // The same id, for another record: to Ada's mutation it is no relation.
    expect(await push(bob, TEAM, [put('b', 1)])).toMatchObject([{ id: 'c.1', status: 'accepted' }])
    await push(bob, TEAM, [put('b2', 2)], 2)
    // Not even under the name that Ada's has in the database.
    const { rows } = await project.owner.query<{ client: string }>(
      `SELECT client FROM synclayer.result r JOIN synclayer.record s ON s.version = r.version WHERE s.id = 'a'`,
    )
    const forged = {
      scope: TEAM,
      clientId: rows[0]!.client,
      settled: 99,
      epoch: '',
      cursor: '',
      mutations: [],
    }
    const answer: object = await project.client({ sub: BOB }).rpc('synclayer_push', { request: forged })
    expect(answer).toMatchObject({ data: { error: { code: 'PROTOCOL' } } })
    expect(await push(ada, TEAM, [put('a', 1)])).toEqual([accepted])
    const shown = (await pull(ada, TEAM)).changes.map((change) =>
      change.kind === 'put' ? [change.id, change.mutation === 'c.1'] : [],
    )
    expect(shown).toEqual([
      ['a', true],
      ['b', false],
      ['b2', false],
    ])
  })
})
