import { existsSync, mkdirSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { RecordWrite } from '@synclayer/core/storage'
import Database from 'better-sqlite3'
import { afterAll, describe, expect, test } from 'vitest'
import { sqliteStorage } from './index.ts'
import { connect } from './store-connection.ts'

const folder = mkdtempSync(join(tmpdir(), 'synclayer-sqlite-'))
afterAll(() => rmSync(folder, { recursive: true }))

const SCHEMA = { collections: [{ name: 'notes', indexes: [] }], durability: 'process' } as const

function row(id: string, document = '{}'): RecordWrite {
  return {
    collection: 'notes',
    id,
    scope: 's',
    document,
    base: null,
    sync: '{}',
    lane: null,
    order: 0,
    keys: [],
  }
}

describe('sqliteStorage', () => {
  test.each([
    ['options', undefined],
    ['path', {}],
    ['path', { path: '' }],
    ['path', { path: 5 }],
    ['path', { path: 'a\0b' }],
    ['busyTimeoutMs', { path: 'a.db', busyTimeoutMs: -1 }],
    ['busyTimeoutMs', { path: 'a.db', busyTimeoutMs: '5s' }],
    ['file', { path: 'a.db', file: 'b.db' }],
  ])('refuses a wrong option %s by name', (option, options) => {
    const create = (): unknown => sqliteStorage(options as unknown as { readonly path: string })
    expect(create).toThrow(expect.objectContaining({ code: 'INVALID_OPTION', details: { option } }))
  })

  test('creates the folder of its file', async () => {
    const path = join(folder, 'new', 'deep', 'app.db')
    const storage = sqliteStorage({ path })
    await storage.open(SCHEMA)
    await storage.close()
    expect(existsSync(path)).toBe(true)
  })

  test('keeps everything in memory where asked, for one handle', async () => {
    const storage = sqliteStorage({ path: ':memory:' })
    expect(storage.capabilities).toMatchObject({ crossProcess: false, durability: ['process'] })
    expect(storage.changes).toBeUndefined()
    await storage.open(SCHEMA)
    await storage.commit({ records: [row('a')], flush: true })
    expect(await storage.read([{ collection: 'notes', id: 'a' }])).toMatchObject([{ id: 'a' }])
    await storage.close()
  })

  test('two handles can create one file at the same moment (ST1)', async () => {
    for (let round = 0; round < 10; round++) {
      const path = join(folder, `race-${round}.db`)
      const handles = [sqliteStorage({ path }), sqliteStorage({ path }), sqliteStorage({ path })]
      await Promise.all(handles.map((storage) => storage.open(SCHEMA)))
      await Promise.all(handles.map((storage, index) => storage.commit({ records: [row(String(index))] })))
      expect(await handles[0]!.scan({ collection: 'notes', after: null, limit: 9 })).toHaveLength(3)
      await Promise.all(handles.map((storage) => storage.close()))
    }
  })

  test('waits for another process that is creating the file', async () => {
    const path = join(folder, 'slow.db')
    const other = new Database(path)
    other.exec('BEGIN IMMEDIATE')
    setTimeout(() => other.exec('ROLLBACK'), 100)
    const storage = sqliteStorage({ path })
    await storage.open(SCHEMA)
    expect(other.inTransaction).toBe(false)
    other.close()
    await storage.close()
  })

  test('closed while it is being opened, it is closed', async () => {
    const storage = sqliteStorage({ path: join(folder, 'closed.db') })
    const opening = storage.open(SCHEMA)
    await storage.close()
    await opening
    await expect(storage.outboxSize(null)).rejects.toMatchObject({ code: 'CLOSED' })
    expect(existsSync(join(folder, 'closed.db-wal'))).toBe(false)
  })

  test('lets timers have their turn between calls that are awaited one after the other', async () => {
    const storage = sqliteStorage({ path: join(folder, 'turns.db') })
    await storage.open(SCHEMA)
    let ticks = 0
    const timer = setInterval(() => (ticks += 1), 1)
    for (let calls = 0; calls < 100_000 && ticks < 4; calls += 1)
      await storage.commit({ records: [row('a')] })
    clearInterval(timer)
    expect(ticks).toBeGreaterThanOrEqual(4)
    await storage.close()
  })

  test('a store of format 1, which knew no versions, is brought up to date and keeps its rows (ST8, ST10)', async () => {
    const path = join(folder, 'format-1.db')
    const storage = sqliteStorage({ path })
    await storage.open(SCHEMA)
    await storage.commit({ records: [row('a')] })
    await storage.close()
    const database = new Database(path)
    database.exec('ALTER TABLE collections DROP COLUMN version')
    database.pragma('user_version = 1')
    database.close()

    await storage.open({ ...SCHEMA, collections: [{ name: 'notes', indexes: [], version: 1 }] })
    expect(await storage.read([{ collection: 'notes', id: 'a' }])).toMatchObject([{ id: 'a' }])
    const newer = sqliteStorage({ path })
    await newer.open({ ...SCHEMA, collections: [{ name: 'notes', indexes: [], version: 2 }] })
    await expect(storage.commit({ records: [row('b')] })).rejects.toMatchObject({
      details: { outdated: true },
    })
    await storage.close()
    await newer.close()
  })

  test('a store of a later format is STORAGE_FAILED and says so (ST7)', async () => {
    const path = join(folder, 'later.db')
    const storage = sqliteStorage({ path })
    await storage.open(SCHEMA)
    await storage.close()
    const database = new Database(path)
    database.pragma('user_version = 99')
    database.close()
    await expect(storage.open(SCHEMA)).rejects.toMatchObject({
      code: 'STORAGE_FAILED',
      retryable: false,
      details: { format: 99, knownFormat: 2 },
    })
  })

  test('a path that cannot be opened is STORAGE_FAILED (ST7)', async () => {
    const file = join(folder, 'file')
    writeFileSync(file, '')
    mkdirSync(join(folder, 'folder.db'))
    for (const path of [join(file, 'app.db'), join(folder, 'folder.db')]) {
      await expect(sqliteStorage({ path }).open(SCHEMA)).rejects.toMatchObject({
        code: 'STORAGE_FAILED',
        retryable: false,
      })
    }
  })

  test('waits for a busy store, then is STORAGE_FAILED and retryable, with nothing written (ST7)', async () => {
    const path = join(folder, 'busy.db')
    const storage = sqliteStorage({ path, busyTimeoutMs: 50 })
    await storage.open(SCHEMA)
    const other = new Database(path)
    other.exec('BEGIN IMMEDIATE')
    for (const flush of [false, true]) {
      await expect(storage.commit({ records: [row('a')], flush })).rejects.toMatchObject({
        code: 'STORAGE_FAILED',
        retryable: true,
        details: { result: 'SQLITE_BUSY' },
      })
    }
    expect(await storage.read([{ collection: 'notes', id: 'a' }])).toEqual([undefined])
    other.exec('ROLLBACK')
    expect(await storage.commit({ records: [row('a')] })).toEqual({ status: 'committed' })
    other.close()
    await storage.close()
  })

  test('a full store is STORAGE_FULL, nothing is changed, and it goes on once there is room (ST1, ST7)', async () => {
    const connection = await connect({ path: join(folder, 'full.db'), busyTimeoutMs: 0 }, SCHEMA)
    const { database } = connection
    const pages = database.pragma('page_count', { simple: true }) as number
    database.close()
    const path = join(folder, 'full.db')
    const storage = sqliteStorage({ path })
    await storage.open(SCHEMA)
    await storage.commit({ records: [row('old')], entries: [{ name: 'e', value: 'old' }] })
    await storage.close()

    const limited = await connect({ path, busyTimeoutMs: 0 }, SCHEMA)
    limited.database.pragma(`max_page_count = ${pages + 20}`)
    const { commitBatch } = await import('./commit-batch.ts')
    const batch = {
      records: Array.from({ length: 1_000 }, (_, index) => row(`n${index}`, 'x'.repeat(500))),
      removals: [{ collection: 'notes', id: 'old' }],
      entries: [{ name: 'e', value: 'new' }],
    }
    expect(() => commitBatch(limited, batch, [])).toThrow(expect.objectContaining({ code: 'SQLITE_FULL' }))
    expect(limited.database.inTransaction).toBe(false)
    expect(limited.database.prepare('SELECT id FROM records_1_1').pluck().all()).toEqual(['old'])
    expect(commitBatch(limited, { records: [row('small')] }, [])).toEqual({ status: 'committed' })
    limited.database.close()
  })

  test('after clearing, the file holds nothing of what it held', async () => {
    const path = join(folder, 'cleared.db')
    const storage = sqliteStorage({ path })
    await storage.open(SCHEMA)
    await storage.commit({
      records: Array.from({ length: 2_000 }, (_, at) => row(`n${at}`, 'secret '.repeat(50))),
    })
    await storage.clear()
    expect(statSync(path).size).toBeLessThan(100_000)
    expect(statSync(`${path}-wal`).size).toBe(0)
    await storage.close()
  })
})

describe('connect', () => {
  test('flushes with synchronous FULL and a real change, and goes back to the durability asked for (ST9)', async () => {
    for (const [durability, level] of [
      ['process', 1],
      ['power', 2],
    ] as const) {
      const connection = await connect(
        { path: join(folder, `${durability}.db`), busyTimeoutMs: 0 },
        { ...SCHEMA, durability },
      )
      const { database, writeFlushed, write } = connection
      const synchronous = (): unknown => database.pragma('synchronous', { simple: true })
      const flushes = (): unknown =>
        database.prepare(`SELECT value FROM counters WHERE name = 'flushes'`).pluck().get()
      const seen: unknown[] = []
      expect(writeFlushed(() => seen.push(synchronous()) > 0)).toBe(true)
      expect(seen).toEqual([2])
      expect(synchronous()).toBe(level)
      expect(flushes()).toBe(1)
      expect(() =>
        writeFlushed(() => {
          throw new Error('stop')
        }),
      ).toThrow('stop')
      expect(synchronous()).toBe(level)
      expect(write(() => true)).toBe(true)
      expect(flushes()).toBe(1)
      database.close()
    }
  })
})
