import type { Mutation } from '@synclayer/core/adapter'
import { ownServer } from '@synclayer/servers'
import { afterAll, afterEach, beforeEach, describe, expect, test } from 'vitest'
import { codeOf, open, pull, pullAll, push, put } from './testing/push-and-pull.ts'
import { openTestServer, type TestDatabase } from './testing/test-database.ts'

const server = await openTestServer()
afterAll(server.close)
// For a server that starts twice, on a machine that is busy.
const PATIENCE_MS = 60_000
let database: TestDatabase
beforeEach(async () => {
  database = await server.createPrepared()
})
afterEach(async () => database.drop())

async function marks(of: TestDatabase = database): Promise<unknown> {
  const rows = await of.query('SELECT position::integer FROM synclayer.mark ORDER BY position')
  return rows.map(({ position }) => position)
}

/** The feed's head, by the SQL alone, as callers without a memory have it. */
async function headOf(of: TestDatabase): Promise<{ readonly epoch: string; readonly cursor: string }> {
  const request = `{"scope":"default","collections":[],"cursor":null,"limit":0}`
  const rows = await of.query(`SELECT document::jsonb AS page FROM synclayer.pull('${request}')`)
  return rows[0]!['page'] as { readonly epoch: string; readonly cursor: string }
}

async function pushOf(
  of: TestDatabase,
  epoch: string,
  cursor: string,
  ids: readonly string[],
): Promise<void> {
  const mutations = ids.map((recordId, n) => ({ ...put(n, {}, 'd'), recordId, data: { id: recordId } }))
  const requests = JSON.stringify([{ clientId: 'd', settled: 0, epoch, cursor, mutations }])
  const [row] = await of.query('SELECT synclayer.push($1, $2)::text AS answer', ['default', requests])
  expect(row?.['answer']).not.toMatch(/conflict|rejected|retry/)
}

const TABLES = ['feed', 'mark', 'record', 'result']

function remove(n: number, base: string): Mutation {
  const { data: _data, ...mutation } = put(n)
  return { ...mutation, id: `c.${n + 1_000}`, kind: 'delete', base }
}

describe('marks', () => {
  test('each process makes one before it first writes, and one an hour (A4)', async () => {
    const { url } = database
    let now = Date.now()
    const first = await open({ url }, () => now)
    await push(first, put(1))
    await push(first, put(2))
    expect(await marks()).toEqual([0])
    const second = await open({ url }, () => now)
    await push(second, put(3))
    await push(first, put(4))
    expect(await marks()).toEqual([0, 2])
    now += 3_600_000
    await push(first, put(5))
    expect(await marks()).toEqual([0, 2, 4])
    // What is not applied needs no mark.
    const third = await open({ url }, () => now)
    await push(third, { ...put(6), group: 'g' }, { ...put(1), id: 'c.7', group: 'g' })
    expect(await marks()).toEqual([0, 2, 4])
    await push(third, put(8))
    expect(await marks()).toEqual([0, 2, 4, 5])
    await Promise.all([first, second, third].map((adapter) => adapter.close()))
  })

  test('purging keeps the one the floor was written under (A4)', async () => {
    const { url } = database
    for (let n = 0; n < 4; n++) {
      const adapter = await open({ url })
      await push(adapter, put(n))
      await adapter.close()
    }
    const adapter = await open({ url })
    const [last] = (await pull(adapter, null)).changes.toReversed()
    await push(adapter, remove(3, last!.version))
    const { cursor } = await pull(adapter, null)
    await adapter.purge?.({ scope: 'default', before: Date.now() + 60_000 })
    expect(await marks()).toEqual([4])
    expect((await pull(adapter, cursor)).changes).toEqual([])
    expect(await push(adapter, put(10))).toEqual(['accepted'])
    expect((await pull(adapter, cursor)).changes).toHaveLength(1)
    await adapter.close()
  })
})

describe('epochs', () => {
  test('tables rewound under an open adapter are noticed at once (A4)', async () => {
    const adapter = await open({ url: database.url })
    await push(adapter, put(1))
    const before = await pull(adapter, null)
    const [feed] = await database.query('SELECT head FROM synclayer.feed')
    await push(adapter, put(2), put(3))
    await database.query(`DELETE FROM synclayer.record WHERE id <> 'r1'`)
    await database.query(`DELETE FROM synclayer.result WHERE first > 1`)
    await database.query(`UPDATE synclayer.feed SET head = $1, records = 1`, [feed?.['head']])
    const after = await pull(adapter, null)
    expect(after.epoch).not.toBe(before.epoch)
    expect(after.changes).toHaveLength(1)
    expect(await codeOf(pull(adapter, before.cursor))).toBe('EPOCH_CHANGED, retryable')
    await adapter.close()
  })

  test('a push notices it too, and applies nothing (A4)', async () => {
    const adapter = await open({ url: database.url })
    await push(adapter, put(1), put(2))
    const { epoch, cursor } = await pullAll(adapter)
    await database.query(`DELETE FROM synclayer.record WHERE id = 'r2'`)
    await database.query(`UPDATE synclayer.feed SET head = 1, records = 1`)
    const request = { scope: 'default', clientId: 'c', settled: 0, epoch, cursor, mutations: [put(3)] }
    const { results } = await adapter.push(request, new AbortController().signal)
    expect(results).toEqual([{ id: 'c.3', status: 'retry', code: 'EPOCH_CHANGED' }])
    expect((await pullAll(adapter)).changes.map(({ id }) => id)).toEqual(['r1'])
    await adapter.close()
  })

  test('after a restore a snapshot tells deletes too, so that none is undone (A4)', async () => {
    const adapter = await open({ url: database.url })
    await push(adapter, put(1), put(2))
    const [first] = (await pull(adapter, null)).changes
    await push(adapter, remove(1, first!.version))
    const kinds = async (): Promise<unknown> => (await pull(adapter, null)).changes.map(({ kind }) => kind)
    expect(await kinds()).toEqual(['put'])
    await database.query(`UPDATE synclayer.feed SET epoch_start = head`)
    expect(await kinds()).toEqual(['put', 'delete'])
    await adapter.close()
  })
})

test('tables that were filled anew from a dump never make a version that was made before (A2, A4)', async () => {
  const adapter = await open({ url: database.url })
  await push(adapter, put(1), put(2))
  for (const table of TABLES) await database.query(`CREATE TABLE public.${table} AS TABLE synclayer.${table}`)
  await push(adapter, put(3), put(4))
  const undone = await pullAll(adapter)
  await adapter.close()
  for (const table of TABLES) {
    const fill = `INSERT INTO synclayer.${table} OVERRIDING SYSTEM VALUE TABLE public.${table}`
    await database.query(`TRUNCATE synclayer.${table}; ${fill}`)
  }
  const { epoch, cursor } = await headOf(database)
  await pushOf(database, epoch, cursor, ['r3', 'r5'])
  const again = await open({ url: database.url })
  expect(await codeOf(pull(again, undone.cursor))).toBe('EPOCH_CHANGED, retryable')
  const { changes } = await pullAll(again)
  const before = new Set(undone.changes.map(({ version }) => version))
  expect(changes.map(({ id, version }) => [id, before.has(version)])).toEqual([
    ['r1', true],
    ['r2', true],
    ['r3', false],
    ['r5', false],
  ])
  await again.close()
})

test(
  'who writes after the server was started again writes under a new mark, without being told (A4)',
  async () => {
    const own = await ownServer('postgres')
    const ownDatabases = await openTestServer(own.url)
    const its = await ownDatabases.createPrepared()
    const adapter = await open({ url: its.url })
    await push(adapter, put(1))
    expect(await marks(its)).toEqual([0])
    await own.restart()
    const { epoch, cursor } = await headOf(its)
    await pushOf(its, epoch, cursor, ['r2'])
    expect(await marks(its)).toEqual([0, 1])
    await adapter.close()
    await own.end()
  },
  PATIENCE_MS,
)
