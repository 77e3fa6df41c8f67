import { assert, assertEqual } from '../expect.ts'
import { bytes, commit, readOne, row, type StorageSuite, whole } from './storage-suite.ts'

/** Revisions never come again. */
export function revisionTests({ group, test }: StorageSuite): void {
  group('revisions', () => {
    test('a record has a new one with every write, also after removal, clearing and opening again (ST3)', async ({
      open,
    }) => {
      let storage = await open()
      const seen = new Set<number>()
      const removals = [{ collection: 'notes', id: 'a' }]
      for (let step = 0; step < 40; step++) {
        if (step % 4 === 1) await commit(storage, { removals })
        if (step % 8 === 3) await storage.clear()
        if (step % 8 === 6) {
          await storage.close()
          storage = await open()
        }
        await commit(storage, { records: [row('a')] })
        const { revision } = whole(await readOne(storage, 'a'))
        assert(!seen.has(revision), `revision ${revision} came twice`)
        seen.add(revision)
      }
    })

    test('a record has a new one even when nothing of it changed (ST3)', async ({ open }) => {
      const storage = await open()
      await commit(storage, { records: [row('a')] })
      const before = whole(await readOne(storage, 'a')).revision
      await commit(storage, { records: [row('a')] })
      assert(whole(await readOne(storage, 'a')).revision !== before, 'the revision stayed')
    })

    test('stays while a record is not written (ST3)', async ({ open }) => {
      const storage = await open()
      await commit(storage, { records: [row('a')] })
      const before = await readOne(storage, 'a')
      await commit(storage, { records: [row('b')], entries: [{ name: 'e', value: '1' }] })
      assertEqual(await storage.commit({ records: [row('a')] }, [{ entry: 'e', revision: null }]), {
        status: 'stale',
      })
      assertEqual(await readOne(storage, 'a'), before)
    })

    test('is the same in every answer (ST3)', async ({ open }) => {
      const storage = await open()
      await commit(storage, { records: [row('a', { lane: 'waiting', order: 1 })] })
      const answer = await readOne(storage, 'a')
      assertEqual(
        (await storage.query({ collection: 'notes', index: null, limit: 1 })).rows[0],
        answer,
        'query',
      )
      assertEqual((await storage.scan({ collection: 'notes', after: null, limit: 1 }))[0], answer, 'scan')
      assertEqual(
        (await storage.outbox({ lane: 'waiting', scope: null, after: 0, limit: 1 }))[0],
        answer,
        'outbox',
      )
    })
  })
}

/** Removing everything. */
export function clearTests({ group, test }: StorageSuite): void {
  group('clear', () => {
    test('removes rows and entries, of undeclared collections too (ST4)', async ({ open }) => {
      const first = await open()
      await commit(first, { records: [row('t', { collection: 'tags', keys: [bytes(1)] })] })
      await first.close()
      const storage = await open({ collections: [{ name: 'notes', indexes: ['size', 'label'] }] })
      await commit(storage, {
        records: [row('a', { lane: 'waiting', order: 1 })],
        entries: [{ name: 'e', value: '1' }],
      })
      await storage.clear()
      assertEqual(await readOne(storage, 'a'), undefined)
      assertEqual(await storage.listEntries(''), [])
      assertEqual(await storage.outboxSize(null), { waiting: 0, sending: 0, parked: 0 })
      assertEqual(await storage.count({ collection: 'notes', index: null }), 0)
      await storage.close()
      const again = await open()
      assertEqual(await readOne(again, 't', 'tags'), undefined, 'a row of an undeclared collection')
      assertEqual((await again.query({ collection: 'tags', index: null, limit: 1 })).rows, [])
    })

    test('leaves a store that works on', async ({ open }) => {
      const storage = await open()
      await commit(storage, { records: [row('a')], entries: [{ name: 'e', value: '1' }] })
      await storage.clear()
      await storage.clear()
      await commit(storage, { records: [row('a')] }, [
        { collection: 'notes', id: 'a', revision: null },
        { entry: 'e', revision: null },
      ])
      assertEqual(await storage.count({ collection: 'notes', index: null }), 1)
    })
  })
}
