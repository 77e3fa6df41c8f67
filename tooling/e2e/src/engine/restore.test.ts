import { copyFileSync, rmSync } from 'node:fs'
import { afterAll, describe, expect, test } from 'vitest'
import { filesIn, gather, MANUAL, notesOf } from './fixtures.ts'
import { type EngineClient, openClient } from './programs/engine-program.ts'
import { contentOf, settleAll } from './settle.ts'
import { ask, backUp, withBackend } from './with-backend.ts'

const { files, remove } = filesIn('restore')
afterAll(remove)

async function expectEqual(clients: readonly EngineClient[], backend: string): Promise<void> {
  const newcomer = await openClient({ backend, sync: MANUAL })
  await newcomer.sync()
  const truth = await contentOf(newcomer)
  await newcomer.close()
  for (const client of clients) {
    expect(client.status).toMatchObject({ pending: 0, parked: 0 })
    expect(await contentOf(client)).toEqual(truth)
  }
}

/** Puts an older copy in the backend's place. */
function restore(copy: string, backend: string): void {
  for (const suffix of ['', '-wal', '-shm']) rmSync(`${backend}${suffix}`, { force: true })
  copyFileSync(copy, backend)
}

describe('a backend that was restored from an older copy', () => {
  test('gets back what the clients have: nothing they were told to be safe is lost (R3, A4, I1, I2)', async () => {
    const [one, two] = [files(), files()]
    const { backend } = one
    const ada = await openClient({ store: one.store, backend, sync: MANUAL })
    const bob = await openClient({ store: two.store, backend, sync: MANUAL })
    await ada.collection('notes').saveAll(notesOf('note', 40))
    await settleAll([ada, bob])
    await backUp(backend, `${backend}.copy`)

    // What the copy knows nothing of: an edit, a new note, a delete, all of them acknowledged by the backend.
    await ada.collection('notes').update('note-1', { text: 'Edited after the copy.' })
    await ada.collection('notes').save({ id: 'new', text: 'New after the copy.', n: 1 })
    await bob.collection('notes').update('note-2', { n: 2_000 })
    await bob.collection('notes').delete('note-3')
    await settleAll([ada, bob])
    // And what was not sent yet.
    await ada.collection('notes').update('note-2', { text: 'Unsent by Ada.' })
    await bob.collection('notes').save({ id: 'unsent', text: 'Unsent by Bob.', n: 1 })
    await Promise.all([ada.close(), bob.close()])
    restore(`${backend}.copy`, backend)

    const adaAgain = await openClient({ store: one.store, backend, sync: MANUAL })
    const bobAgain = await openClient({ store: two.store, backend, sync: MANUAL })
    const recovered = gather(adaAgain, 'recovered')
    await settleAll([adaAgain, bobAgain])
    await expectEqual([adaAgain, bobAgain], backend)
    expect(recovered.map(({ id }) => id).sort()).toEqual(expect.arrayContaining(['new', 'note-1']))
    const notes = new Map((await bobAgain.collection('notes').getAll()).map((note) => [note.id, note]))
    expect(notes.get('note-1')).toMatchObject({ text: 'Edited after the copy.' })
    expect(notes.get('note-2')).toEqual({ id: 'note-2', text: 'Unsent by Ada.', n: 2_000 })
    expect(notes.get('new')).toMatchObject({ text: 'New after the copy.' })
    expect(notes.get('unsent')).toMatchObject({ text: 'Unsent by Bob.' })
    await Promise.all([adaAgain.close(), bobAgain.close()])
  })

  test('and written to by others before anyone noticed is noticed all the same (A4, R3, I1)', async () => {
    const [one, two] = [files(), files()]
    const { backend } = one
    const ada = await openClient({ store: one.store, backend, sync: MANUAL })
    await ada.collection('notes').saveAll(notesOf('note', 10))
    await ada.sync()
    await backUp(backend, `${backend}.copy`)
    for (let n = 0; n < 10; n++) await ada.collection('notes').update(`note-${n}`, { text: 'Edited.' })
    await settleAll([ada])
    await ada.close()
    restore(`${backend}.copy`, backend)
    // As many changes by another client as were lost, so that the feed's head is where it was.
    const bob = await openClient({ store: two.store, backend, sync: MANUAL })
    await bob.sync()
    for (let n = 0; n < 10; n++) await bob.collection('notes').update(`note-${n}`, { n: 100 + n })
    await bob.sync()
    const adaAgain = await openClient({ store: one.store, backend, sync: MANUAL })
    await settleAll([adaAgain, bob])
    await expectEqual([adaAgain, bob], backend)
    // What both changed since the copy is one side's in the end, never the copy's.
    for (const { n, text } of await bob.collection('notes').getAll())
      expect(n >= 100 || text === 'Edited.').toBe(true)
    await Promise.all([adaAgain.close(), bob.close()])
  })

  test('where the app accepts the older state, the clients follow it (R3)', async () => {
    const { store, backend } = files()
    const options = { onBackendReset: 'accept' } as const
    const ada = await openClient({ store, backend, sync: MANUAL, options })
    await ada.collection('notes').saveAll(notesOf('note', 10))
    await ada.sync()
    await backUp(backend, `${backend}.copy`)
    const before = await contentOf(ada)
    await ada.collection('notes').saveAll(notesOf('later', 10))
    await ada.collection('notes').update('note-1', { text: 'Edited after the copy.' })
    await settleAll([ada])
    await ada.close()
    restore(`${backend}.copy`, backend)
    const again = await openClient({ store, backend, sync: MANUAL, options })
    await settleAll([again])
    expect(await contentOf(again)).toEqual(before)
    await again.close()
  })
})

describe('a client that was away while the backend forgot', () => {
  test('reads anew: what was deleted goes, what is unsent stays, and nothing comes back (A4, R1, R2, I5)', async () => {
    const [one, two] = [files(), files()]
    const { backend } = one
    const ada = await openClient({ store: one.store, backend, sync: MANUAL })
    const bob = await openClient({ store: two.store, backend, sync: MANUAL })
    await ada.collection('notes').saveAll(notesOf('note', 300))
    await settleAll([ada, bob])
    await bob.collection('notes').save({ id: 'unsent', text: 'Created while away.', n: 1 })
    await bob.collection('notes').update('note-0', { text: 'Edited while away.' })
    await bob.collection('notes').update('note-250', { text: 'Edited while away.' })
    await bob.collection('notes').delete('note-251')
    await bob.close()

    await ada.collection('notes').deleteAll(notesOf('note', 200).map(({ id }) => id))
    await ada.sync()
    const report = await withBackend(backend, (adapter) =>
      adapter.purge!({ scope: 'default', before: Date.now() + 1_000 }),
    )
    expect(report.tombstones).toBe(200)
    expect(ask(backend, 'SELECT count(*) FROM synclayer_record')).toEqual([100])

    const bobAgain = await openClient({ store: two.store, backend, sync: MANUAL })
    await settleAll([bobAgain, ada])
    await expectEqual([ada, bobAgain], backend)
    const found = (await ada.collection('notes').getAll()).map(({ id }) => id)
    // Of what was deleted only what somebody edited is there again: an edit beats a delete.
    const deleted = new Set(notesOf('note', 200).map(({ id }) => id))
    expect(found.filter((id) => deleted.has(id))).toEqual(['note-0'])
    expect(found).toContain('unsent')
    expect(found).not.toContain('note-251')
    expect(found).toHaveLength(100 + 2 - 1)
    await Promise.all([ada.close(), bobAgain.close()])
  })

  test('does so after a restart in the middle of it, under the same generation (R1, R2)', async () => {
    const [one, two] = [files(), files()]
    const { backend } = one
    const ada = await openClient({ store: one.store, backend, sync: MANUAL })
    const bob = await openClient({ store: two.store, backend, sync: MANUAL })
    await ada.collection('notes').saveAll(notesOf('note', 300))
    await settleAll([ada, bob])
    await bob.close()
    await ada.collection('notes').deleteAll(notesOf('note', 100).map(({ id }) => id))
    await ada.sync()
    await withBackend(backend, (adapter) => adapter.purge!({ scope: 'default', before: Date.now() + 1_000 }))
    for (let life = 0; ; life++) {
      const again = await openClient({ store: two.store, backend, sync: { ...MANUAL, batchSize: 50 } })
      let pages = 0
      again.status.subscribe(({ progress }) => {
        if (progress !== null && progress.done > 0) pages += 1
        if (pages === 2) again.pause()
      })
      const error = await again.sync().catch((failure: unknown) => failure)
      if (!(error instanceof Error)) {
        await settleAll([again, ada])
        await expectEqual([ada, again], backend)
        await Promise.all([ada.close(), again.close()])
        expect(life).toBeGreaterThan(0)
        break
      }
      expect(error).toMatchObject({ code: 'ABORTED' })
      expect(life).toBeLessThan(10)
      await again.close()
    }
  })
})
