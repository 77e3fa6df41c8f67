import type { RecordWrite } from '@synclayer/core/storage'
import { assertEqual, assertRejects } from '../expect.ts'
import { assertStored, bytes, commit, readOne, row, type StorageSuite } from './storage-suite.ts'

/** Texts that lesser storages bend: each must come back as it was. */
const TEXTS: Readonly<Record<string, string>> = {
  'an empty text': '',
  'U+0000 inside': 'a\u0000b\u0000',
  'a byte order mark': '\ufeffa',
  'composed and decomposed letters': 'é e\u0301',
  'letters beyond the first plane': '😀𝒳\u{10ffff}',
  'line ends and blanks': ' \r\n\t\u2028 ',
  'what looks like SQL': `'; DROP TABLE "notes"; -- ? :a $b`,
  'what looks like a number': '1e400',
}

/** Ids that must be told apart. */
const IDS = [
  'a',
  'A',
  'a ',
  ' a',
  'á',
  'a\u0301',
  '1',
  '01',
  '1.0',
  'null',
  '😀',
  '\ue000',
  '%',
  '_',
  "'",
  '"',
  '\\',
  '/',
]

/** Writing, reading and removing rows. */
export function readWriteTests({ group, test }: StorageSuite): void {
  group('read and write', () => {
    test('reads a row as it was written (ST4)', async ({ open }) => {
      const storage = await open()
      const write: RecordWrite = {
        collection: 'notes',
        id: 'n1',
        scope: 'user:1',
        document: '{"id":"n1","a":1}',
        base: '{"id":"n1"}',
        sync: '{"v":"x"}',
        lane: 'sending',
        order: Number.MAX_SAFE_INTEGER,
        keys: [bytes(1, 2), bytes()],
      }
      await commit(storage, { records: [write] })
      assertStored(await readOne(storage, 'n1'), write)
    })

    test('answers undefined for what is not there, in the order of the keys (ST4)', async ({ open }) => {
      const storage = await open()
      await commit(storage, { records: [row('a'), row('b'), row('a', { collection: 'tags' })] })
      const answers = await storage.read([
        { collection: 'notes', id: 'b' },
        { collection: 'tags', id: 'b' },
        { collection: 'notes', id: 'x' },
        { collection: 'tags', id: 'a' },
        { collection: 'notes', id: 'b' },
      ])
      assertEqual(
        answers.map((answer) => answer && `${answer.collection}/${answer.id}`),
        ['notes/b', undefined, undefined, 'tags/a', 'notes/b'],
      )
      assertEqual(await storage.read([]), [])
    })

    for (const [name, text] of Object.entries(TEXTS)) {
      test(`keeps ${name} in every text (ST4)`, async ({ open }) => {
        const storage = await open()
        const write = row('n', { document: text, base: text, sync: text })
        await commit(storage, { records: [write], entries: [{ name: 'e', value: text }] })
        assertStored(await readOne(storage, 'n'), write)
        assertEqual((await storage.readEntries(['e']))[0]?.value, text, 'entry')
      })
    }

    test('tells ids apart that differ in case, blanks or composition only (ST4)', async ({ open }) => {
      const storage = await open()
      await commit(storage, { records: IDS.map((id) => row(id)) })
      const answers = await storage.read(IDS.map((id) => ({ collection: 'notes', id })))
      IDS.forEach((id, index) => assertStored(answers[index], row(id)))
    })

    test('tells collections apart that differ in case only (ST4)', async ({ open }) => {
      const storage = await open()
      const [lower, upper] = [row('a', { sync: 'lower' }), row('a', { collection: 'Notes', sync: 'upper' })]
      await commit(storage, { records: [lower, upper] })
      assertStored(await readOne(storage, 'a'), lower)
      assertStored(await readOne(storage, 'a', 'Notes'), upper)
    })

    test('writes over a row as a whole (ST4)', async ({ open }) => {
      const storage = await open()
      await commit(storage, { records: [row('a', { base: '{}', lane: 'waiting', order: 3, scope: 's' })] })
      const next = row('a', { document: null, sync: '{"deleted":true}' })
      await commit(storage, { records: [next] })
      assertStored(await readOne(storage, 'a'), next)
      assertEqual(await storage.count({ collection: 'notes', index: null }), 0, 'visible rows')
      assertEqual((await storage.outboxSize(null)).waiting, 0, 'outbox')
    })

    test('removes rows; one that is not there is no error (ST4)', async ({ open }) => {
      const storage = await open()
      await commit(storage, { records: [row('a', { lane: 'parked', order: 1 }), row('b')] })
      const removals = ['a', 'x'].map((id) => ({ collection: 'notes', id }))
      await commit(storage, { removals })
      assertEqual(await readOne(storage, 'a'), undefined)
      assertStored(await readOne(storage, 'b'), row('b'))
      assertEqual((await storage.outboxSize(null)).parked, 0)
      assertEqual(await storage.count({ collection: 'notes', index: null }), 1)
    })

    test('writes rows, removals and entries of several collections in one batch (ST1)', async ({ open }) => {
      const storage = await open()
      await commit(storage, { records: [row('old')] })
      await commit(storage, {
        records: [row('a'), row('b', { collection: 'tags' })],
        removals: [{ collection: 'notes', id: 'old' }],
        entries: [{ name: 'cursor', value: '1' }],
      })
      assertStored(await readOne(storage, 'a'), row('a'))
      assertStored(await readOne(storage, 'b', 'tags'), row('b', { collection: 'tags' }))
      assertEqual(await readOne(storage, 'old'), undefined)
      assertEqual((await storage.readEntries(['cursor']))[0]?.value, '1')
    })

    test('writes nothing of a batch when one of its rows cannot be written (ST1)', async ({ open }) => {
      const storage = await open()
      await commit(storage, {
        records: [row('old', { sync: 'before' })],
        entries: [{ name: 'e', value: 'before' }],
      })
      const broken = row('broken', { keys: [bytes(1)] })
      const batch = {
        records: [row('old', { sync: 'after' }), row('a'), broken],
        removals: [{ collection: 'notes', id: 'old' }],
        entries: [{ name: 'e', value: 'after' }],
      }
      await assertRejects(() => storage.commit(batch), 'STORAGE_FAILED', 'a row with too few keys')
      assertStored(await readOne(storage, 'old'), row('old', { sync: 'before' }))
      assertEqual(await readOne(storage, 'a'), undefined)
      assertEqual((await storage.readEntries(['e']))[0]?.value, 'before')
      await commit(storage, { records: [row('a')] })
    })

    test('writes nothing of a batch that removes from an unknown collection (ST1)', async ({ open }) => {
      const storage = await open()
      const batch = {
        records: [row('a')],
        removals: [{ collection: 'unknown', id: 'a' }],
        entries: [{ name: 'e', value: '1' }],
      }
      await assertRejects(() => storage.commit(batch), 'UNKNOWN_COLLECTION', 'an unknown collection')
      assertEqual(await readOne(storage, 'a'), undefined)
      assertEqual((await storage.readEntries(['e']))[0], undefined)
    })

    test('is not changed through what was given to it or what it gave (ST4)', async ({ open }) => {
      const storage = await open()
      const key = bytes(5)
      const write = { ...row('a'), keys: [key, bytes(1)] }
      await commit(storage, { records: [write] })
      key[0] = 0
      Object.assign(write, { sync: 'changed' })
      assertStored(await readOne(storage, 'a'), row('a'))
      if (!storage.capabilities.indexes) return
      const range = { lower: bytes(5), upper: bytes(5) }
      assertEqual(await storage.count({ collection: 'notes', index: 'size', range }), 1, 'rows with the key')
    })

    test('a flushed commit is read like any other, an empty one too (ST9)', async ({ open }) => {
      const storage = await open()
      await commit(storage, { records: [row('a')] })
      await commit(storage, { flush: true })
      await commit(storage, { records: [row('b')], flush: true })
      assertStored(await readOne(storage, 'a'), row('a'))
      assertStored(await readOne(storage, 'b'), row('b'))
      assertEqual(await storage.commit({ flush: true }, [{ collection: 'notes', id: 'a', revision: null }]), {
        status: 'stale',
      })
    })

    test('an empty commit is committed', async ({ open }) => {
      const storage = await open()
      await commit(storage, {})
      await commit(storage, { records: [], removals: [], entries: [] }, [])
    })

    test('reads begun after a commit was called see it once it has resolved (ST4)', async ({ open }) => {
      const storage = await open()
      const commits = Array.from({ length: 20 }, (_, index) =>
        commit(storage, { records: [row(`n${index}`), row('last', { sync: String(index) })] }),
      )
      await Promise.all(commits)
      assertEqual((await storage.scan({ collection: 'notes', after: null, limit: 100 })).length, 21)
      assertStored(await readOne(storage, 'last'), row('last', { sync: '19' }))
    })
  })
}
