import { afterAll, afterEach, expect, test } from 'vitest'
import { endChildren, start } from '../child.ts'
import { type Files, filesIn } from './fixtures.ts'
import { type EngineClient, openClient } from './programs/engine-program.ts'
import { ask } from './with-backend.ts'

const { files, remove } = filesIn('feed')
afterAll(remove)
afterEach(endChildren)

/** What each writer makes before the readers begin, and while they read. */
const WRITERS = [
  { name: 'one', before: 40_000, after: 10_000 },
  { name: 'two', before: 40_037, after: 10_000 },
] as const
const RECORDS = 100_037
const BEFORE = 80_037

/** What one client was told, by the events of its public API. */
interface Reader {
  readonly db: EngineClient
  readonly inserted: Set<string>
  readonly wrong: string[]
  /** Resolves once it has more than there was before it began. */
  readonly follows: Promise<void>
  updates: number
}

async function openReader(paths: Files, batchSize: number, known?: Reader): Promise<Reader> {
  const db = await openClient({ ...paths, sync: { batchSize } })
  let noteFollowing = (): void => undefined
  const reader: Reader = {
    db,
    inserted: known?.inserted ?? new Set(),
    wrong: [],
    follows: new Promise((resolve) => (noteFollowing = resolve)),
    updates: 0,
  }
  const latest = new Map<string, number>()
  db.on('remoteInsert', ({ id, document }) => {
    if (reader.inserted.has(id)) reader.wrong.push(`${id} was inserted twice`)
    reader.inserted.add(id)
    if (reader.inserted.size > BEFORE + 1) noteFollowing()
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
  const changes: number[] = []
  const writers = WRITERS.map(({ name, before, after }) =>
    start('engine/programs/write-feed', [backend, name, String(before), String(after)], (line) => {
      if (line !== 'begun') changes.push(Number(line))
    }),
  )
  await Promise.all(writers.map((writer) => writer.line((line) => line === 'begun')))
  // One by one would take its time from the beginning: this one has what was before, and goes on with the rest.
  const ahead = await openReader(paths, 1_000)
  await ahead.db.sync()
  await ahead.db.close()
  expect(ahead.inserted.size).toBe(BEFORE)
  for (const writer of writers) writer.tell('go')
  const readers = [
    await openReader(paths, 1, ahead),
    ...(await Promise.all(
      [7, 100, 1_000].map((batchSize, index) =>
        openReader({ backend, store: `${paths.store}.${index}` }, batchSize),
      ),
    )),
  ]
  // The first of them has begun to follow while the others still take what was before: there is more to come for all.
  await Promise.race(readers.map(({ follows }) => follows))
  for (const writer of writers) writer.tell('go on')
  for (const writer of writers) expect(await writer.ended).toMatchObject({ code: 0, errors: '' })
  const changed = changes.reduce((sum, count) => sum + count, 0)
  const stored = ask(
    backend,
    'SELECT document FROM synclayer_record WHERE deleted = 0 ORDER BY id',
  ) as string[]
  expect(stored).toHaveLength(RECORDS)
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
}, 360_000)
