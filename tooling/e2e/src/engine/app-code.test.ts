import { afterAll, describe, expect, test } from 'vitest'
import { filesIn, gather, MANUAL, notesOf } from './fixtures.ts'
import { openClient } from './programs/engine-program.ts'
import { contentOf, settleAll } from './settle.ts'

const { files, remove } = filesIn('app-code')
afterAll(remove)

describe("the app's own code that throws", () => {
  test('a resolver parks its record, which a mended one sends after a restart; others go on (C5, W15, W19)', async () => {
    const [one, two] = [files(), files()]
    const { backend } = one
    const throws = {
      conflicts: ({ id }: { readonly id: string }) => {
        throw new Error(`No idea what to do with ${id}.`)
      },
    }
    const ada = await openClient({ store: one.store, backend, sync: MANUAL, options: throws })
    const bob = await openClient({ store: two.store, backend, sync: MANUAL })
    await bob.collection('notes').saveAll(notesOf('note', 5))
    await settleAll([bob, ada])
    await bob.collection('notes').update('note-1', { text: 'By Bob.' })
    await bob.sync()
    await ada.collection('notes').update('note-1', { text: 'By Ada.', n: 100 })
    await ada.collection('notes').update('note-2', { text: 'By Ada.' })
    await ada.sync()
    expect(ada.status).toMatchObject({ pending: 0, parked: 1 })
    expect(await ada.outbox.list()).toMatchObject([{ id: 'notes/note-1', code: 'RESOLVER_FAILED' }])
    expect(await ada.collection('notes').get('note-1')).toMatchObject({ text: 'By Ada.' })
    await ada.close()

    const mended = await openClient({
      store: one.store,
      backend,
      sync: MANUAL,
      options: { conflicts: ({ local, remote }) => ({ ...remote, ...local, text: 'By both.' }) },
    })
    expect(mended.status).toMatchObject({ parked: 1 })
    await mended.outbox.retry('notes/note-1')
    await settleAll([mended, bob])
    expect(await bob.collection('notes').get('note-1')).toEqual({ id: 'note-1', text: 'By both.', n: 100 })
    expect(await bob.collection('notes').get('note-2')).toMatchObject({ text: 'By Ada.' })
    expect(await contentOf(bob)).toEqual(await contentOf(mended))
    expect(mended.status).toMatchObject({ pending: 0, parked: 0 })
    await Promise.all([mended.close(), bob.close()])
  })

  test('listeners, loggers and metrics handlers harm nothing, and are told of where someone can be (Q8)', async () => {
    const { store, backend } = files()
    let calls = 0
    const fail = (): never => {
      calls += 1
      throw new Error('The app is broken.')
    }
    const db = await openClient({
      store,
      backend,
      sync: MANUAL,
      options: { logger: { log: fail }, metrics: fail },
    })
    const errors = gather(db, 'error')
    db.on('mutationQueued', fail)
    db.on('mutationSynced', fail)
    db.on('syncCompleted', fail)
    db.on('error', fail)
    db.status.subscribe(fail)
    const watched = db.collection('notes').watch()
    watched.subscribe(fail, fail)
    await db.collection('notes').saveAll(notesOf('note', 20))
    await db.transaction((tx) => void tx.notes.save({ id: 'one', text: 'x', n: 1 }))
    expect(await db.sync()).toMatchObject({ pushed: 21, parked: 0 })
    expect(watched.current).toHaveLength(21)
    expect(calls).toBeGreaterThan(20)
    expect(new Set(errors.map(({ error }) => error.code))).toEqual(new Set(['LISTENER_FAILED']))
    const other = await openClient({ backend, sync: MANUAL })
    await other.sync()
    expect(await contentOf(other)).toEqual(await contentOf(db))
    await Promise.all([db.close(), other.close()])
  })
})
