import type { RecordWrite } from '@synclayer/core/storage'
import { assert, assertEqual } from '../expect.ts'
import { walkPages } from './query.ts'
import { assertStored, bytes, commit, readOne, row, type StorageSuite, whole } from './storage-suite.ts'

const MEGABYTE = 1_000_000
const MANY = 100_000
const LONG_TIMEOUT_MS = 300_000

/** Large texts and many rows. */
export function limitTests({ group, test }: StorageSuite): void {
  group('limits', () => {
    test('holds texts of a megabyte in every place (ST4)', async ({ open }) => {
      const storage = await open()
      const text = (letter: string): string => letter.repeat(MEGABYTE)
      const write = row('big', { document: text('d'), base: text('é'), sync: text('😀') })
      await commit(storage, { records: [write], entries: [{ name: 'big', value: text('v') }] })
      assertStored(await readOne(storage, 'big'), write)
      assertEqual((await storage.readEntries(['big']))[0]?.value.length, MEGABYTE)
      assertStored((await storage.scan({ collection: 'notes', after: null, limit: 1 }))[0], write)
    })

    test('holds ids of 128 characters, long entry names and keys of 1,000 bytes (ST4)', async ({ open }) => {
      const storage = await open()
      const ids = ['x'.repeat(128), '😀'.repeat(64), `${'x'.repeat(127)}y`]
      const keys = [new Uint8Array(1000).fill(255), new Uint8Array(1000)]
      const name = `cursor/${'é'.repeat(300)}`
      await commit(storage, { records: ids.map((id) => row(id, { keys })), entries: [{ name, value: '1' }] })
      for (const id of ids) assertStored(await readOne(storage, id), row(id))
      assertEqual(
        (await storage.listEntries('cursor/é')).map((entry) => entry.name),
        [name],
      )
      if (!storage.capabilities.indexes) return
      const range = { lower: keys[0]!, upper: keys[0]! }
      assertEqual(await storage.count({ collection: 'notes', index: 'size', range }), ids.length)
    })

    test(
      'writes, reads, walks, counts and removes 100,000 rows, each in one call (ST1, ST4, ST5)',
      async ({ open }) => {
        const storage = await open()
        const keyOf = (at: number): Uint8Array => bytes((at * 7919) & 255, at & 255)
        const idOf = (at: number): string => `id-${String(at).padStart(6, '0')}`
        const records = Array.from({ length: MANY }, (_, at): RecordWrite => {
          const lane = at % 2 === 0 ? 'waiting' : null
          return row(idOf(at), { keys: [keyOf(at), bytes()], lane, order: lane === null ? 0 : at + 1 })
        })
        await commit(storage, { records })
        const answers = await storage.read(records)
        answers.forEach((answer, at) => assert(whole(answer).id === idOf(at), `row ${at}`))
        assertEqual(await storage.count({ collection: 'notes', index: null }), MANY)
        assertEqual((await storage.outboxSize('default')).waiting, MANY / 2)
        assertEqual(
          (await storage.outbox({ lane: 'waiting', scope: null, after: MANY - 5, limit: 10 })).length,
          2,
        )
        if (storage.capabilities.indexes) {
          for (const reverse of [false, true]) {
            const walked = await walkPages(storage, { collection: 'notes', index: 'size', reverse }, 997)
            assertEqual(new Set(walked.map(({ id }) => id)).size, MANY, 'rows walked')
          }
        }
        const revisions = answers.map((answer) => whole(answer).revision)
        const expect = records.map(({ collection, id }, at) => ({ collection, id, revision: revisions[at]! }))
        await commit(storage, { removals: records }, expect)
        assertEqual(await storage.count({ collection: 'notes', index: null }), 0)
        assertEqual((await storage.outboxSize(null)).waiting, 0)
      },
      LONG_TIMEOUT_MS,
    )
  })
}
