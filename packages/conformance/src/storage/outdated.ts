import { isSyncError, type Storage } from '@synclayer/core/storage'
import { assert, assertEqual } from '../expect.ts'
import { assertStored, commit, readOne, row, type StorageSuite, type TestStore } from './storage-suite.ts'

const AT = (version: number, indexes: readonly string[] = []) => ({
  collections: [
    { name: 'notes', indexes, version },
    { name: 'tags', indexes: [] },
  ],
})
const FORMER = row('a', { keys: [] })

/** Two versions of an app on one store: the one that opened it last has it. */
export function outdatedTests({ group, test, shared }: StorageSuite): void {
  if (!shared) return
  group('versions', () => {
    const changes = [
      ['a newer version', AT(1), AT(2), 0],
      ['an older version', AT(2), AT(1), 0],
      ['other indexes', AT(1), AT(1, ['size']), 1],
    ] as const
    for (const [what, before, after, keys] of changes) {
      test(`${what} of a collection shuts out who has it open (ST10)`, async ({ open }) => {
        const former = await open(before)
        await commit(former, { records: [FORMER, row('t', { collection: 'tags', keys: [] })] })
        const latter = await open(after)
        for (const [name, call] of CALLS) await assertOutdated(() => call(former), name)
        assertStored(await readOne(latter, 'a'), FORMER)
        assertEqual(await readOne(latter, 'b'), undefined, 'what the former tried to write')

        await commit(latter, {
          records: [row('b', { keys: Array.from({ length: keys }, () => Uint8Array.of(1)) })],
        })
        await former.close()
        const again = await open(after)
        assertEqual((await readOne(again, 'b'))?.id, 'b')
        assertEqual((await readOne(latter, 'a'))?.id, 'a', 'who has the same version open')
      })
    }

    test('collections that did not change go on (ST10)', async ({ open }) => {
      const former = await open(AT(1))
      await open(AT(2))
      await commit(former, { records: [row('t', { collection: 'tags', keys: [] })] })
      assertEqual((await readOne(former, 't', 'tags'))?.id, 't')
      await commit(former, { entries: [{ name: 'cursor', value: 'c' }] })
    })

    test('nothing of a batch is written where one of its rows is outdated (ST1, ST10)', async ({ open }) => {
      const former = await open(AT(1))
      const latter = await open(AT(2))
      const records = [row('t', { collection: 'tags', keys: [] }), FORMER]
      await assertOutdated(
        () => former.commit({ records, entries: [{ name: 'cursor', value: 'c' }] }),
        'commit',
      )
      assertEqual(await readOne(latter, 't', 'tags'), undefined)
      assertEqual(await latter.readEntries(['cursor']), [undefined])
    })

    test('a schema without a version takes the one that is there (ST10)', async ({ open }) => {
      const former = await open(AT(3))
      const tool = await open({ collections: [{ name: 'notes', indexes: [] }] })
      await commit(tool, { records: [FORMER] })
      assertStored(await readOne(former, 'a'), FORMER)
      await open(AT(3))
      assertStored(await readOne(tool, 'a'), FORMER)
    })

    test('a race of openings and commits leaves no row of a former version behind (ST10)', async (store) => {
      for (let round = 1; round <= ROUNDS; round += 1) await race(store, round)
    })
  })
}

const ROUNDS = 10
const WRITERS = 4

/** While several write as one version, another opens the store as the next: from then on none of them commits any more. */
async function race({ open }: TestStore, round: number): Promise<void> {
  const formers = await Promise.all(Array.from({ length: WRITERS }, () => open(AT(round))))
  let isOver = false
  const late: string[] = []
  const write = async (former: Storage, writer: number): Promise<void> => {
    for (let number = 0; ; number += 1) {
      const wasOver = isOver
      const id = `${round}-${writer}-${number}`
      try {
        await former.commit({ records: [row(id, { keys: [] })] })
      } catch (error) {
        assert(isOutdated(error), `a commit of ${id} failed otherwise: ${String(error)}`)
        return
      }
      if (!wasOver) continue
      late.push(id)
      // It is shown; a storage that shuts nobody out would go on for ever.
      if (late.length > WRITERS) return
    }
  }
  const writing = formers.map(write)
  const latter = await open(AT(round + 1))
  isOver = true
  await Promise.all(writing)
  assertEqual(late, [], 'commits that began after the opening')
  for (const handle of [...formers, latter]) await handle.close()
}

const CALLS: readonly (readonly [name: string, call: (storage: Storage) => Promise<unknown>])[] = [
  ['read', (storage) => storage.read([{ collection: 'notes', id: 'a' }])],
  ['query', (storage) => storage.query({ collection: 'notes', index: null, limit: 1 })],
  ['count', (storage) => storage.count({ collection: 'notes', index: null })],
  ['scan', (storage) => storage.scan({ collection: 'notes', after: null, limit: 1 })],
  ['commit of a new row', (storage) => storage.commit({ records: [row('b', { keys: [] })] })],
  [
    'commit of a row that is expected to be new',
    (storage) =>
      storage.commit({ records: [row('b', { keys: [] })] }, [
        { collection: 'notes', id: 'b', revision: null },
      ]),
  ],
  ['commit over a row', (storage) => storage.commit({ records: [row('a', { keys: [], sync: '{"x":1}' })] })],
  ['removal', (storage) => storage.commit({ removals: [{ collection: 'notes', id: 'a' }] })],
  [
    'precondition',
    (storage) =>
      storage.commit({ entries: [{ name: 'e', value: 'x' }] }, [
        { collection: 'notes', id: 'a', revision: 1 },
      ]),
  ],
]

async function assertOutdated(call: () => Promise<unknown>, what: string): Promise<void> {
  let result: unknown
  try {
    result = await call()
  } catch (error) {
    assert(isOutdated(error), `${what}: expected an outdated error, got ${String(error)}`)
    return
  }
  assert(false, `${what}: expected to be refused, got ${JSON.stringify(result)}`)
}

function isOutdated(error: unknown): boolean {
  return isSyncError(error, 'STORAGE_FAILED') && !error.retryable && error.details['outdated'] === true
}
