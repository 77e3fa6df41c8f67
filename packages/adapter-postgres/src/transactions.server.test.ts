/** How pushes and pages are cut: several requests to a transaction, large ones to several, and pages by rows and bytes. */
import type { Filter } from '@synclayer/core/adapter'
import pg from 'pg'
import { afterAll, afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { open, pull, pullAll, push, pushAll, put, SIGNAL, testContext } from './testing/push-and-pull.ts'
import { postgresAdapter } from './postgres-adapter.ts'
import { openTestServer, type TestDatabase } from './testing/test-database.ts'

vi.setConfig({ testTimeout: 60_000 })

const server = await openTestServer()
afterAll(server.close)
let database: TestDatabase
beforeEach(async () => {
  database = await server.createPrepared()
})
afterEach(async () => database.drop())

describe('pushes', () => {
  test('that wait for each other share transactions, and each has its own answers', async () => {
    const pool = new pg.Pool({ connectionString: database.url, max: 5 })
    const adapter = await open({ pool, listen: false })
    const { epoch, cursor } = await pull(adapter, null, { limit: 0 })
    let statements = 0
    pool.on('acquire', () => (statements += 1))
    const answers = await Promise.all(
      Array.from({ length: 200 }, async (_, n) => {
        const clientId = `c${n}`
        // Every tenth has the id of a record that is there.
        const mutations = [put(n % 10 === 9 ? 0 : n, {}, clientId)]
        const request = { scope: 'default', clientId, settled: 0, epoch, cursor, mutations }
        return (await adapter.push(request, SIGNAL)).results
      }),
    )
    expect(statements).toBeLessThan(20)
    for (const [n, [result]] of answers.entries())
      expect(result).toMatchObject({ status: n % 10 === 9 ? 'conflict' : 'accepted' })
    expect((await pullAll(adapter)).changes).toHaveLength(180)
    await adapter.close()
    await pool.end()
  })

  test('that make no sense harm no other of their transaction', async () => {
    const adapter = await open({ url: database.url })
    const { epoch, cursor } = await pull(adapter, null, { limit: 0 })
    const request = { scope: 'default', settled: 0, epoch, cursor }
    const outcomes = await Promise.allSettled([
      adapter.push({ ...request, clientId: 'a', mutations: [put(1, {}, 'a')] }, SIGNAL),
      adapter.push({ ...request, clientId: 'b c', mutations: [put(2, {}, 'b c')] }, SIGNAL),
      adapter.push({ ...request, clientId: 'd', cursor: 'x\0', mutations: [put(3, {}, 'd')] }, SIGNAL),
      adapter.push({ ...request, clientId: 'e', mutations: [put(4, {}, 'e'), put(4, {}, 'e')] }, SIGNAL),
      adapter.push({ ...request, clientId: 'f', epoch: '\ud800', mutations: [put(5, {}, 'f')] }, SIGNAL),
      adapter.push({ ...request, clientId: 'g', mutations: [{ ...put(6, {}, 'g'), base: '\0' }] }, SIGNAL),
      adapter.push({ ...request, clientId: 'h', mutations: [put(7, {}, 'h')] }, SIGNAL),
    ])
    const told = outcomes.map((outcome) => {
      if (outcome.status === 'rejected') return (outcome.reason as { readonly code: string }).code
      const [result] = outcome.value.results
      return result !== undefined && 'code' in result ? result.code : result?.status
    })
    expect(told).toEqual([
      'accepted',
      'INVALID_MUTATION',
      'PROTOCOL',
      'PROTOCOL',
      'EPOCH_CHANGED',
      'INVALID_MUTATION',
      'accepted',
    ])
    await adapter.close()
  })

  test('of documents that are large are cut into several transactions', async () => {
    const adapter = await open({ url: database.url })
    const text = 'x'.repeat(1024 * 1024)
    const results = await pushAll(
      adapter,
      Array.from({ length: 40 }, (_, n) => put(n, { text })),
    )
    expect(results.filter(({ status }) => status === 'accepted')).toHaveLength(40)
    const times = await database.query('SELECT DISTINCT stored_at FROM synclayer.record')
    expect(times.length).toBeGreaterThan(1)
    await adapter.close()
  })

  test('a group with a member that can never be applied is refused whole, each with its own outcome (A10)', async () => {
    const adapter = await open({ url: database.url, maxRecordBytes: 100_000 })
    const large = { ...put(2, { text: 'x'.repeat(100_000) }), group: 'g' }
    const malformed = { ...put(3), time: 'now', group: 'g' }
    expect(await push(adapter, { ...put(1), group: 'g' }, large, malformed, put(4))).toEqual(
      expect.arrayContaining(['aborted', 'RECORD_TOO_LARGE', 'INVALID_MUTATION', 'accepted']),
    )
    expect((await pullAll(adapter)).changes.map(({ id }) => id)).toEqual(['r4'])
    await adapter.close()
  })

  test('tell how many bytes they put on the wire', async () => {
    let sent = 0
    let received = 0
    const adapter = postgresAdapter({ url: database.url })
    await adapter.open({
      ...testContext(),
      traffic: { sent: (bytes) => (sent += bytes), received: (bytes) => (received += bytes) },
    })
    const before = sent
    await push(adapter, put(1, { text: 'x'.repeat(50_000) }))
    expect(sent - before).toBeGreaterThan(50_000)
    const empty = received
    await pull(adapter, null)
    expect(received - empty).toBeGreaterThan(50_000)
    await adapter.close()
  })
})

describe('pages', () => {
  test('are bounded by bytes too, and nothing is lost by that (A1)', async () => {
    const adapter = await open({ url: database.url })
    const text = 'x'.repeat(1_000_000)
    await pushAll(
      adapter,
      Array.from({ length: 20 }, (_, n) => put(n, { text })),
    )
    const first = await pull(adapter, null)
    expect([first.changes.length, first.hasMore]).toEqual([9, true])
    const second = await pull(adapter, first.cursor)
    const third = await pull(adapter, second.cursor)
    expect([second.changes.length, third.changes.length, third.hasMore]).toEqual([9, 2, false])
    const filter: Filter = { op: 'starts-with', path: ['text'], value: 'x' }
    const filtered = await pull(adapter, null, { collections: [{ name: 'todos', filter }] })
    expect([filtered.changes.length, filtered.hasMore]).toEqual([9, true])
    await adapter.close()
  })

  test('say at most how much is left, and nothing at the head', async () => {
    const adapter = await open({ url: database.url })
    await pushAll(
      adapter,
      Array.from({ length: 10 }, (_, n) => put(n)),
    )
    const page = await pull(adapter, null, { limit: 4 })
    expect(page.remaining).toBe(6)
    expect((await pull(adapter, page.cursor, { limit: 6 })).remaining).toBe(0)
    await adapter.close()
  })

  test('cross what they need not show, however much it is (A1)', async () => {
    const adapter = await open({ url: database.url })
    const { cursor } = await pull(adapter, null, { limit: 0 })
    await push(adapter, put(1))
    // As 50,000 pushes of another collection would leave them.
    await database.query(
      `INSERT INTO synclayer.record
         SELECT feed, head + n, 0, 1, 2, false, 'others', 'o' || n, 'v', '${put(1).time}', NULL, '{}'
         FROM synclayer.feed, generate_series(1, 50000) n;
       UPDATE synclayer.feed SET head = head + 50000, records = records + 50000`,
    )
    await push(adapter, put(2))
    for (const from of [null, cursor]) {
      const page = await pull(adapter, from, { limit: 2 })
      expect([page.changes.map(({ id }) => id), page.hasMore]).toEqual([['r1', 'r2'], false])
    }
    // A filter that narrows nothing, and one that does.
    for (const op of ['!=', '=='] as const) {
      const filter: Filter = { op, path: ['id'], value: op === '==' ? 'r2' : 'r1' }
      const { changes } = await pullAll(adapter, null, {
        limit: 1,
        collections: [
          { name: 'todos', filter },
          { name: 'lists', filter },
        ],
      })
      expect(changes.map(({ id }) => id)).toEqual(['r2'])
    }
    await adapter.close()
  })
})
