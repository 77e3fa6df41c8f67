import type { AdapterContext, BackendAdapter, Mutation, PullResponse } from '@synclayer/core/adapter'
import Database from 'better-sqlite3'
import { randomBytes } from 'node:crypto'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { afterAll, describe, expect, test } from 'vitest'
import type { SqliteAdapterOptions } from './options.ts'
import { sqliteAdapter } from './sqlite-adapter.ts'

const folder = mkdtempSync(join(tmpdir(), 'synclayer-sqlite-'))
afterAll(() => rmSync(folder, { recursive: true }))
let files = 0
const newPath = (): string => join(folder, `backend-${++files}.db`)

const SIGNAL = new AbortController().signal
const COLLECTIONS = [{ name: 'todos' }]
const TIME = '0198abcdef01-0000-00000000000000aa'

function context(now: () => number = () => Date.now()): AdapterContext {
  return {
    collections: ['todos'],
    scopes: [],
    logger: { log: () => {} },
    clock: { now },
    random: { bytes: (length) => randomBytes(length), next: Math.random },
    traffic: { sent: () => {}, received: () => {} },
  }
}

async function open(options: SqliteAdapterOptions, now?: () => number): Promise<BackendAdapter> {
  const adapter = sqliteAdapter(options)
  await adapter.open(context(now))
  return adapter
}

function pull(adapter: BackendAdapter, cursor: string | null, limit = 100): Promise<PullResponse> {
  return adapter.pull({ scope: 'default', collections: COLLECTIONS, cursor, limit }, SIGNAL)
}

function put(n: number, data: Record<string, unknown> = {}): Mutation {
  const recordId = `r${n}`
  const head = { id: `c.${n}`, collection: 'todos', recordId, base: null, time: TIME, schema: 1 }
  return { ...head, kind: 'put', data: { ...data, id: recordId } as never }
}

/** Pushes from the head; answers the statuses, or codes where there are any. */
async function push(adapter: BackendAdapter, ...mutations: readonly Mutation[]): Promise<readonly string[]> {
  const { epoch, cursor } = await pull(adapter, null, 0)
  const request = { scope: 'default', clientId: 'c', settled: 0, epoch, cursor, mutations }
  const { results } = await adapter.push(request, SIGNAL)
  return results.map((result) => ('code' in result ? result.code : result.status))
}

function codeOf(call: Promise<unknown>): Promise<unknown> {
  return call.then(
    () => 'resolved',
    (error: unknown) => {
      const { code, retryable } = error as { readonly code: string; readonly retryable: boolean }
      return `${code}${retryable ? ', retryable' : ''}`
    },
  )
}

describe('options', () => {
  const database = new Database(':memory:')
  test.each<readonly [string, unknown]>([
    ['options', null],
    ['database', {}],
    ['path', { path: '' }],
    ['path', { path: 'a.db', database }],
    ['database', { database: {} }],
    ['durability', { path: 'a.db', durability: 'none' }],
    ['busyTimeoutMs', { path: 'a.db', busyTimeoutMs: -1 }],
    ['busyTimeoutMs', { path: 'a.db', busyTimeoutMs: '5s' }],
    ['pollIntervalMs', { path: 'a.db', pollIntervalMs: 0 }],
    ['maxRecordBytes', { path: 'a.db', maxRecordBytes: 0.5 }],
    ['maxRecordByte', { path: 'a.db', maxRecordByte: 100_000 }],
  ])('an unsound %s is INVALID_OPTION and named (D12)', (option, options) => {
    expect(() => sqliteAdapter(options as SqliteAdapterOptions)).toThrow(
      expect.objectContaining({ code: 'INVALID_OPTION', details: { option } }),
    )
  })
})

describe('files', () => {
  test('a file that is no database, or cannot be made, is BACKEND_FAILED for good', async () => {
    const path = newPath()
    writeFileSync(path, 'This is no database, however long one looks at it. '.repeat(100))
    expect(await codeOf(open({ path }))).toBe('BACKEND_FAILED')
    expect(await codeOf(open({ path: join(path, 'inside-a-file.db') }))).toBe('BACKEND_FAILED')
    const inNewFolder = await open({ path: join(folder, 'new', 'folder', 'backend.db') })
    expect(await push(inNewFolder, put(1))).toEqual(['accepted'])
    await inNewFolder.close()
  })

  test('a file of a newer layout is not touched', async () => {
    const path = newPath()
    await (await open({ path })).close()
    const database = new Database(path)
    database.exec(`UPDATE synclayer_meta SET value = '99' WHERE name = 'layout'`)
    database.close()
    expect(await codeOf(open({ path }))).toBe('NOT_SUPPORTED')
  })

  test.each(['1', '2'])(
    'a file of layout %s goes on, and its answers are still known (A3)',
    async (layout) => {
      const path = newPath()
      const before = await open({ path })
      await push(before, put(1), put(2))
      const { cursor, epoch, changes } = await pull(before, null)
      await before.close()
      const database = new Database(path)
      database.exec(
        `UPDATE synclayer_meta SET value = '${layout}' WHERE name = 'layout';
       DROP TABLE synclayer_result;
       CREATE TABLE synclayer_result (
         feed INTEGER NOT NULL, client TEXT NOT NULL, n INTEGER NOT NULL, identity TEXT NOT NULL,
         version TEXT NOT NULL, stored_at INTEGER NOT NULL, PRIMARY KEY (feed, client, n)) WITHOUT ROWID;
       INSERT INTO synclayer_result SELECT feed, 'c', CAST(substr(mutation, 3) AS INTEGER),
         time || ' put ' || collection || ' ' || id, version, stored_at FROM synclayer_record;`,
      )
      database.close()
      for (let openings = 0; openings < 2; openings++) {
        const adapter = await open({ path })
        const request = { scope: 'default', clientId: 'c', settled: 0, epoch, cursor }
        const { results } = await adapter.push({ ...request, mutations: [put(1), put(2)] }, SIGNAL)
        expect(results).toEqual(
          changes.map(({ version }, index) => ({ id: `c.${index + 1}`, status: 'accepted', version })),
        )
        expect((await pull(adapter, cursor)).changes).toEqual([])
        await adapter.close()
      }
      const adapter = await open({ path })
      expect(await push(adapter, { ...put(2), recordId: 'r9' }, put(3))).toEqual([
        'MUTATION_ID_REUSED',
        'accepted',
      ])
      await adapter.close()
    },
  )

  test.each([
    ['power', 2],
    ['process', 1],
  ] as const)('durability %s sets how commits reach the disk', async (durability, synchronous) => {
    const database = new Database(newPath())
    const adapter = await open({ database, durability })
    expect(database.pragma('synchronous', { simple: true })).toBe(synchronous)
    await adapter.close()
    database.close()
  })

  test('a file of its own is in WAL mode', async () => {
    const path = newPath()
    const adapter = await open({ path })
    const database = new Database(path)
    expect(database.pragma('journal_mode', { simple: true })).toBe('wal')
    database.close()
    await adapter.close()
  })
})

describe("a user's own handle", () => {
  test('keeps its tables, its settings, and stays open', async () => {
    const database = new Database(newPath())
    database.exec(`CREATE TABLE record (id TEXT); INSERT INTO record VALUES ('mine')`)
    database.defaultSafeIntegers(true)
    const adapter = await open({ database })
    expect(await push(adapter, put(1))).toEqual(['accepted'])
    expect((await pull(adapter, null)).changes[0]).toMatchObject({ id: 'r1', schema: 1, deleted: false })
    const report = await adapter.purge?.({ scope: 'default', before: Date.now() + 1_000 })
    expect(report).toEqual({ tombstones: 0, results: 1 })
    await adapter.close()
    expect(database.prepare('SELECT id FROM record').all()).toEqual([{ id: 'mine' }])
    database.close()
  })

  test('that is in a transaction is waited for, and never joined (A8)', async () => {
    const database = new Database(newPath())
    const adapter = await open({ database, busyTimeoutMs: 5_000 })
    await push(adapter, put(1))
    database.exec('BEGIN')
    const pushed = push(adapter, put(2))
    await delay(60)
    database.exec('ROLLBACK')
    expect(await pushed).toEqual(['accepted'])
    expect((await pull(adapter, null)).changes).toHaveLength(2)
    await adapter.close()
    database.close()
  })

  test('that its owner closes makes every call CLOSED', async () => {
    const database = new Database(newPath())
    const adapter = await open({ database })
    database.close()
    expect(await codeOf(pull(adapter, null))).toBe('CLOSED')
    await adapter.close()
  })
})

describe('a file that another process writes to', () => {
  test('is waited for without holding up this one, then BACKEND_FAILED and retryable (A8)', async () => {
    const path = newPath()
    const adapter = await open({ path, busyTimeoutMs: 200 })
    await push(adapter, put(1))
    const other = new Database(path)
    other.exec('BEGIN IMMEDIATE')
    let turns = 0
    const timer = setInterval(() => (turns += 1), 5)
    expect(await codeOf(push(adapter, put(2)))).toBe('BACKEND_FAILED, retryable')
    clearInterval(timer)
    expect(turns).toBeGreaterThan(0)
    expect((await pull(adapter, null)).changes).toHaveLength(1)
    other.exec('ROLLBACK')
    expect(await push(adapter, put(2))).toEqual(['accepted'])
    other.close()
    await adapter.close()
  })

  test('that fails in the middle of a large push leaves what is known known (A8)', async () => {
    const path = newPath()
    const adapter = await open({ path, busyTimeoutMs: 100 })
    const { epoch, cursor } = await pull(adapter, null, 0)
    const mutations = Array.from({ length: 1_200 }, (_, n) => put(n))
    const abort = new AbortController()
    const pushed = adapter.push(
      { scope: 'default', clientId: 'c', settled: 0, epoch, cursor, mutations },
      abort.signal,
    )
    await Promise.resolve()
    while ((await pull(adapter, cursor, 1)).changes.length === 0) await delay(0)
    abort.abort()
    const { results } = await pushed
    expect(results).toHaveLength(1_200)
    const accepted = results.filter(({ status }) => status === 'accepted').length
    const unknown = results.filter((result) => result.status === 'retry' && result.code === 'ABORTED').length
    expect(accepted + unknown).toBe(1_200)
    expect(accepted % 500).toBe(accepted === 1_200 ? 200 : 0)
    expect(new Set(await push(adapter, ...mutations))).toEqual(new Set(['accepted']))
    expect((await pull(adapter, null, 2_000)).changes).toHaveLength(1_200)
    await adapter.close()
  })
})

describe('calls that are awaited one after the other', () => {
  test('let timers have their turn', async () => {
    const adapter = await open({ path: newPath() })
    let ticks = 0
    const timer = setInterval(() => (ticks += 1), 1)
    // Without turns this would never end.
    while (ticks < 3) await pull(adapter, null)
    clearInterval(timer)
    expect(ticks).toBeGreaterThanOrEqual(3)
    await adapter.close()
  })
})

describe('pages', () => {
  test('are bounded by bytes too, and nothing is lost by that (A1)', async () => {
    const adapter = await open({ path: newPath() })
    const text = 'x'.repeat(1_000_000)
    await push(adapter, ...Array.from({ length: 20 }, (_, n) => put(n, { text })))
    const first = await pull(adapter, null, 100)
    expect([first.changes.length, first.hasMore]).toEqual([9, true])
    const second = await pull(adapter, first.cursor, 100)
    const third = await pull(adapter, second.cursor, 100)
    expect([second.changes.length, third.changes.length, third.hasMore]).toEqual([9, 2, false])
    await adapter.close()
  })

  test('cross wide gaps that many changes of few records leave (A1)', async () => {
    const path = newPath()
    const adapter = await open({ path })
    const { cursor } = await pull(adapter, null)
    for (const [n, head] of [1_000_000, 500_000_000, 30_000_000_000].entries()) {
      await push(adapter, put(n))
      const database = new Database(path)
      database.exec(`UPDATE synclayer_feed SET head = ${head}`)
      database.close()
    }
    await push(adapter, put(3))
    const before = process.cpuUsage()
    expect((await pull(adapter, cursor)).changes.map((change) => change.id)).toEqual(['r0', 'r1', 'r2', 'r3'])
    expect((await pull(adapter, null, 2)).remaining).toBe(2)
    // Stepping through them would take minutes.
    expect(process.cpuUsage(before).user).toBeLessThan(1_000_000)
    await adapter.close()
  })

  test('say at most how much is left, and nothing at the head', async () => {
    const adapter = await open({ path: newPath() })
    await push(adapter, ...Array.from({ length: 10 }, (_, n) => put(n)))
    const page = await pull(adapter, null, 4)
    expect(page.remaining).toBe(6)
    expect((await pull(adapter, page.cursor, 6)).remaining).toBe(0)
    await adapter.close()
  })
})

describe('marks and epochs', () => {
  test('each process makes a mark before it first writes, and one an hour (A4)', async () => {
    const path = newPath()
    let now = 1_800_000_000_000
    const marks = (): unknown => {
      const database = new Database(path, { readonly: true })
      const positions = database
        .prepare('SELECT position FROM synclayer_mark ORDER BY position')
        .pluck()
        .all()
      database.close()
      return positions
    }
    const first = await open({ path }, () => now)
    await push(first, put(1))
    await push(first, put(2))
    expect(marks()).toEqual([0])
    const second = await open({ path }, () => now)
    await push(second, put(3))
    await push(first, put(4))
    expect(marks()).toEqual([0, 2])
    now += 3_600_000
    await push(first, put(5))
    expect(marks()).toEqual([0, 2, 4])
    // A group that fails takes its mark back with it.
    const third = await open({ path }, () => now)
    await push(third, { ...put(6), group: 'g' }, { ...put(1), id: 'c.7', group: 'g' })
    expect(marks()).toEqual([0, 2, 4])
    await push(third, put(8))
    expect(marks()).toEqual([0, 2, 4, 5])
    await Promise.all([first, second, third].map((adapter) => adapter.close()))
  })

  test('purging keeps the mark the floor was written under (A4)', async () => {
    const path = newPath()
    for (let n = 0; n < 4; n++) {
      const adapter = await open({ path })
      await push(adapter, put(n))
      await adapter.close()
    }
    const adapter = await open({ path })
    const [last] = (await pull(adapter, null)).changes.toReversed()
    await push(adapter, {
      ...put(9),
      recordId: 'r3',
      kind: 'delete',
      data: undefined as never,
      base: last!.version,
    })
    const { cursor } = await pull(adapter, null)
    await adapter.purge?.({ scope: 'default', before: Date.now() + 1_000 })
    expect((await pull(adapter, cursor)).changes).toEqual([])
    expect(await push(adapter, put(10))).toEqual(['accepted'])
    expect((await pull(adapter, cursor)).changes).toHaveLength(1)
    await adapter.close()
  })

  test('a file rewound under an open adapter is noticed at once (A4)', async () => {
    const path = newPath()
    const adapter = await open({ path })
    await push(adapter, put(1))
    const before = await pull(adapter, null)
    const other = new Database(path)
    const rows = other.prepare('SELECT * FROM synclayer_feed').all() as { head: number }[]
    await push(adapter, put(2), put(3))
    other.exec(`DELETE FROM synclayer_record WHERE id <> 'r1'; DELETE FROM synclayer_result WHERE last > 1`)
    other.exec(`UPDATE synclayer_feed SET head = ${rows[0]!.head}, records = 1`)
    other.close()
    const after = await pull(adapter, null)
    expect(after.epoch).not.toBe(before.epoch)
    expect(after.changes).toHaveLength(1)
    expect(await codeOf(pull(adapter, before.cursor))).toBe('EPOCH_CHANGED, retryable')
    await adapter.close()
  })

  test('after a restore a snapshot tells deletes too, so that none is undone (A4)', async () => {
    const path = newPath()
    const adapter = await open({ path })
    await push(adapter, put(1), put(2))
    const [first] = (await pull(adapter, null)).changes
    await push(adapter, {
      ...put(3),
      recordId: 'r1',
      kind: 'delete',
      data: undefined as never,
      base: first!.version,
    })
    const kinds = async (): Promise<unknown> => (await pull(adapter, null)).changes.map(({ kind }) => kind)
    expect(await kinds()).toEqual(['put'])
    const database = new Database(path)
    database.exec(`UPDATE synclayer_feed SET epoch_start = head`)
    database.close()
    expect(await kinds()).toEqual(['put', 'delete'])
    await adapter.close()
  })
})

describe('results', () => {
  test('are forgotten once settled, and otherwise after twice the retention of tombstones (A3)', async () => {
    const path = newPath()
    let now = 1_800_000_000_000
    const adapter = await open({ path }, () => now)
    await push(adapter, put(0), put(1), put(2))
    const kept = (): unknown => {
      const database = new Database(path, { readonly: true })
      const runs = database.prepare('SELECT first, last FROM synclayer_result').raw().all()
      database.close()
      return runs
    }
    const { epoch, cursor } = await pull(adapter, null, 0)
    const pushAndSettle = (settled: number, n: number): Promise<unknown> =>
      adapter.push({ scope: 'default', clientId: 'c', settled, epoch, cursor, mutations: [put(n)] }, SIGNAL)
    const [first, second, third] = [
      [0, 2],
      [3, 3],
      [4, 4],
    ]
    // What was accepted together is forgotten together.
    await pushAndSettle(2, 3)
    expect(kept()).toEqual([first, second])
    await pushAndSettle(3, 4)
    expect(kept()).toEqual([second, third])
    now += 100_000
    await adapter.purge?.({ scope: 'default', before: now - 50_001 })
    expect(kept()).toEqual([second, third])
    await adapter.purge?.({ scope: 'default', before: now - 49_999 })
    expect(kept()).toEqual([])
    await adapter.close()
  })
})
