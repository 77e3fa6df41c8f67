import { SyncError } from '@synclayer/core/adapter'
import { afterAll, afterEach, describe, expect, test } from 'vitest'
import { endChildren, run, start } from '../child.ts'
import { filesIn, MANUAL, next, notesOf, seed } from './fixtures.ts'
import { judged } from './judged-adapter.ts'
import { openClient } from './programs/engine-program.ts'
import { contentOf, settleAll } from './settle.ts'

const { files, remove } = filesIn('restart')
afterAll(remove)
afterEach(endChildren)

describe('a restart over SQLite', () => {
  test('keeps what waits, what backs off, what was refused, and the place in the feed (W15, W17, W24, I8)', async () => {
    const { store, backend } = files()
    await seed(backend, 30)
    const before = judged(backend, {
      mutation: ({ recordId }) => {
        if (recordId === 'poison')
          return { status: 'rejected', code: 'CONSTRAINT', reason: 'No poison here.' }
        if (recordId === 'slow') return { status: 'retry', code: 'RATE_LIMITED', retryAfterMs: 600_000 }
        return undefined
      },
    })
    const first = await openClient({ store, backend: before.adapter, sync: MANUAL })
    const notes = first.collection('notes')
    await notes.saveAll([
      { id: 'poison', text: 'a', n: 1 },
      { id: 'slow', text: 'b', n: 2 },
      { id: 'fine', text: 'c', n: 3 },
    ])
    await first.sync()
    await notes.save({ id: 'waits', text: 'd', n: 4 })
    await notes.update('seed-3', { text: 'Edited.' })
    const outbox = await first.outbox.list()
    expect(outbox.map(({ recordId, status, kind }) => [recordId, status, kind])).toEqual([
      ['slow', 'sending', 'put'],
      ['waits', 'waiting', 'put'],
      ['seed-3', 'waiting', 'patch'],
      ['poison', 'parked', 'put'],
    ])
    const slow = before.pushes
      .flatMap(({ mutations }) => mutations)
      .find(({ recordId }) => recordId === 'slow')!
    await first.close()

    const after = judged(backend)
    const second = await openClient({ store, backend: after.adapter, sync: { realtime: false } })
    const completed = next(second, 'syncCompleted')
    expect(second.status).toMatchObject({ pending: 3, parked: 1 })
    expect(await second.outbox.list()).toEqual(outbox)
    // By itself it sends what waits, and leaves alone what backs off or was refused.
    await completed
    expect(after.pulls[0]?.cursor).toBeTypeOf('string')
    expect(after.pushes.flatMap(({ mutations }) => mutations.map(({ recordId }) => recordId))).toEqual([
      'waits',
      'seed-3',
    ])
    expect(second.status).toMatchObject({ pending: 1, parked: 1 })
    // Asked to, it sends the very same mutation again.
    await second.sync()
    expect(after.pushes.at(-1)!.mutations).toEqual([slow])
    expect(second.status).toMatchObject({ pending: 0, parked: 1 })
    await second.outbox.retry('notes/poison')
    await second.sync()
    const other = await openClient({ backend, sync: MANUAL })
    await other.sync()
    expect(await contentOf(other)).toEqual(await contentOf(second))
    expect(await other.collection('notes').count()).toBe(34)
    await Promise.all([second.close(), other.close()])
  })

  test('goes on with a first sync where it was, no page is asked for twice (R1, W10, W24)', async () => {
    const { store, backend } = files()
    await seed(backend, 1_000)
    const sync = { ...MANUAL, batchSize: 50 }
    const counts: number[] = []
    const answered = new Set<string>()
    const askedAgain: string[] = []
    for (let life = 0; ; life++) {
      const { adapter } = judged(backend, {
        pull: ({ cursor }, pullCount) => {
          // The very first request only asks for the head.
          if (pullCount > (life === 0 ? 3 : 2)) throw new SyncError('NETWORK', 'The network went away.')
          if (cursor === null) return
          if (answered.has(cursor)) askedAgain.push(cursor)
          answered.add(cursor)
        },
      })
      const db = await openClient({ store, backend: adapter, sync })
      const report = await db.sync().catch((error: unknown) => error)
      counts.push(await db.collection('notes').count())
      const isComplete = db.collection('notes').watch().complete
      await db.close()
      if (!(report instanceof Error)) {
        expect(isComplete).toBe(true)
        break
      }
      expect(isComplete).toBe(false)
      expect(life).toBeLessThan(10)
    }
    expect(counts.length).toBeGreaterThan(2)
    expect(counts).toEqual([...new Set(counts)].toSorted((a, b) => a - b))
    expect(counts.at(-1)).toBe(1_000)
    expect(askedAgain).toEqual([])
  })

  test('an answer that was lost with the process is asked for again, and applied once (W9, I3, I8)', async () => {
    const { store, backend } = files()
    await seed(backend, 1)
    const before = judged(backend, {
      answer: () => {
        throw new SyncError('NETWORK', 'The answer was lost.')
      },
    })
    const counter = { id: 'c', n: 5, by: {}, last: '' }
    const first = await openClient({ store, backend, sync: MANUAL })
    await first.collection('counters').save(counter)
    await first.sync()
    await first.close()
    const second = await openClient({ store, backend: before.adapter, sync: MANUAL })
    await second.collection('counters').update('c', (draft) => (draft.n += 2))
    await expect(second.sync()).rejects.toMatchObject({ code: 'NETWORK' })
    await second.close()
    // Meanwhile another client adds to it.
    const other = await openClient({ backend, sync: MANUAL })
    await other.sync()
    await other.collection('counters').update('c', (draft) => (draft.n += 3))
    await other.sync()
    const third = await openClient({ store, backend, sync: MANUAL })
    await settleAll([third, other])
    expect(await third.collection('counters').get('c')).toEqual({ ...counter, n: 10 })
    expect(await contentOf(other)).toEqual(await contentOf(third))
    await Promise.all([third.close(), other.close()])
  })

  test('`power` keeps what was saved, also when the process is killed (D5, ST9)', async () => {
    const { store, backend } = files()
    const said: string[] = []
    const child = start('engine/programs/save-durably', [store, backend], (line) => said.push(line))
    await child.line((line) => line === '20')
    child.kill()
    await child.ended
    const db = await openClient({ store, backend, sync: MANUAL, options: { durability: 'power' } })
    const found = await db.collection('notes').count()
    expect(found).toBeGreaterThanOrEqual(said.length)
    expect(found).toBeLessThanOrEqual(said.length + 1)
    await db.sync()
    expect(db.status.pending).toBe(0)
    await db.close()
  })

  test('`close` in the middle of saves and of a round: what resolved is there, and is sent once later (D14, W22)', async () => {
    const { store, backend } = files()
    let pushed = (): void => undefined
    const push = new Promise<void>((resolve) => (pushed = resolve))
    const { adapter } = judged(backend, {
      answer: () => {
        pushed()
        return new Promise(() => undefined)
      },
    })
    const first = await openClient({ store, backend: adapter, sync: MANUAL })
    const notes = first.collection('notes')
    await notes.saveAll(notesOf('early', 10))
    const round = first.sync().catch((error: unknown) => error)
    await push
    const saves = notesOf('late', 50).map((note) => notes.save(note))
    const closing = first.close()
    const outcomes = await Promise.allSettled([...saves, notes.save({ id: 'after', text: '', n: 0 })])
    await closing
    expect(await round).toMatchObject({ code: 'ABORTED' })
    expect(outcomes.at(-1)).toMatchObject({ status: 'rejected', reason: { code: 'CLOSED' } })
    const resolved = outcomes.filter(({ status }) => status === 'fulfilled').length
    expect(resolved).toBe(50)
    const second = await openClient({ store, backend, sync: MANUAL })
    expect(await second.collection('notes').count()).toBe(60)
    expect(await second.sync()).toMatchObject({ conflicts: 0, parked: 0 })
    const other = await openClient({ backend, sync: MANUAL })
    await other.sync()
    expect(await contentOf(other)).toEqual(await contentOf(second))
    await Promise.all([second.close(), other.close()])
  })
})

describe('a migration over SQLite', () => {
  test('that is killed again and again goes on where it was, each document migrated once (R7)', async () => {
    const { store, backend } = files()
    const first = await openClient({ store, backend, sync: MANUAL })
    await first.collection('notes').saveAll(notesOf('clean', 1_600))
    await first.sync()
    // Some are waiting to be sent, and are carried over as such.
    await first.collection('notes').update('clean-7', { text: 'Edited before.' })
    await first.collection('notes').save({ id: 'unsent', text: 'New before.', n: 0 })
    await first.close()
    const calls: number[] = []
    for (const killAt of [700, 400, 600]) {
      const child = start('engine/programs/migrate', [store, backend, String(killAt)])
      expect(await child.ended).toMatchObject({ signal: 'SIGKILL' })
      calls.push(killAt)
    }
    const said = await run('engine/programs/migrate', store, backend, '0')
    const { migrated, documents, pending } = JSON.parse(said.at(-1)!) as Record<string, number>
    // What was committed before a kill was not done again: 500 documents are one commit.
    expect(documents).toBe(1_601)
    expect(pending).toBe(2)
    expect(migrated).toBeLessThanOrEqual(1_601 - 500)
    // Nothing else was sent: a client of the version before still reads all others.
    const old = await openClient({ backend, sync: MANUAL })
    await old.sync()
    expect(await old.collection('notes').count()).toBe(1_599)
    await old.close()
  })
})
