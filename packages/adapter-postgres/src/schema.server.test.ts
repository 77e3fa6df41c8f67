/** The schema: who makes it, who may use it, what is made beside it. */
import { compileFilter } from '@synclayer/core/adapter'
import { server as namedServer } from '@synclayer/servers'
import { randomBytes } from 'node:crypto'
import { afterAll, afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { postgresSchemaSql } from './sql/schema-sql.ts'
import { codeOf, open, pull, pullAll, push, pushAll, put } from './testing/push-and-pull.ts'
import { changeUrl, openTestServer, runOn, type TestDatabase } from './testing/test-database.ts'

vi.setConfig({ testTimeout: 60_000 })

const server = await openTestServer()
afterAll(server.close)
let database: TestDatabase
beforeEach(async () => {
  database = await server.createDatabase()
})
afterEach(async () => database.drop())

describe('making it', () => {
  test('of several processes that start together one makes it', async () => {
    const views = { todos: { done: 'boolean' } } as const
    const options = { url: database.url, indexes: { todos: ['userId'] }, views }
    const adapters = await Promise.all(Array.from({ length: 6 }, () => open(options)))
    for (const [n, adapter] of adapters.entries()) expect(await push(adapter, put(n))).toEqual(['accepted'])
    expect((await pullAll(adapters[0]!)).changes).toHaveLength(6)
    await Promise.all(adapters.map((adapter) => adapter.close()))
  })

  test('without `migrate` a missing one is NOT_SUPPORTED, and one that is there is used', async () => {
    const options = { url: database.url, migrate: false, schema: 'sync_1' }
    expect(await codeOf(open(options))).toBe('NOT_SUPPORTED')
    expect(await database.query(`SELECT FROM pg_namespace WHERE nspname LIKE 'sync%'`)).toHaveLength(0)
    await database.query(postgresSchemaSql({ schema: 'sync_1' }))
    const adapter = await open(options)
    expect(await push(adapter, put(1))).toEqual(['accepted'])
    await adapter.close()
  })

  test('it is made through a pooler of transactions too', async () => {
    const { url } = await namedServer('pgbouncer')
    const options = { url: changeUrl(url, { database: database.name }), indexes: { todos: ['userId'] } }
    const adapters = await Promise.all([1, 2, 3].map(() => open(options)))
    expect(await push(adapters[1]!, put(1))).toEqual(['accepted'])
    await Promise.all(adapters.map((adapter) => adapter.close()))
  })

  test('one of another layout is not touched', async () => {
    await (await open({ url: database.url })).close()
    await database.query(`UPDATE synclayer.meta SET value = '9' WHERE name = 'layout'`)
    expect(await codeOf(open({ url: database.url }))).toBe('NOT_SUPPORTED')
  })

  test('a database that is not in UTF-8 is NOT_SUPPORTED', async () => {
    const name = `synclayer_test_${randomBytes(6).toString('hex')}`
    await server.query(
      `CREATE DATABASE ${name} TEMPLATE template0 ENCODING LATIN1 LOCALE_PROVIDER libc LOCALE 'C'`,
    )
    expect(await codeOf(open({ url: changeUrl(database.url, { database: name }) }))).toBe('NOT_SUPPORTED')
    await server.query(`DROP DATABASE ${name}`)
  })

  test('schemas of different names share a database, and nothing else', async () => {
    const [one, other] = await Promise.all(
      ['select', 'synclayer_2'].map((schema) => open({ url: database.url, schema })),
    )
    await push(one!, put(1))
    const { cursor } = await pullAll(one!)
    expect((await pull(other!, null)).changes).toEqual([])
    expect(await codeOf(pull(other!, cursor))).toBe('EPOCH_CHANGED, retryable')
    await Promise.all([one!.close(), other!.close()])
  })
})

describe('a role that may call functions and touch no table', () => {
  const role = `app "x" ${randomBytes(4).toString('hex')}`
  const password = randomBytes(8).toString('hex')
  const quoted = `"${role.replaceAll('"', '""')}"`
  beforeEach(async () => {
    await server.query(`CREATE ROLE ${quoted} LOGIN PASSWORD '${password}'`)
  })
  afterEach(async () => {
    await database.query(`DROP OWNED BY ${quoted}`)
    await server.query(`DROP ROLE ${quoted}`)
  })

  test('does all that the adapter does', async () => {
    await database.query(postgresSchemaSql({ role }))
    const url = changeUrl(database.url, { user: role, password })
    const adapter = await open({ url, migrate: false })
    expect(await push(adapter, put(1), { ...put(2), group: 'g' })).toEqual(['accepted', 'accepted'])
    expect(await push(adapter, put(1), { ...put(1), id: 'c.9' })).toEqual(['accepted', 'conflict'])
    const { changes, cursor } = await pullAll(adapter)
    expect(changes).toHaveLength(2)
    const asked = { scope: 'default', collection: 'todos', ids: ['r2', 'r3'] }
    expect(await adapter.fetch(asked, new AbortController().signal)).toHaveLength(1)
    const removal = { id: 'c.3', collection: 'todos', recordId: 'r1', kind: 'delete', schema: 1 } as const
    await pushAll(adapter, [{ ...removal, base: changes[0]!.version, time: put(1).time }])
    expect(await adapter.purge?.({ scope: 'default', before: Date.now() + 60_000 })).toMatchObject({
      tombstones: 1,
    })
    expect(await codeOf(pull(adapter, cursor))).toBe('CURSOR_EXPIRED, retryable')
    const scopes: string[] = []
    for await (const scope of adapter.scopes!()) scopes.push(scope)
    expect(scopes).toEqual(['default'])
    await new Promise<void>((resolve, reject) => {
      const request = { scope: 'default', collections: [], cursor }
      adapter.subscribe!(request, () => resolve(), reject).catch(reject)
    })
    await adapter.close()
    for (const table of ['feed', 'record', 'result', 'meta', 'mark', 'inbox'])
      await expect(runOn(url, `SELECT FROM synclayer.${table}`)).rejects.toMatchObject({ code: '42501' })
    for (const call of [`seal('a', 'b')`, `take_feed('a')`, `sequence_inbox('a')`])
      await expect(runOn(url, `SELECT synclayer.${call}`)).rejects.toMatchObject({ code: '42501' })
  })

  test('that may not skip the checks cannot: it needs a grant of its own', async () => {
    await database.query(postgresSchemaSql())
    await database.query(`GRANT USAGE ON SCHEMA synclayer TO ${quoted}`)
    await database.query(`GRANT EXECUTE ON FUNCTION synclayer.push(text, jsonb, jsonb) TO ${quoted}`)
    const url = changeUrl(database.url, { user: role, password })
    expect(await runOn(url, `SELECT synclayer.push('default', '[]')`)).toHaveLength(1)
    const columns = `ROW('1', '', '1', 'todos', 'r', 'put', '', 'yesterday', '1', '[]')::synclayer.checked_columns`
    for (const call of [
      `push_checked('default', '[]', ${columns}, '{}')`,
      `apply_push('default', '[]', ${columns}, '{}')`,
      `stage_checked(${columns}, '{}', '{}', 0, 0)`,
    ])
      await expect(runOn(url, `SELECT synclayer.${call}`)).rejects.toMatchObject({ code: '42501' })
  })

  test('without the grants every call says what to do', async () => {
    await database.query(postgresSchemaSql())
    const url = changeUrl(database.url, { user: role, password })
    const failure = await open({ url, migrate: false }).catch((error: unknown) => error)
    expect(failure).toMatchObject({
      code: 'BACKEND_FAILED',
      retryable: false,
      details: { sqlState: '42501' },
    })
    expect((failure as Error).message).toContain('npx synclayer-postgres sql --role')
  })
})

describe('indexes for filters', () => {
  const users = ['ada', 'grace', 'alan']
  const filters = [
    { op: '==', path: ['user', 'name'], value: 'ada' },
    { op: '==', path: ['user', 'name'], value: null },
    { op: 'in', path: ['user', 'name'], value: ['ada', 'alan', true] },
    {
      op: 'and',
      filters: [
        { op: '==', path: ['user', 'name'], value: 'grace' },
        { op: '==', path: ['n'], value: 4 },
        { op: '!=', path: ['extra'], value: 'x' },
      ],
    },
    { op: 'not', filter: { op: '==', path: ['user', 'name'], value: 'ada' } },
    { op: '==', path: ['0'], value: 'first' },
    { op: '==', path: [`it's "odd"\\`], value: `'; DROP TABLE x; --` },
  ] as const

  test('snapshots by them show what the evaluator lets through, page by page (A7)', async () => {
    const indexes = { todos: ['user.name', ['user.name', 'n'], '0', `it's "odd"\\`] }
    const indexed = await open({ url: database.url, indexes })
    const edits = Array.from({ length: 60 }, (_, n) => {
      const user = { name: n % 7 === 6 ? null : users[n % 3]! }
      return put(
        n,
        n % 11 === 10 ? {} : { user, n: n % 5, '0': 'first', [`it's "odd"\\`]: `'; DROP TABLE x; --` },
      )
    })
    await pushAll(indexed, edits)
    // Arrays are no objects: a path of digits does not lead into them.
    await pushAll(indexed, [put(100, { user: ['ada'], list: ['first'] })])
    const everything = await pullAll(indexed)
    for (const filter of filters) {
      const request = { collections: [{ name: 'todos', filter: filter as never }] }
      const matches = compileFilter(filter as never)
      const expected = everything.changes.filter(
        (change) => 'data' in change && matches(change.data as never),
      )
      for (const limit of [1, 7, 100]) {
        const { changes } = await pullAll(indexed, null, { ...request, limit })
        expect(changes.map(({ id }) => id)).toEqual(expected.map(({ id }) => id))
      }
    }
    await indexed.close()
  })

  test('are what PostgreSQL looks into, also as one of two collections (A7)', async () => {
    const adapter = await open({ url: database.url, indexes: { todos: ['userId'], lists: ['owner'] } })
    await pushAll(
      adapter,
      Array.from({ length: 2_000 }, (_, n) => put(n, { userId: `u${n % 500}` })),
    )
    const scans = async (): Promise<unknown> => {
      const [row] = await database.query(
        `SELECT sum(idx_scan)::integer AS scans FROM pg_stat_all_indexes WHERE indexrelname LIKE 'record_todos_%'`,
      )
      return row?.['scans']
    }
    await database.query('ANALYZE synclayer.record')
    expect(await scans()).toBe(0)
    const collections = [
      { name: 'todos', filter: { op: '==', path: ['userId'], value: 'u7' } as const },
      { name: 'lists', filter: { op: '==', path: ['owner'], value: 'u7' } as const },
    ]
    expect((await pullAll(adapter, null, { collections })).changes).toHaveLength(4)
    await adapter.close()
    await vi.waitFor(async () => expect(await scans()).toBeGreaterThan(0), { timeout: 20_000 })
  })
})

describe('views', () => {
  test('show documents as rows of types; what is not of the type is null', async () => {
    const views = {
      todos: {
        title: 'text',
        done: 'boolean',
        count: 'bigint',
        size: 'numeric',
        ratio: 'double precision',
        'odd "name"': 'jsonb',
      },
    } as const
    const adapter = await open({ url: database.url, views })
    const sound = { title: 'milk', done: true, count: 3, size: 1.5, ratio: 0.1, 'odd "name"': [1] }
    const unsound = { title: 7, done: 'yes', count: 1.5, size: '1', ratio: null, more: 1 }
    await pushAll(adapter, [put(1, sound), put(2, unsound), put(3, { count: 1e300 })])
    await adapter.close()
    const rows = await database.query(
      `SELECT scope, id, title, done, count, size::text, ratio, "odd ""name""" AS odd FROM synclayer_views.todos ORDER BY id`,
    )
    const none = { title: null, done: null, count: null, size: null, ratio: null, odd: null }
    expect(rows).toEqual([
      {
        scope: 'default',
        id: 'r1',
        title: 'milk',
        done: true,
        count: '3',
        size: '1.5',
        ratio: 0.1,
        odd: [1],
      },
      { ...none, scope: 'default', id: 'r2', title: '7' },
      { ...none, scope: 'default', id: 'r3' },
    ])
  })

  test('that are asked for otherwise are made anew', async () => {
    const columns = async (): Promise<unknown> => {
      const rows = await database.query(
        `SELECT column_name FROM information_schema.columns WHERE table_schema = 'synclayer_views' ORDER BY ordinal_position`,
      )
      return rows.map((row) => row['column_name']).slice(5)
    }
    await (await open({ url: database.url, views: { todos: { a: 'text' } } })).close()
    expect(await columns()).toEqual(['a'])
    await (await open({ url: database.url, views: { todos: { b: 'bigint', a: 'boolean' } } })).close()
    expect(await columns()).toEqual(['b', 'a'])
    await (await open({ url: database.url })).close()
    expect(await columns()).toEqual(['b', 'a'])
  })
})
