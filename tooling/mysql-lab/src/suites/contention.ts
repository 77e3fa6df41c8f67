import type { BackendAdapter } from '@synclayer/core/adapter'
import { type Connection, createConnection, createPool, type RowDataPacket } from 'mysql2/promise'
import { once } from 'node:events'
import { setTimeout as delay } from 'node:timers/promises'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { codeOf, context, outcomes, pull, push, put } from '../calls.ts'
import type { Family, FamilyOptions } from '../family.ts'
import { createLab, type Lab } from '../lab.ts'

// The machine may be busy with other suites, and some of these send tens of megabytes.
const TIMEOUT_MS = 180_000

/** Others who hold rows, and many who write. */
export function contentionTests(family: Family): void {
  describe('others in the way', { timeout: TIMEOUT_MS }, () => {
    let lab: Lab
    let adapter: BackendAdapter
    beforeAll(async () => {
      lab = await createLab(family.url)
      adapter = await open({ lockTimeout: 1_000 })
    }, TIMEOUT_MS)
    beforeEach(() => lab.clear(), TIMEOUT_MS)
    afterAll(async () => {
      await adapter.close()
      await lab.close()
    }, TIMEOUT_MS)
    const open = async (options: FamilyOptions): Promise<BackendAdapter> => {
      const opened = family.adapter('pool' in options ? options : { url: lab.url, ...options })
      await opened.open(context())
      return opened
    }

    test('who hold a feed for too long: pushes are told to come again, pulls go on', async () => {
      await push(adapter, [put(1)])
      const { epoch, cursor } = await pull(adapter, null)
      const other = await createConnection(lab.url)
      await other.query('BEGIN')
      await other.query('SELECT * FROM synclayer_feed FOR UPDATE')
      const request = { scope: 'default', clientId: 'c', settled: 0, epoch, cursor, mutations: [put(2)] }
      expect(await codeOf(adapter.push(request, new AbortController().signal))).toBe(
        'BACKEND_FAILED, retryable',
      )
      expect((await pull(adapter, null)).changes).toHaveLength(1)
      await other.query('ROLLBACK')
      expect(await outcomes(adapter, put(2))).toEqual(['accepted'])
      await other.end()
    })

    test('who end in a deadlock with a push: it is tried again, and applied once', async () => {
      await push(adapter, [put(1), put(2)])
      const { epoch, cursor, changes } = await pull(adapter, null)
      const patient = await open({ lockTimeout: 20_000 })
      const other = await createConnection(lab.url)
      await other.query('BEGIN')
      await other.query(`SELECT * FROM synclayer_record WHERE id = 'r1' FOR UPDATE`)
      const base = changes[0]!.version
      const edit = { ...put(3), recordId: 'r1', base, data: { id: 'r1', n: 1 } }
      const request = { scope: 'default', clientId: 'c', settled: 0, epoch, cursor, mutations: [edit] }
      const pushed = patient.push(request, new AbortController().signal)
      // The push has the feed, and waits for the record.
      await waitUntil(() => isWaiting(other))
      const ended = other.query('SELECT * FROM synclayer_feed FOR UPDATE').then(
        () => other.query('ROLLBACK'),
        () => undefined,
      )
      expect((await pushed).results).toMatchObject([{ status: 'accepted' }])
      await ended
      await other.end()
      const { changes: after } = await pull(adapter, cursor)
      expect(after).toMatchObject([{ id: 'r1', data: { n: 1 } }])
      await patient.close()
    })

    test('many small pushes of one scope share a few transactions (group commit)', async () => {
      await push(adapter, [put(0)])
      const { epoch, cursor } = await pull(adapter, null)
      const pool = createPool({ uri: lab.url, charset: 'utf8mb4' })
      const pooled = await open({ pool })
      let transactions = 0
      pool.on('acquire', () => (transactions += 1))
      const pushes = Array.from({ length: 100 }, (_, n) => {
        const mutations = [{ ...put(n, {}, `c${n}`), recordId: `g${n}`, data: { id: `g${n}` } }]
        const request = { scope: 'default', clientId: `c${n}`, settled: 0, epoch, cursor, mutations }
        return pooled.push(request, new AbortController().signal)
      })
      const results = (await Promise.all(pushes)).flatMap((response) => response.results)
      expect(results.every(({ status }) => status === 'accepted')).toBe(true)
      expect(transactions).toBeLessThanOrEqual(3)
      await pooled.close()
      await pool.end()
      expect((await pull(adapter, cursor)).changes).toHaveLength(100)
    })

    test('documents that fill many packets together go in one push, in parts', async () => {
      const text = '"\\'.repeat(700_000)
      const large = Array.from({ length: 14 }, (_, n) => put(n, { text }))
      expect(new Set(await outcomes(adapter, ...large))).toEqual(new Set(['accepted']))
      const { changes } = await pull(adapter, null)
      expect(changes.every((change) => change.kind === 'put')).toBe(true)
      const [record] = await adapter.fetch(
        { scope: 'default', collection: 'todos', ids: ['r13'] },
        new AbortController().signal,
      )
      expect(record?.data).toEqual({ id: 'r13', text })
      const tooLarge = put(20, { text: 'x'.repeat(adapter.capabilities.maxRecordBytes) })
      expect(await outcomes(adapter, tooLarge)).toEqual(['RECORD_TOO_LARGE'])
    })

    test('who made a record first: to make it again is a conflict, and the rest is applied once (A2, A3)', async () => {
      await push(adapter, [put(8, {}, 'other')], { client: 'other' })
      // So large that they take several statements, of which the last meets the record.
      const text = 'x'.repeat(3_500_000)
      const made = Array.from({ length: 8 }, (_, index) => put(index + 1, { text }))
      const removed = { ...put(9), recordId: 'r2', kind: 'delete' as const, data: undefined as never }
      const results = await push(adapter, [...made, removed])
      expect(results.map(({ status }) => status)).toEqual([
        ...Array<string>(7).fill('accepted'),
        'conflict',
        'conflict',
      ])
      expect(await push(adapter, made.slice(0, 7))).toEqual(results.slice(0, 7))
      const [feed] = await lab.sql('SELECT head, records FROM synclayer_feed')
      expect(feed).toEqual({ head: 8, records: 8 })
      const found = await adapter.fetch(
        { scope: 'default', collection: 'todos', ids: ['r1', 'r7', 'r8'] },
        new AbortController().signal,
      )
      expect(found.map(({ mutation }) => mutation)).toEqual(['c.1', 'c.7', 'other.8'])
    })

    test('an aborted push is told at once, though the server has not answered', async () => {
      await push(adapter, [put(1)])
      const { epoch, cursor } = await pull(adapter, null)
      const patient = await open({ lockTimeout: 20_000 })
      const other = await createConnection(lab.url)
      await other.query('BEGIN')
      await other.query('SELECT * FROM synclayer_feed FOR UPDATE')
      const abort = new AbortController()
      const request = { scope: 'default', clientId: 'c', settled: 0, epoch, cursor, mutations: [put(2)] }
      const pushed = codeOf(patient.push(request, abort.signal))
      await waitUntil(() => isWaiting(other))
      abort.abort()
      expect(await pushed).toBe('ABORTED, retryable')
      // It was told before the feed was free: nobody knows yet what becomes of it.
      await other.query('ROLLBACK')
      await other.end()
      expect(await outcomes(patient, put(2))).toEqual(['accepted'])
      expect((await pull(adapter, cursor)).changes).toHaveLength(1)
      await patient.close()
    })

    test('commits of another process wake who is subscribed, and own ones do so at once', async () => {
      await push(adapter, [put(1)])
      const { cursor } = await pull(adapter, null)
      const other = await open({ pollInterval: 20 })
      const woken = new EventTarget()
      const subscription = await other.subscribe!(
        { scope: 'default', collections: [{ name: 'todos' }], cursor },
        () => woken.dispatchEvent(new Event('wake')),
        () => undefined,
      )
      for (const [n, from] of [adapter, other].entries()) {
        const wake = once(woken, 'wake')
        expect(await outcomes(from, put(n + 2))).toEqual(['accepted'])
        await wake
      }
      await subscription.close()
      await other.close()
    })
  })
}

/** Whether a transaction waits for a lock. */
async function isWaiting(administrator: Connection): Promise<boolean> {
  const [rows] = await administrator.query<RowDataPacket[]>(
    `SELECT 1 FROM information_schema.INNODB_TRX WHERE trx_state = 'LOCK WAIT'`,
  )
  return rows.length > 0
}

async function waitUntil(condition: () => Promise<boolean>): Promise<void> {
  // InnoDB shows the same answer again to whoever asks more often than every 100 ms.
  while (!(await condition())) await delay(150)
}
