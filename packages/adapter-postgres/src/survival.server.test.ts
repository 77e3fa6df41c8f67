/** What PostgreSQL does to those who use it: it restarts, ends their sessions, undoes their transactions, lets them wait. */
import type { BackendAdapter } from '@synclayer/core/adapter'
import { ownServer } from '@synclayer/servers'
import pg from 'pg'
import { afterAll, afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { codeOf, open, pull, pullAll, push, pushAll, put, SIGNAL } from './testing/push-and-pull.ts'
import { openTestServer, type TestDatabase } from './testing/test-database.ts'

vi.setConfig({ testTimeout: 90_000 })

const server = await openTestServer()
afterAll(server.close)
let database: TestDatabase
beforeEach(async () => {
  database = await server.createPrepared()
})
afterEach(async () => database.drop())

const SHORTEST_PAUSE_MS = 15

/** A session of another program, in a transaction. */
async function beginElsewhere(url: string): Promise<pg.Client> {
  const client = new pg.Client({ connectionString: url })
  client.on('error', () => undefined)
  await client.connect()
  await client.query('BEGIN')
  return client
}

/** Waits until a session waits for a lock. */
async function untilOneWaits(of: TestDatabase): Promise<void> {
  for (;;) {
    const waiting = await of.query(
      `SELECT FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'`,
    )
    if (waiting.length > 0) return
  }
}

/** Fails unless each of the records is there once, at positions without a gap. */
async function expectOnce(adapter: BackendAdapter, of: TestDatabase, count: number): Promise<void> {
  const { changes } = await pullAll(adapter)
  expect(new Set(changes.map(({ id }) => id)).size).toBe(count)
  expect(changes).toHaveLength(count)
  const [feed] = await of.query('SELECT head::integer, records::integer FROM synclayer.feed')
  expect(feed).toEqual({ head: count, records: count })
}

describe('connections', () => {
  test('sessions that are ended in the midst of pushes: each push is applied once (A3, A8)', async () => {
    const adapter = await open({ url: database.url })
    const { epoch, cursor } = await pull(adapter, null, { limit: 0 })
    let isDone = false
    let accepted = 0
    const ender = (async () => {
      let pauseMs = SHORTEST_PAUSE_MS
      while (!isDone) {
        const before = accepted
        await database.query(
          `SELECT pg_terminate_backend(pid) FROM pg_stat_activity
           WHERE datname = current_database() AND pid <> pg_backend_pid() AND application_name = 'synclayer'`,
        )
        await new Promise((resolve) => setTimeout(resolve, pauseMs))
        // On a busy machine nothing would ever get through.
        pauseMs = accepted > before ? SHORTEST_PAUSE_MS : 2 * pauseMs
      }
    })()
    const send = async (n: number): Promise<void> => {
      for (;;) {
        const request = { scope: 'default', clientId: 'c', settled: 0, epoch, cursor, mutations: [put(n)] }
        const outcome = await adapter.push(request, SIGNAL).catch((error: unknown) => error)
        if (!(outcome instanceof Error)) {
          expect((outcome as { results: unknown[] }).results[0]).toMatchObject({ status: 'accepted' })
          accepted += 1
          return
        }
        // Not known: the same is sent again.
        expect(outcome).toMatchObject({ code: 'NETWORK', retryable: true })
      }
    }
    for (let round = 0; round < 8; round++)
      await Promise.all(Array.from({ length: 10 }, async (_, n) => send(round * 10 + n)))
    isDone = true
    await ender
    await expectOnce(adapter, database, 80)
    await adapter.close()
  })

  test('a server that is killed and started again: what was acknowledged is there, the rest is sent again (A3, A8)', async () => {
    const own = await ownServer('postgres')
    const its = await (await openTestServer(own.url)).createPrepared()
    const adapter = await open({ url: its.url })
    const { epoch, cursor } = await pull(adapter, null, { limit: 0 })
    const mutations = Array.from({ length: 400 }, (_, n) => put(n))
    const acknowledged = new Map<string, string>()
    const sendAll = async (): Promise<number> => {
      let failed = 0
      await Promise.all(
        mutations.map(async (mutation) => {
          const request = {
            scope: 'default',
            clientId: 'c',
            settled: 0,
            epoch,
            cursor,
            mutations: [mutation],
          }
          try {
            const [result] = (await adapter.push(request, SIGNAL)).results
            if (result?.status !== 'accepted') throw new Error(`answered ${JSON.stringify(result)}`)
            // Whatever is answered is answered alike for ever.
            expect(acknowledged.get(mutation.id) ?? result.version).toBe(result.version)
            acknowledged.set(mutation.id, result.version)
          } catch (error) {
            expect(error).toMatchObject({ code: 'NETWORK', retryable: true })
            failed += 1
          }
        }),
      )
      return failed
    }
    const sending = sendAll()
    while (acknowledged.size === 0) await new Promise((resolve) => setImmediate(resolve))
    await own.kill()
    await sending
    expect(await codeOf(pull(adapter, null))).toBe('NETWORK, retryable')
    await own.start()
    expect(await sendAll()).toBe(0)
    await expectOnce(adapter, its, 400)
    const stored = new Map((await pullAll(adapter)).changes.map(({ id, version }) => [id, version]))
    for (const { id, recordId } of mutations) expect(stored.get(recordId)).toBe(acknowledged.get(id))
    await adapter.close()
    await own.end()
  })

  test('a pool of one that its owner keeps to himself is waited for, then TIMEOUT (A8)', async () => {
    const pool = new pg.Pool({ connectionString: database.url, max: 1 })
    const adapter = await open({ pool, statementTimeout: 2_000 })
    const held = await pool.connect()
    expect(await codeOf(push(adapter, put(1)))).toBe('TIMEOUT, retryable')
    held.release()
    expect(await push(adapter, put(1))).toEqual(['accepted'])
    await adapter.close()
    expect((await pool.query('SELECT 1')).rowCount).toBe(1)
    await pool.end()
  })

  test('more calls than connections all come to their end', async () => {
    const adapter = await open({ url: database.url, maxConnections: 2 })
    const scopes = Array.from({ length: 40 }, (_, n) => `scope ${n}`)
    const results = await Promise.all(scopes.map((scope) => pushAll(adapter, [put(1)], { scope })))
    expect(results.every(([result]) => result?.status === 'accepted')).toBe(true)
    await adapter.close()
  })

  test('a user or a password that is wrong is BACKEND_FAILED for good', async () => {
    const url = new URL(database.url)
    url.username = 'nobody_of_that_name'
    expect(await codeOf(open({ url: url.href }))).toBe('BACKEND_FAILED')
    url.pathname = '/no_such_database'
    url.username = new URL(database.url).username
    expect(await codeOf(open({ url: url.href }))).toBe('BACKEND_FAILED')
  })

  test('a server that is not there is NETWORK', async () => {
    expect(await codeOf(open({ url: 'postgresql://localhost:1/none' }))).toBe('NETWORK, retryable')
  })
})

describe("other programs' locks", () => {
  test('a feed that is locked for too long is TIMEOUT, and afterwards as before (A8)', async () => {
    const adapter = await open({ url: database.url, lockTimeout: 100 })
    await push(adapter, put(1))
    const other = await beginElsewhere(database.url)
    await other.query('SELECT FROM synclayer.feed FOR UPDATE')
    const { epoch, cursor } = await pull(adapter, null, { limit: 0 })
    const request = { scope: 'default', clientId: 'c', settled: 0, epoch, cursor, mutations: [put(2)] }
    expect(await codeOf(adapter.push(request, SIGNAL))).toBe('TIMEOUT, retryable')
    // Readers wait for nobody.
    expect((await pull(adapter, null)).changes).toHaveLength(1)
    await other.query('ROLLBACK')
    expect(await push(adapter, put(2))).toEqual(['accepted'])
    await other.end()
    await adapter.close()
  })

  test('a deadlock with them is undone and run again (A8)', async () => {
    const adapter = await open({ url: database.url })
    await push(adapter, put(1))
    const [record] = (await pull(adapter, null)).changes
    const other = await beginElsewhere(database.url)
    await other.query(`SELECT FROM synclayer.record WHERE id = 'r1' FOR UPDATE`)
    const change = { ...put(1), id: 'c.2', base: record!.version, data: { id: 'r1', changed: true } }
    const pushed = push(adapter, change)
    await untilOneWaits(database)
    // Now each waits for the other; PostgreSQL undoes one of them after a second.
    await other.query('SELECT FROM synclayer.feed FOR UPDATE').catch(() => undefined)
    await other.query('ROLLBACK')
    expect(await pushed).toEqual(['accepted'])
    expect((await pull(adapter, null)).changes).toMatchObject([{ id: 'r1', data: { changed: true } }])
    await other.end()
    await adapter.close()
  })

  test('a push that is given up while it waits may yet be applied: sent again it is answered (A3, A8)', async () => {
    const adapter = await open({ url: database.url })
    const { epoch, cursor } = await pull(adapter, null, { limit: 0 })
    const other = await beginElsewhere(database.url)
    await other.query('SELECT FROM synclayer.feed FOR UPDATE')
    const abort = new AbortController()
    const request = { scope: 'default', clientId: 'c', settled: 0, epoch, cursor, mutations: [put(1)] }
    const pushed = codeOf(adapter.push(request, abort.signal))
    await untilOneWaits(database)
    abort.abort()
    expect(await pushed).toBe('ABORTED, retryable')
    await other.query('ROLLBACK')
    expect((await adapter.push(request, SIGNAL)).results).toMatchObject([{ status: 'accepted' }])
    await expectOnce(adapter, database, 1)
    await other.end()
    await adapter.close()
  })
})

describe('settings of the database', () => {
  test('read-only, as after a failover, is BACKEND_FAILED and passes (A8)', async () => {
    const first = await open({ url: database.url })
    await push(first, put(1))
    await first.close()
    await database.query(`ALTER DATABASE ${database.name} SET default_transaction_read_only = on`)
    const adapter = await open({ url: database.url })
    const { epoch, cursor } = await pull(adapter, null)
    const request = { scope: 'default', clientId: 'c', settled: 0, epoch, cursor, mutations: [put(2)] }
    expect(await codeOf(adapter.push(request, SIGNAL))).toBe('BACKEND_FAILED, retryable')
    await server.query(`ALTER DATABASE ${database.name} RESET default_transaction_read_only`)
    expect((await adapter.push(request, SIGNAL)).results).toMatchObject([{ status: 'accepted' }])
    await adapter.close()
  })

  test.each(['repeatable read', 'serializable'])(
    'pushes at once are all applied where transactions are %s',
    async (level) => {
      await database.query(`ALTER DATABASE ${database.name} SET default_transaction_isolation = '${level}'`)
      const adapters = await Promise.all([1, 2].map(() => open({ url: database.url })))
      await push(adapters[0]!, put(0))
      const { epoch, cursor } = await pull(adapters[0]!, null)
      const send = async (n: number): Promise<void> => {
        const request = { scope: 'default', clientId: `c${n % 2}`, settled: 0, epoch, cursor }
        for (;;) {
          const call = adapters[n % 2]!.push(
            { ...request, mutations: [put(n, {}, request.clientId)] },
            SIGNAL,
          )
          const outcome = await call.catch((error: unknown) => error)
          if (!(outcome instanceof Error)) return
          expect(outcome).toMatchObject({ retryable: true })
        }
      }
      for (let n = 1; n < 40; n += 2) await Promise.all([send(n), send(n + 1)])
      await expectOnce(adapters[0]!, database, 41)
      await Promise.all(adapters.map((adapter) => adapter.close()))
    },
  )

  test('the clock that counts is that of the database (T4)', async () => {
    const days = 86_400_000
    const adapter = await open({ url: database.url }, () => Date.now() + 30 * days)
    const ahead = `${(Date.now() + 10 * days).toString(16).padStart(12, '0')}-0000-00000000000000aa`
    const [result] = await pushAll(adapter, [{ ...put(1), time: ahead }])
    expect(result?.status).toBe('accepted')
    const page = await pull(adapter, null)
    expect(Math.abs(page.serverTime! - Date.now())).toBeLessThan(60_000)
    const { time } = page.changes[0] as { readonly time: string }
    expect(Number.parseInt(time.slice(0, 12), 16)).toBeLessThan(Date.now() + 120_000)
    await adapter.close()
  })
})
