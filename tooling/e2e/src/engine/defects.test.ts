import type { PullRequest } from '@synclayer/core/adapter'
import Database from 'better-sqlite3'
import { readFileSync, statSync, writeFileSync } from 'node:fs'
import { afterAll, afterEach, describe, expect, test } from 'vitest'
import { filesIn, gather, MANUAL, next, notesOf } from './fixtures.ts'
import { judged } from './judged-adapter.ts'
import { type EngineClient, openClient } from './programs/engine-program.ts'
import { contentOf, settleAll } from './settle.ts'
import { ask, withBackend } from './with-backend.ts'

const { files, remove } = filesIn('defects')
afterAll(remove)

const zone = process.env['TZ']
afterEach(() => {
  if (zone === undefined) delete process.env['TZ']
  else process.env['TZ'] = zone
})

const IN_TIME = AbortSignal.timeout(60_000)

/** Two clients on one backend, both at its head. */
async function two(
  options: Parameters<typeof openClient>[0]['options'] = {},
): Promise<{ readonly backend: string; readonly ada: EngineClient; readonly bob: EngineClient }> {
  const [one, other] = [files(), files()]
  const { backend } = one
  const ada = await openClient({ store: one.store, backend, sync: MANUAL, options })
  const bob = await openClient({ store: other.store, backend, sync: MANUAL, options })
  await ada.collection('notes').saveAll(notesOf('note', 5))
  await settleAll([ada, bob])
  return { backend, ada, bob }
}

describe('over SQLite, here and there', () => {
  test('defect 8: rows of the same time, and rows moved between pages, are not lost (A1, I4)', async () => {
    const { backend, store } = files()
    const ada = await openClient({ backend, sync: MANUAL })
    // One commit, one time.
    await ada.collection('notes').saveAll(notesOf('same', 150))
    await ada.sync()
    const { adapter, pulls } = judged(backend, {
      // Between any two pages some rows of earlier and later pages move to the end.
      pull: async (_request, count) => {
        if (count < 3 || count > 10) return
        await ada.collection('notes').update(`same-${count}`, { n: 1_000 + count })
        await ada.collection('notes').update(`same-${149 - count}`, { n: 2_000 + count })
        await ada.sync()
      },
    })
    const bob = await openClient({ store, backend: adapter, sync: { ...MANUAL, batchSize: 1 } })
    await bob.sync()
    expect(pulls.length).toBeGreaterThan(10)
    expect(await contentOf(bob)).toEqual(await contentOf(ada))
    await Promise.all([ada.close(), bob.close()])
  })

  test('defect 9: the later edit wins, in whatever zone a device lives (C3, T2)', async () => {
    const { ada, bob } = await two({ conflicts: 'lastWriteWins' })
    process.env['TZ'] = 'Pacific/Kiritimati'
    await ada.collection('notes').update('note-1', { text: 'First, where the day begins.' })
    // The clock counts milliseconds: the second edit must be in a later one.
    const edited = Date.now()
    while (Date.now() <= edited + 1) await ada.collection('notes').get('note-1')
    process.env['TZ'] = 'Pacific/Pago_Pago'
    await bob.collection('notes').update('note-1', { text: 'Second, where it ends.' })
    await bob.sync()
    process.env['TZ'] = 'Pacific/Kiritimati'
    await settleAll([ada, bob])
    for (const db of [ada, bob]) {
      expect(await db.collection('notes').get('note-1')).toMatchObject({ text: 'Second, where it ends.' })
      await db.close()
    }
  })

  test('defect 13: a conflict is one however soon it comes: told, and neither edit overwritten (C1, C7)', async () => {
    const { ada, bob } = await two()
    const conflicts = [gather(ada, 'conflict'), gather(bob, 'conflict')]
    // At once, one right after the other.
    await Promise.all([
      ada.collection('notes').update('note-1', { text: 'By Ada.' }),
      bob.collection('notes').update('note-1', { n: 77 }),
    ])
    await Promise.all([ada.sync(), bob.sync()])
    await settleAll([ada, bob])
    for (const db of [ada, bob]) {
      expect(await db.collection('notes').get('note-1')).toEqual({ id: 'note-1', text: 'By Ada.', n: 77 })
    }
    expect(conflicts.flat()).toHaveLength(1)
    await Promise.all([ada.close(), bob.close()])
  })

  test('defect 18: a change of one field, told at once, is not taken for the whole document (A5)', async () => {
    const { ada, bob, backend } = await two()
    await bob.close()
    const live = await openClient({ backend })
    await live.sync()
    const update = next(live, 'remoteUpdate')
    await ada.collection('notes').update('note-1', { n: 77 })
    await ada.sync()
    const whole = { id: 'note-1', text: 'Text 1.', n: 77 }
    expect((await update).document).toEqual(whole)
    expect(await live.collection('notes').get('note-1')).toEqual(whole)
    await Promise.all([ada.close(), live.close()])
  })

  test('defect 19: the very first connection delivers, and there is one (W21)', async () => {
    const { ada, bob, backend } = await two()
    await bob.close()
    const live = await openClient({ backend, sync: { interval: '1d' } })
    const connections = gather(live, 'realtimeConnected')
    const losses = gather(live, 'realtimeDisconnected')
    await next(live, 'realtimeConnected')
    for (let n = 0; n < 5; n++) {
      const insert = next(live, 'remoteInsert')
      await ada.collection('notes').save({ id: `new-${n}`, text: 'Told at once.', n })
      await ada.sync()
      expect((await insert).id).toBe(`new-${n}`)
    }
    expect([connections.length, losses.length]).toEqual([1, 0])
    await Promise.all([ada.close(), live.close()])
  })

  test('defect 21: a filter sees the fields that are not sent along (A7)', async () => {
    const { ada, bob, backend } = await two()
    const found = await withBackend(backend, (adapter) =>
      adapter.pull(
        request({ filter: { op: '>=', path: ['n'], value: 3 }, fields: { only: ['text'] } }),
        IN_TIME,
      ),
    )
    expect(found.changes.map(({ id }) => id).sort()).toEqual(['note-3', 'note-4'])
    for (const change of found.changes) expect(change).not.toHaveProperty('data.n')
    await Promise.all([ada.close(), bob.close()])
  })

  test('defect 22: an edit made without the hidden fields leaves them as they are (A5)', async () => {
    const { ada, bob } = await two()
    // Bob knows nothing of a field that Ada adds later, and edits another one before he hears of it.
    await ada.collection('notes').save({ id: 'note-1', text: 'Text 1.', n: 1, hidden: 'secret' } as never)
    await ada.sync()
    await bob.collection('notes').update('note-1', { text: 'By Bob.' })
    await settleAll([bob, ada])
    for (const db of [ada, bob]) {
      const whole = { id: 'note-1', text: 'By Bob.', n: 1, hidden: 'secret' }
      expect(await db.collection('notes').get('note-1')).toEqual(whole)
      await db.close()
    }
  })

  test('defect 23: with a filter a pull goes on from its cursor, and compares values as they are (A7, Q3)', async () => {
    const { ada, bob, backend } = await two()
    const filter = { op: '>=', path: ['n'], value: 3 } as const
    const pull = (given: Partial<PullRequest>) =>
      withBackend(backend, (adapter) => adapter.pull({ ...request({ filter }), ...given }, IN_TIME))
    const first = await pull({})
    // A text is no number, however it looks.
    await ada.collection('notes').save({ id: 'text', text: 'A text.', n: '9' as never })
    await ada.collection('notes').save({ id: 'later', text: 'Later.', n: 9 })
    await ada.collection('notes').update('note-4', { n: 0 })
    await ada.sync()
    const second = await pull({ cursor: first.cursor })
    expect(second.changes.map(({ kind, id }) => [kind, id])).toEqual([
      ['leave', 'text'],
      ['put', 'later'],
      ['leave', 'note-4'],
    ])
    // In the smallest pages nothing is passed over.
    const kinds: string[] = []
    for (let { cursor } = first, hasMore = true; hasMore;) {
      const page = await pull({ cursor, limit: 1 })
      kinds.push(...page.changes.map(({ id }) => id))
      ;({ cursor, hasMore } = page)
    }
    expect(kinds).toEqual(['text', 'later', 'note-4'])
    await Promise.all([ada.close(), bob.close()])
  })

  test('defect 26: one unreadable row breaks no list and no live query (ST6, Q9)', async () => {
    const { store, backend } = files()
    const before = await openClient({ store, backend, sync: MANUAL })
    await before.collection('notes').saveAll([...notesOf('note', 20), { id: 'z', text: 'Zanzibar.', n: 1 }])
    await before.close()
    writeFileSync(store, readFileSync(store, 'latin1').replaceAll('Zanzibar', 'Zanzibaz'), 'latin1')
    const db = await openClient({ store, backend, sync: MANUAL })
    const watched = db.collection('notes').where('n', '>=', 0).watch()
    const results: number[] = []
    const edited = new Promise<void>((resolve) => {
      watched.subscribe((notes) => {
        results.push(notes.length)
        if (notes.some(({ text }) => text === 'Edited.')) resolve()
      })
    })
    expect(await db.collection('notes').getAll()).toHaveLength(20)
    await db.collection('notes').update('note-1', { text: 'Edited.' })
    await edited
    expect(new Set(results)).toEqual(new Set([20]))
    expect(watched.error).toBeUndefined()
    await db.close()
  })

  test('defect 32: null is looked for, limit 0 is empty, lists are compared by what is in them (Q1, Q3, Q7)', async () => {
    const { store, backend } = files()
    const db = await openClient({ store, backend, sync: MANUAL })
    const notes = db.collection('notes')
    await notes.saveAll([
      { id: 'null', text: null as never, n: 1 },
      { id: 'list', text: ['a', { b: [1] }] as never, n: 2 },
      { id: 'text', text: 'x', n: 3 },
    ])
    const ids = async (query: { get(): Promise<readonly { readonly id: string }[]> }) =>
      (await query.get()).map(({ id }) => id)
    expect(await ids(notes.where('text', '==', null as never))).toEqual(['null'])
    expect(await ids(notes.where('text', '!=', null as never))).toEqual(['list', 'text'])
    expect(await ids(notes.limit(0))).toEqual([])
    expect(await ids(notes.where('text', '==', ['a', { b: [1] }] as never))).toEqual(['list'])
    await db.close()
  })

  test('defect 34: nothing that was sent is kept, and a round that finds nothing writes nothing (W2, I7)', async () => {
    const { store, backend } = files()
    const ada = await openClient({ store, backend, sync: MANUAL })
    await ada.collection('notes').saveAll(notesOf('note', 20))
    await settleAll([ada])
    const rounds = async (count: number): Promise<readonly [store: number, backend: number]> => {
      for (let round = 0; round < count; round++) {
        await ada.collection('notes').saveAll(notesOf('passing', 50))
        for (const { id } of notesOf('note', 20)) await ada.collection('notes').update(id, { n: round })
        await ada.sync()
        await ada.collection('notes').deleteAll(notesOf('passing', 50).map(({ id }) => id))
        await ada.sync()
      }
      await settleAll([ada])
      await withBackend(backend, (adapter) =>
        adapter.purge!({ scope: 'default', before: Date.now() + 1_000 }),
      )
      for (const path of [store, backend]) checkpoint(path)
      return [statSync(store).size, statSync(backend).size]
    }
    const few = await rounds(3)
    const many = await rounds(30)
    expect(many[0]).toBeLessThanOrEqual(few[0] * 1.5)
    expect(many[1]).toBeLessThanOrEqual(few[1] * 1.5)
    expect(ask(backend, 'SELECT count(*) FROM synclayer_record')).toEqual([20])
    // Of what was sent the answers of the last push are remembered, until the next one says that they came.
    const [results] = ask(backend, 'SELECT count(*) FROM synclayer_result') as [number]
    expect(results).toBeLessThanOrEqual(50)

    await settleAll([ada])
    const database = new Database(store, { readonly: true })
    const version = database.prepare('PRAGMA data_version').pluck()
    const before = version.get()
    for (let round = 0; round < 5; round++) expect(await ada.sync()).toMatchObject({ pushed: 0, pulled: 0 })
    expect(version.get()).toBe(before)
    database.close()
    await ada.close()
  })
})

function request(notes: Omit<PullRequest['collections'][number], 'name'>): PullRequest {
  return { scope: 'default', collections: [{ name: 'notes', ...notes }], cursor: null, limit: 100 }
}

function checkpoint(path: string): void {
  const database = new Database(path)
  database.pragma('wal_checkpoint(TRUNCATE)')
  database.close()
}
