import { afterAll, afterEach, expect, test } from 'vitest'
import { endChildren, run } from './child.ts'
import { type Files, filesIn } from './fixtures.ts'
import { type EngineClient, openClient } from './programs/engine-program.ts'
import { ask } from './with-backend.ts'

const { files, remove } = filesIn('feed')
afterAll(remove)
afterEach(endChildren)

const RECORDS = 100_037
const BEFORE = 80_037
const WRITERS = ['one', 'two'] as const

/** What one client was told, by the events of its public API. */
interface Reader {
  readonly db: EngineClient
  readonly inserted: Set<string>
  readonly wrong: string[]
  updates: number
}

async function openReader(paths: Files, batchSize: number, known?: Reader): Promise<Reader> {
  const db = await openClient({ ...paths, sync: { batchSize } })
  const reader: Reader = { db, inserted: known?.inserted ?? new Set(), wrong: [], updates: 0 }
  const latest = new Map<string, number>()
  db.on('remoteInsert', ({ id, document }) => {
    if (reader.inserted.has(id)) reader.wrong.push(`${id} was inserted twice`)
    reader.inserted.add(id)
    latest.set(id, Number(document['n']))
  })
  db.on('remoteUpdate', ({ id, document }) => {
    reader.updates += 1
    const n = Number(document['n'])
    if (!reader.inserted.has(id)) reader.wrong.push(`${id} was updated before it was inserted`)
    if (n <= (latest.get(id) ?? -1)) reader.wrong.push(`${id} went from ${latest.get(id)} to ${n}`)
    latest.set(id, n)
  })
  db.on('remoteDelete', ({ id }) => {
    if (!id.includes('-passing-')) reader.wrong.push(`${id} was deleted`)
    reader.inserted.delete(id)
  })
  return reader
}

test('100,037 records under writers, pages of 1, 7, 100 and 1,000: none missed, none twice (A1, I4, W10, W24)', async () => {
  const paths = files()
  const { backend } = paths
  await run('write-feed', backend, 'before', String(BEFORE), '5000')
  // One by one would take its time from the beginning: this one has what was before, and goes on with the rest.
  const ahead = await openReader(paths, 1_000)
  await ahead.db.sync()
  await ahead.db.close()
  expect(ahead.inserted.size).toBe(BEFORE)
  const share = (RECORDS - BEFORE) / WRITERS.length
  const writing = Promise.all(WRITERS.map((name) => run('write-feed', backend, name, String(share), '200')))
  const readers = [
    await openReader(paths, 1, ahead),
    ...(await Promise.all(
      [7, 100, 1_000].map((batchSize, index) =>
        openReader({ backend, store: `${paths.store}.${index}` }, batchSize),
      ),
    )),
  ]
  const changed = (await writing).reduce((sum, [count]) => sum + Number(count), 0)
  const followed = Math.max(...readers.map(({ inserted }) => inserted.size))
  const stored = ask(
    backend,
    'SELECT document FROM synclayer_record WHERE deleted = 0 ORDER BY id',
  ) as string[]
  expect(stored).toHaveLength(RECORDS)
  // Had nobody followed while they wrote, the test would show nothing.
  expect(followed).toBeGreaterThan(BEFORE)
  for (const reader of readers) {
    await reader.db.sync()
    reader.db.pause()
    expect(reader.wrong).toEqual([])
    expect(reader.inserted.size).toBe(RECORDS)
    expect(reader.updates).toBeLessThanOrEqual(changed)
    const held = await reader.db.collection('notes').getAll()
    expect(held.map((note) => JSON.stringify(note))).toEqual(stored)
    await reader.db.close()
  }
}, 120_000)
