import type { Storage } from '@synclayer/core/storage'
import { assert, assertEqual, assertRejects } from '../expect.ts'
import { assertStored, bytes, commit, readOne, row, type StorageSuite } from './storage-suite.ts'

const DURABILITIES = ['process', 'power'] as const

/** Opening, closing, opening again, and calls on a storage that is not open. */
export function openCloseTests({ group, test }: StorageSuite): void {
  group('open and close', () => {
    test('has a name and says what it can do', async ({ create }) => {
      const { name, capabilities } = await create()
      assert(name !== '', 'a storage needs a name')
      assert(capabilities.durability.length > 0, 'a storage needs a durability')
    })

    for (const durability of DURABILITIES) {
      test(`opens with durability "${durability}", or says NOT_SUPPORTED (ST9)`, async ({ create }) => {
        const storage = await create()
        const schema = { collections: [{ name: 'notes', indexes: [] }], durability }
        if (!storage.capabilities.durability.includes(durability)) {
          await assertRejects(() => storage.open(schema), 'NOT_SUPPORTED', 'open')
          return
        }
        await storage.open(schema)
        await commit(storage, { records: [row('a', { keys: [] })] })
        assertStored(await readOne(storage, 'a'), row('a', { keys: [] }))
      })
    }

    test('keeps everything when closed and opened again (ST1, ST4)', async ({ open }) => {
      const first = await open()
      const writes = [row('a', { lane: 'waiting', order: 7 }), row('b', { document: null, sync: '{"d":1}' })]
      await commit(first, { records: writes, entries: [{ name: 'cursor', value: 'c1' }] })
      const before = await first.read([{ collection: 'notes', id: 'a' }])
      await first.close()

      const second = await open()
      assertStored(await readOne(second, 'a'), writes[0]!)
      assertStored(await readOne(second, 'b'), writes[1]!)
      assertEqual(await second.read([{ collection: 'notes', id: 'a' }]), before, 'revision')
      assertEqual((await second.readEntries(['cursor']))[0]?.value, 'c1')
      assertEqual(await second.outboxSize(null), { waiting: 1, sending: 0, parked: 0 })
      const page = await second.query({ collection: 'notes', index: null, limit: 10 })
      assertEqual(
        page.rows.map(({ id }) => id),
        ['a'],
      )
    })

    test('closing twice is safe', async ({ open }) => {
      const storage = await open()
      await storage.close()
      await storage.close()
    })

    test('closes without having been open', async ({ create }) => {
      await (await create()).close()
    })

    test('says UNKNOWN_COLLECTION for a collection that is not declared', async ({ open }) => {
      const storage = await open()
      await assertRejects(() => readOne(storage, 'a', 'other'), 'UNKNOWN_COLLECTION', 'read')
      const records = [row('a'), row('a', { collection: 'other' })]
      await assertRejects(() => storage.commit({ records }), 'UNKNOWN_COLLECTION', 'commit')
      assertEqual(await readOne(storage, 'a'), undefined, 'the other row of the batch')
    })

    test('keeps collections that a schema does not name (ST8)', async ({ open }) => {
      const first = await open()
      const tag = row('t', { collection: 'tags', lane: 'waiting', order: 1, keys: [bytes(9)] })
      await commit(first, { records: [tag, row('a')] })
      await first.close()

      const second = await open({ collections: [{ name: 'notes', indexes: ['size', 'label'] }] })
      assertStored(await readOne(second, 'a'), row('a'))
      assertEqual(await second.outbox({ lane: 'waiting', scope: null, after: 0, limit: 10 }), [], 'outbox')
      assertEqual((await second.outboxSize(null)).waiting, 0, 'outbox size')
      await second.close()

      const third = await open()
      assertStored(await readOne(third, 't', 'tags'), tag)
      assertEqual(
        await third.count({ collection: 'tags', index: 'label' }),
        third.capabilities.indexes ? 1 : 0,
      )
      assertEqual((await third.outboxSize(null)).waiting, 1)
    })

    test('keeps the rows when indexes are declared and dropped; a new index fills as rows are written (ST5, ST8)', async ({
      open,
    }) => {
      const ids = async (storage: Storage, index: string): Promise<string[]> => {
        const { rows } = await storage.query({ collection: 'notes', index, limit: 10 })
        return rows.map(({ id }) => id)
      }
      const first = await open({ collections: [{ name: 'notes', indexes: ['size', 'label'] }] })
      if (!first.capabilities.indexes) return
      await commit(first, {
        records: [row('a', { keys: [bytes(2), bytes(1)] }), row('b', { keys: [bytes(1), bytes(2)] })],
      })
      await first.close()

      const second = await open({ collections: [{ name: 'notes', indexes: ['label', 'rank'] }] })
      assertEqual(await ids(second, 'label'), ['a', 'b'], 'an index that stays')
      assertEqual(await ids(second, 'rank'), [], 'a new index')
      await assertRejects(() => ids(second, 'size'), 'STORAGE_FAILED', 'a dropped index')
      await commit(second, { records: [row('a', { keys: [bytes(5), bytes(9)] })] })
      assertEqual(await ids(second, 'rank'), ['a'], 'a new index, once a row was written')
      assertEqual(await ids(second, 'label'), ['b', 'a'])
      await second.close()

      const third = await open({ collections: [{ name: 'notes', indexes: ['size', 'label'] }] })
      assertEqual(await ids(third, 'size'), [], 'an index declared again starts empty')
      assertStored(await readOne(third, 'b'), row('b'))
      const page = await third.query({ collection: 'notes', index: null, limit: 10 })
      assertEqual(
        page.rows.map(({ id }) => id),
        ['a', 'b'],
        'by id',
      )
    })
  })

  group('not open', () => {
    for (const [name, call] of CALLS) {
      test(`${name} is CLOSED before open and after close (ST7)`, async ({ create, open }) => {
        const fresh = await create()
        await assertRejects(() => call(fresh), 'CLOSED', `${name} before open`)
        await fresh.close()
        const closed = await open()
        await closed.close()
        await assertRejects(() => call(closed), 'CLOSED', `${name} after close`)
      })
    }
  })
}

const CALLS: readonly (readonly [name: string, call: (storage: Storage) => Promise<unknown>])[] = [
  ['read', (storage) => storage.read([{ collection: 'notes', id: 'a' }])],
  ['readEntries', (storage) => storage.readEntries(['a'])],
  ['listEntries', (storage) => storage.listEntries('')],
  ['query', (storage) => storage.query({ collection: 'notes', index: null, limit: 1 })],
  ['count', (storage) => storage.count({ collection: 'notes', index: null })],
  ['scan', (storage) => storage.scan({ collection: 'notes', after: null, limit: 1 })],
  ['outbox', (storage) => storage.outbox({ lane: 'waiting', scope: null, after: 0, limit: 1 })],
  ['outboxSize', (storage) => storage.outboxSize(null)],
  ['commit', (storage) => storage.commit({ records: [row('a')] })],
  ['an empty commit', (storage) => storage.commit({})],
  ['clear', (storage) => storage.clear()],
]
