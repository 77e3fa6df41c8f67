import type { Lane, Storage } from '@synclayer/core/storage'
import { assertEqual } from '../expect.ts'
import { compareIds } from './naive-walk.ts'
import { assertStored, commit, row, type StorageSuite } from './storage-suite.ts'

/** Walks over whole collections. */
export function scanTests({ group, test }: StorageSuite): void {
  group('scan', () => {
    test('gives every row by rising id, those without a document too, page by page (ST4)', async ({
      open,
    }) => {
      const storage = await open()
      const ids = ['b', '\ue000', 'a', '😀', 'C', 'aa', 'é']
      const writes = ids.map((id, index) => row(id, { document: index % 2 === 0 ? '{}' : null }))
      await commit(storage, { records: [...writes, row('other', { collection: 'Notes' })] })
      const sorted = [...writes].sort((left, right) => compareIds(left.id, right.id))
      for (const limit of [1, 2, 3, 100]) {
        const scanned: Awaited<ReturnType<Storage['scan']>>[number][] = []
        for (let after: string | null = null; ;) {
          const rows = await storage.scan({ collection: 'notes', after, limit })
          if (rows.length === 0) break
          scanned.push(...rows)
          after = rows.at(-1)!.id
        }
        assertEqual(
          scanned.map(({ id }) => id),
          sorted.map(({ id }) => id),
          `in pages of ${limit}`,
        )
        scanned.forEach((each, index) => assertStored(each, sorted[index]!))
      }
      assertEqual(await storage.scan({ collection: 'notes', after: null, limit: 0 }), [])
      assertEqual(await storage.scan({ collection: 'tags', after: null, limit: 10 }), [])
    })

    test('goes on after an id that is not there (ST4)', async ({ open }) => {
      const storage = await open()
      await commit(storage, { records: [row('a'), row('c')] })
      const rows = await storage.scan({ collection: 'notes', after: 'b', limit: 10 })
      assertEqual(
        rows.map(({ id }) => id),
        ['c'],
      )
    })
  })
}

/** Lanes: what is on its way. */
export function outboxTests({ group, test }: StorageSuite): void {
  group('outbox', () => {
    test('gives the rows of a lane by rising order, over all collections and scopes (ST4)', async ({
      open,
    }) => {
      const storage = await open()
      await fill(storage)
      const idsOf = async (lane: Lane, scope: string | null, after = 0, limit = 10): Promise<string[]> => {
        const rows = await storage.outbox({ lane, scope, after, limit })
        return rows.map(({ id }) => id)
      }
      assertEqual(await idsOf('waiting', null), ['d', 'b', 'a', 'c'])
      assertEqual(await idsOf('waiting', 's1'), ['b', 'a'])
      assertEqual(await idsOf('waiting', 's2'), ['d', 'c'])
      assertEqual(await idsOf('sending', null), ['e'])
      assertEqual(await idsOf('parked', 's1'), [])
      assertEqual(await idsOf('waiting', null, 20), ['a', 'c'], 'behind a place')
      assertEqual(await idsOf('waiting', null, 0, 3), ['d', 'b', 'a'], 'with a limit')
      assertEqual(await idsOf('waiting', 's1', 20, 1), ['a'])
      assertEqual(await idsOf('waiting', null, 0, 0), [])
    })

    test('counts the rows of each lane, of one scope or of all (ST4)', async ({ open }) => {
      const storage = await open()
      assertEqual(await storage.outboxSize(null), { waiting: 0, sending: 0, parked: 0 })
      await fill(storage)
      assertEqual(await storage.outboxSize(null), { waiting: 4, sending: 1, parked: 1 })
      assertEqual(await storage.outboxSize('s1'), { waiting: 2, sending: 1, parked: 0 })
      assertEqual(await storage.outboxSize('s3'), { waiting: 0, sending: 0, parked: 0 })
    })

    test('follows a row through lanes, scopes and places (ST4)', async ({ open }) => {
      const storage = await open()
      const steps: readonly (readonly [lane: Lane | null, scope: string, order: number])[] = [
        ['waiting', 's1', 5],
        ['sending', 's1', 5],
        ['waiting', 's1', 9],
        ['waiting', 's2', 9],
        ['parked', 's2', 1],
        [null, 's2', 0],
      ]
      for (const [lane, scope, order] of steps) {
        const write = row('a', { lane, scope, order })
        await commit(storage, { records: [write] })
        for (const each of ['waiting', 'sending', 'parked'] as const) {
          const rows = await storage.outbox({ lane: each, scope: null, after: 0, limit: 10 })
          assertEqual(rows.length, each === lane ? 1 : 0, `rows in ${each} while in ${lane}`)
          if (each === lane) assertStored(rows[0], write)
        }
      }
    })

    test('gives rows without a document too, and removals leave it (ST4)', async ({ open }) => {
      const storage = await open()
      const deleted = row('a', { document: null, base: '{}', lane: 'waiting', order: 1 })
      await commit(storage, { records: [deleted] })
      assertStored(
        (await storage.outbox({ lane: 'waiting', scope: 'default', after: 0, limit: 1 }))[0],
        deleted,
      )
      await commit(storage, { removals: [{ collection: 'notes', id: 'a' }] })
      assertEqual(await storage.outbox({ lane: 'waiting', scope: 'default', after: 0, limit: 1 }), [])
    })
  })
}

async function fill(storage: Storage): Promise<void> {
  await commit(storage, {
    records: [
      row('a', { lane: 'waiting', scope: 's1', order: 30 }),
      row('b', { collection: 'tags', lane: 'waiting', scope: 's1', order: 20 }),
      row('c', { collection: 'Notes', lane: 'waiting', scope: 's2', order: 2 ** 40 }),
      row('d', { lane: 'waiting', scope: 's2', order: 10 }),
      row('e', { lane: 'sending', scope: 's1', order: 15 }),
      row('f', { lane: 'parked', scope: 's2', order: 16 }),
      row('g', { scope: 's1' }),
    ],
  })
}
