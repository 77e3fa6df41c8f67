import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { RecordWrite, Storage } from '@synclayer/core/storage'
import Database from 'better-sqlite3'
import { afterAll, describe, expect, test } from 'vitest'
import { sqliteStorage } from './index.ts'

const folder = mkdtempSync(join(tmpdir(), 'synclayer-damage-'))
afterAll(() => rmSync(folder, { recursive: true }))

const SCHEMA = { collections: [{ name: 'notes', indexes: ['size'] }], durability: 'process' } as const
const IDS = ['a', 'b', 'c'] as const
const TABLE = 'records_1_2'
let storeCount = 0

function row(id: string, fields: Partial<RecordWrite> = {}): RecordWrite {
  const order = id.charCodeAt(0)
  const document = JSON.stringify({ id, text: `text of ${id}` })
  const whole = {
    collection: 'notes',
    id,
    scope: 's',
    document,
    base: '{}',
    sync: '{"v":1}',
    lane: 'waiting',
    order,
  } as const
  return { ...whole, keys: [Uint8Array.of(order)], ...fields }
}

async function openWithRows(): Promise<{ readonly path: string; readonly storage: Storage }> {
  const path = join(folder, `store-${++storeCount}.db`)
  const storage = sqliteStorage({ path })
  await storage.open(SCHEMA)
  await storage.commit({ records: IDS.map((id) => row(id)), entries: [{ name: 'e', value: '1' }] })
  return { path, storage }
}

/** Changes the file behind the storage's back. */
function damage(path: string, sql: string): void {
  const database = new Database(path)
  expect(database.prepare(sql).run().changes).toBeGreaterThan(0)
  database.close()
}

function setAside(path: string): unknown[] {
  const database = new Database(path)
  const rows = database.prepare('SELECT collection, id, document FROM set_aside').all()
  database.close()
  return rows
}

const DAMAGED = { collection: 'notes', id: 'b', damaged: true }

/** Every column that a read answers, with another value than was written. */
const COLUMN_DAMAGE = {
  revision: 'revision = revision + 1',
  document: `document = replace(document, 'text', 'tExt')`,
  'the type of document': 'document = CAST(document AS BLOB)',
  base: `base = '[]'`,
  sync: `sync = '{"v":2}'`,
  scope: `scope = 't'`,
  order: 'ord = ord + 1',
  'the type of order': `ord = 'x'`,
  lane: 'lane = 2',
  'lane, to none': 'lane = NULL',
  'lane, to an unknown one': 'lane = 77',
  checksum: 'checksum = checksum + 1',
}

describe('damaged rows', () => {
  for (const [name, sql] of Object.entries(COLUMN_DAMAGE)) {
    test(`a change of ${name} is told, and harms no other row (ST6)`, async () => {
      const { path, storage } = await openWithRows()
      damage(path, `UPDATE ${TABLE} SET ${sql} WHERE id = 'b'`)
      const keys = IDS.map((id) => ({ collection: 'notes', id }))
      expect(await storage.read(keys)).toMatchObject([{ id: 'a', lane: 'waiting' }, DAMAGED, { id: 'c' }])
      const byId = await storage.query({ collection: 'notes', index: null, limit: 9 })
      expect(byId.rows).toMatchObject([{ id: 'a' }, DAMAGED, { id: 'c' }])
      const byIndex = await storage.query({ collection: 'notes', index: 'size', limit: 9, reverse: true })
      expect(byIndex.rows).toMatchObject([{ id: 'c' }, DAMAGED, { id: 'a' }])
      expect(await storage.scan({ collection: 'notes', after: null, limit: 9 })).toMatchObject([
        { id: 'a' },
        DAMAGED,
        { id: 'c' },
      ])
      await storage.close()
    })
  }

  for (const name of ['document', 'scope', 'order', 'lane, to an unknown one'] as const) {
    test(`a change of ${name} does not hide the row from the outbox (ST6)`, async () => {
      const { path, storage } = await openWithRows()
      damage(path, `UPDATE ${TABLE} SET ${COLUMN_DAMAGE[name]} WHERE id = 'b'`)
      const rows = await storage.outbox({ lane: 'waiting', scope: null, after: 0, limit: 9 })
      expect(rows).toHaveLength(3)
      expect(rows).toContainEqual(expect.objectContaining(DAMAGED))
      await storage.close()
    })
  }

  test('pages of an outbox go on behind a damaged row (ST6)', async () => {
    const { path, storage } = await openWithRows()
    damage(path, `UPDATE ${TABLE} SET sync = ''`)
    const ids: string[] = []
    for (let after = 0; ;) {
      const [next] = await storage.outbox({ lane: 'waiting', scope: 's', after, limit: 1 })
      if (next === undefined) break
      expect(next).toMatchObject({ damaged: true })
      ids.push(next.id)
      after = next.order
    }
    expect(ids).toEqual(IDS)
    await storage.close()
  })

  test('a place that is no number comes last, once, and hides no row behind it (ST6)', async () => {
    const { path, storage } = await openWithRows()
    damage(path, `UPDATE ${TABLE} SET ord = 'x' WHERE id = 'b'`)
    const ids: string[] = []
    for (let after = 0; ;) {
      const [next] = await storage.outbox({ lane: 'waiting', scope: 's', after, limit: 1 })
      if (next === undefined) break
      ids.push(next.id)
      after = next.order
    }
    expect(ids).toEqual(['a', 'c', 'b'])
    await storage.close()
  })

  test('are kept as they are when written over, and the new row is whole (ST6)', async () => {
    const { path, storage } = await openWithRows()
    damage(path, `UPDATE ${TABLE} SET document = 'torn' WHERE id = 'b'`)
    const [damaged] = await storage.read([{ collection: 'notes', id: 'b' }])
    const expectation = [{ collection: 'notes', id: 'b', revision: damaged!.revision }]
    expect(await storage.commit({ records: [row('b')] }, expectation)).toEqual({ status: 'committed' })
    expect(await storage.read([{ collection: 'notes', id: 'b' }])).toMatchObject([
      { document: row('b').document },
    ])
    await storage.commit({ records: [row('b'), row('a')] })
    expect(setAside(path)).toEqual([{ collection: 'notes', id: 'b', document: 'torn' }])
    await storage.close()
  })

  test('can be expected by their revision even where that is what is damaged (ST2, ST6)', async () => {
    const { path, storage } = await openWithRows()
    damage(path, `UPDATE ${TABLE} SET revision = 'x' WHERE id = 'b'`)
    const [damaged] = await storage.read([{ collection: 'notes', id: 'b' }])
    expect(damaged).toMatchObject(DAMAGED)
    const expectation = [{ collection: 'notes', id: 'b', revision: damaged!.revision }]
    expect(await storage.commit({ records: [row('a')] }, expectation)).toEqual({ status: 'committed' })
    expect(await storage.commit({ records: [row('b')] }, expectation)).toEqual({ status: 'committed' })
    await storage.close()
  })

  test('are kept as they are when removed (ST6)', async () => {
    const { path, storage } = await openWithRows()
    damage(path, `UPDATE ${TABLE} SET document = 'torn' WHERE id = 'b'`)
    await storage.commit({ removals: IDS.map((id) => ({ collection: 'notes', id })) })
    expect(setAside(path)).toEqual([{ collection: 'notes', id: 'b', document: 'torn' }])
    await storage.close()
  })

  test('are not set aside by a commit that is stale (ST2, ST6)', async () => {
    const { path, storage } = await openWithRows()
    damage(path, `UPDATE ${TABLE} SET document = 'torn' WHERE id = 'b'`)
    const stale = [{ collection: 'notes', id: 'c', revision: null }]
    expect(await storage.commit({ records: [row('b'), row('c')] }, stale)).toEqual({ status: 'stale' })
    expect(setAside(path)).toEqual([])
    expect(await storage.read([{ collection: 'notes', id: 'b' }])).toMatchObject([DAMAGED])
    await storage.close()
  })

  test('any byte that is flipped within a document shows (ST6)', async () => {
    const { path, storage } = await openWithRows()
    await storage.close()
    const original = readFileSync(path)
    const start = original.indexOf(row('b').document!)
    expect(start).toBeGreaterThan(0)
    for (let at = start; at < start + row('b').document!.length; at++) {
      const flipped = Buffer.from(original)
      flipped[at]! ^= 1 << (at % 8)
      writeFileSync(path, flipped)
      const again = sqliteStorage({ path })
      await again.open(SCHEMA)
      const answers = await again.read(IDS.map((id) => ({ collection: 'notes', id })))
      expect(answers).toMatchObject([
        { document: row('a').document },
        DAMAGED,
        { document: row('c').document },
      ])
      await again.close()
    }
  })

  test('a damaged entry is STORAGE_CORRUPT by its name, and can be written over (ST6)', async () => {
    const { path, storage } = await openWithRows()
    damage(path, `UPDATE entries SET value = '2'`)
    const error = { code: 'STORAGE_CORRUPT', details: { entry: 'e' } }
    await expect(storage.readEntries(['e'])).rejects.toMatchObject(error)
    await expect(storage.listEntries('')).rejects.toMatchObject(error)
    expect(await storage.read([{ collection: 'notes', id: 'a' }])).toMatchObject([{ id: 'a' }])
    await storage.commit({ entries: [{ name: 'e', value: '3' }] })
    expect(await storage.readEntries(['e'])).toMatchObject([{ value: '3' }])
    await storage.close()
  })
})

describe('damaged files', () => {
  test('damaged pages are STORAGE_CORRUPT, never wrong answers (ST6, ST7)', async () => {
    const { path, storage } = await openWithRows()
    await storage.close()
    const file = readFileSync(path)
    const pageSize = file.readUInt16BE(16)
    // The first two pages hold what SQLite needs to open at all; all others are wiped one by one.
    for (let page = 2; page < file.length / pageSize; page++) {
      const wiped = Buffer.from(file)
      wiped.fill(0xa5, page * pageSize, (page + 1) * pageSize)
      writeFileSync(path, wiped)
      const again = sqliteStorage({ path })
      try {
        await again.open(SCHEMA)
        const byId = await again.scan({ collection: 'notes', after: null, limit: 9 })
        expect(byId.map(({ id }) => id)).toEqual(IDS)
        const byIndex = await again.query({ collection: 'notes', index: 'size', limit: 9 })
        expect(byIndex.rows.map(({ id }) => id)).toEqual(IDS)
        const outbox = await again.outbox({ lane: 'waiting', scope: null, after: 0, limit: 9 })
        expect(outbox.map(({ id }) => id)).toEqual(IDS)
        await again.readEntries(['e'])
      } catch (error) {
        expect(error).toMatchObject({ name: 'SyncError', code: 'STORAGE_CORRUPT' })
      } finally {
        await again.close()
      }
    }
  })

  test('a file of something else is STORAGE_CORRUPT and stays as it is (ST7)', async () => {
    const path = join(folder, 'letter.txt')
    const letter = 'Dear reader, this is no database. '.repeat(100)
    writeFileSync(path, letter)
    await expect(sqliteStorage({ path }).open(SCHEMA)).rejects.toMatchObject({ code: 'STORAGE_CORRUPT' })
    expect(readFileSync(path, 'utf8')).toBe(letter)
  })

  test('a SQLite database of another program is STORAGE_CORRUPT and stays as it is (ST7)', async () => {
    const path = join(folder, 'other.db')
    const other = new Database(path)
    other.exec('CREATE TABLE accounts (id); INSERT INTO accounts VALUES (1)')
    other.close()
    const before = readFileSync(path)
    await expect(sqliteStorage({ path }).open(SCHEMA)).rejects.toMatchObject({ code: 'STORAGE_CORRUPT' })
    expect(readFileSync(path).equals(before)).toBe(true)
  })
})
