import type { Precondition, Storage, WriteBatch } from '@synclayer/core/storage'
import { assert, assertEqual, assertPresent } from '../expect.ts'
import { assertStored, commit, readOne, row, type StorageSuite, whole } from './storage-suite.ts'

const STALE = { status: 'stale' }

/** Conditional commits, of one handle and of two. */
export function preconditionTests(suite: StorageSuite): void {
  const { group, test } = suite
  group('preconditions', () => {
    test('commits where a record has the expected revision, and else not (ST2)', async ({ open }) => {
      const storage = await open()
      await commit(storage, { records: [row('a', { sync: '1' })] })
      const { revision } = whole(await readOne(storage, 'a'))
      const expect = [{ collection: 'notes', id: 'a', revision }]
      await commit(storage, { records: [row('a', { sync: '2' })] }, expect)
      assertEqual(await storage.commit({ records: [row('a', { sync: '3' })] }, expect), STALE)
      assertStored(await readOne(storage, 'a'), row('a', { sync: '2' }))
    })

    test('null expects a record to be absent (ST2)', async ({ open }) => {
      const storage = await open()
      const expect = [{ collection: 'notes', id: 'a', revision: null }]
      await commit(storage, { records: [row('a', { sync: '1' })] }, expect)
      assertEqual(await storage.commit({ records: [row('a', { sync: '2' })] }, expect), STALE)
      assertStored(await readOne(storage, 'a'), row('a', { sync: '1' }))
      await commit(storage, { removals: [{ collection: 'notes', id: 'a' }] })
      await commit(storage, { records: [row('a', { sync: '3' })] }, expect)
    })

    test('an expected revision of an absent record does not hold (ST2)', async ({ open }) => {
      const storage = await open()
      await commit(storage, { records: [row('a')] })
      const { revision } = whole(await readOne(storage, 'a'))
      await commit(storage, { removals: [{ collection: 'notes', id: 'a' }] })
      assertEqual(
        await storage.commit({ records: [row('a')] }, [{ collection: 'notes', id: 'a', revision }]),
        STALE,
      )
      assertEqual(await readOne(storage, 'a'), undefined)
    })

    test('expects entries alike (ST2)', async ({ open }) => {
      const storage = await open()
      const put = (value: string): WriteBatch => ({ entries: [{ name: 'e', value }] })
      await commit(storage, put('1'), [{ entry: 'e', revision: null }])
      assertEqual(await storage.commit(put('2'), [{ entry: 'e', revision: null }]), STALE)
      const { revision } = assertPresent((await storage.readEntries(['e']))[0])
      await commit(storage, put('3'), [{ entry: 'e', revision }])
      assertEqual(await storage.commit(put('4'), [{ entry: 'e', revision }]), STALE)
      assertEqual((await storage.readEntries(['e']))[0]?.value, '3')
    })

    test('may expect what the batch does not write (ST2)', async ({ open }) => {
      const storage = await open()
      await commit(storage, { records: [row('a')], entries: [{ name: 'e', value: '1' }] })
      const { revision } = whole(await readOne(storage, 'a'))
      const expect: Precondition[] = [
        { collection: 'notes', id: 'a', revision },
        { collection: 'tags', id: 'a', revision: null },
      ]
      await commit(storage, { records: [row('b')] }, expect)
      await commit(storage, { records: [row('a')] })
      assertEqual(await storage.commit({ records: [row('c')] }, expect), STALE)
      assertEqual(await readOne(storage, 'c'), undefined)
    })

    test('one condition that fails among many holds everything back (ST1, ST2)', async ({ open }) => {
      const storage = await open()
      const ids = Array.from({ length: 50 }, (_, index) => `n${index}`)
      await commit(storage, { records: ids.map((id) => row(id, { sync: 'old' })) })
      const stored = await storage.read(ids.map((id) => ({ collection: 'notes', id })))
      await commit(storage, { records: [row('n49', { sync: 'changed' })] })
      const answer = await storage.commit(
        {
          records: ids.map((id) => row(id, { sync: 'new' })),
          removals: [{ collection: 'tags', id: 'x' }],
          entries: [{ name: 'e', value: 'new' }],
        },
        stored.map((each) => ({ collection: 'notes', id: whole(each).id, revision: whole(each).revision })),
      )
      assertEqual(answer, STALE)
      assertEqual(
        await storage.read(ids.slice(0, 49).map((id) => ({ collection: 'notes', id }))),
        stored.slice(0, 49),
      )
      assertEqual(await storage.readEntries(['e']), [undefined])
    })

    test('writes none of many records expected to be new where one is there (ST1, ST2)', async ({ open }) => {
      const storage = await open()
      const ids = Array.from({ length: 50 }, (_, index) => `n${index}`)
      const fresh = ids.map((id) => ({ collection: 'notes', id, revision: null }))
      for (const there of ['n0', 'n17', 'n39', 'n49']) {
        await commit(storage, { records: [row(there, { sync: 'old' })] })
        const answer = await storage.commit(
          { records: ids.map((id) => row(id, { sync: 'new' })), entries: [{ name: 'e', value: 'new' }] },
          fresh,
        )
        assertEqual(answer, STALE)
        const found = await storage.read(ids.map((id) => ({ collection: 'notes', id })))
        assertEqual(
          found.flatMap((each) => (each === undefined ? [] : [[each.id, whole(each).sync]])),
          [[there, 'old']],
        )
        await commit(storage, { removals: [{ collection: 'notes', id: there }] })
      }
      assertEqual(await storage.readEntries(['e']), [undefined])
      const all = await storage.commit({ records: ids.map((id) => row(id, { sync: id })) }, fresh)
      assertEqual(all, { status: 'committed' })
      const found = await storage.read(ids.map((id) => ({ collection: 'notes', id })))
      assertEqual(
        found.map((each) => whole(each!).sync),
        ids,
      )
    })

    test('may expect a record that the batch removes (ST2)', async ({ open }) => {
      const storage = await open()
      await commit(storage, { records: [row('a')] })
      const { revision } = whole(await readOne(storage, 'a'))
      await commit(storage, { records: [row('a')] })
      const removals = [{ collection: 'notes', id: 'a' }]
      assertEqual(await storage.commit({ removals }, [{ collection: 'notes', id: 'a', revision }]), STALE)
      const now = whole(await readOne(storage, 'a'))
      await commit(storage, { removals }, [{ collection: 'notes', id: 'a', revision: now.revision }])
      assertEqual(await readOne(storage, 'a'), undefined)
    })

    test('a record that was removed and written again is another (ST2, ST3)', async ({ open }) => {
      const storage = await open()
      await commit(storage, { records: [row('a')] })
      const { revision } = whole(await readOne(storage, 'a'))
      await commit(storage, { removals: [{ collection: 'notes', id: 'a' }] })
      await commit(storage, { records: [row('a')] })
      assertEqual(
        await storage.commit({ records: [row('a')] }, [{ collection: 'notes', id: 'a', revision }]),
        STALE,
      )
    })

    test('updates at the same time never lose each other (ST2)', async ({ open }) => {
      const storage = await open()
      await commit(storage, { records: [row('n', { sync: '0' })] })
      await Promise.all(Array.from({ length: 10 }, () => incrementTimes(storage, 10)))
      assertEqual(whole(await readOne(storage, 'n')).sync, '100')
    })
  })

  if (suite.shared) sharedTests(suite)
  else unsharedTests(suite)
}

function sharedTests({ group, test }: StorageSuite): void {
  group('two handles', () => {
    test('each sees what the other has committed (ST4)', async ({ open }) => {
      const [one, two] = [await open(), await open()]
      await commit(one, { records: [row('a', { sync: '1' })] })
      assertStored(await readOne(two, 'a'), row('a', { sync: '1' }))
      await commit(two, { records: [row('a', { sync: '2' })] })
      assertStored(await readOne(one, 'a'), row('a', { sync: '2' }))
      assertEqual(await one.count({ collection: 'notes', index: null }), 1)
    })

    test('never lose each other’s updates (ST2)', async ({ open }) => {
      const [one, two] = [await open(), await open()]
      await commit(one, { records: [row('n', { sync: '0' })] })
      await Promise.all([one, two, one, two].map((storage) => incrementTimes(storage, 25)))
      assertEqual(whole(await readOne(two, 'n')).sync, '100')
    })

    test('never give one key the same revision (ST3)', async ({ open }) => {
      const handles = [await open(), await open()]
      const seen = new Set<number>()
      for (let round = 0; round < 20; round++) {
        const storage = handles[round % 2]!
        if (round % 5 === 4) await commit(storage, { removals: [{ collection: 'notes', id: 'a' }] })
        await commit(storage, { records: [row('a')], entries: [{ name: 'e', value: '' }] })
        const { revision } = whole(await readOne(storage, 'a'))
        assert(!seen.has(revision), `revision ${revision} came twice`)
        seen.add(revision)
      }
    })

    test('are told of each other’s commits, and not of their own', async ({ open }) => {
      const [one, two] = [await open(), await open()]
      if (one.changes === undefined) return
      let told = 0
      const stop = one.changes(() => (told += 1))
      await commit(one, { records: [row('own')] })
      await pause(150)
      assertEqual(told, 0, 'calls after a commit of its own')
      await commit(two, { records: [row('other')] })
      await waitUntil(() => told > 0, 'a call after a commit of the other')
      stop()
      await pause(150)
      const before = told
      await commit(two, { records: [row('another')] })
      await pause(150)
      assertEqual(told, before, 'calls after it was stopped')
    })

    test('one goes on when the other is closed', async ({ open }) => {
      const [one, two] = [await open(), await open()]
      await commit(one, { records: [row('a')] })
      await one.close()
      assertStored(await readOne(two, 'a'), row('a'))
      await commit(two, { records: [row('b')] })
    })

    test('a handle never writes rows without the keys of indexes that another has declared (ST5)', async ({
      open,
    }) => {
      const old = await open({ collections: [{ name: 'notes', indexes: ['size'] }] })
      if (!old.capabilities.indexes) return
      const write = { ...row('a'), keys: [Uint8Array.of(1)] }
      await commit(old, { records: [write] })
      const now = await open({ collections: [{ name: 'notes', indexes: ['size', 'label'] }] })
      await commit(now, { records: [row('a')] })
      // Either the old handle fails until it is opened again, or the row leaves the index; never does it stay wrong.
      let isFailed = false
      try {
        await old.commit({ records: [{ ...write, keys: [Uint8Array.of(2)] }] })
      } catch {
        isFailed = true
      }
      const sizes = await now.count({
        collection: 'notes',
        index: 'size',
        range: { lower: Uint8Array.of(2) },
      })
      const labels = await now.count({ collection: 'notes', index: 'label' })
      assertEqual({ sizes, labels }, isFailed ? { sizes: 0, labels: 1 } : { sizes: 1, labels: 0 })
    })
  })
}

function unsharedTests({ group, test }: StorageSuite): void {
  group('two handles', () => {
    test('the storage says that processes cannot share it', async ({ create }) => {
      assertEqual((await create()).capabilities.crossProcess, false, 'crossProcess')
    })
  })
}

/** Reads and writes until it has gone through, as the engine does. */
async function incrementTimes(storage: Storage, times: number): Promise<void> {
  for (let done = 0; done < times;) {
    const { sync, revision } = whole(await readOne(storage, 'n'))
    const next = row('n', { sync: String(Number(sync) + 1) })
    const { status } = await storage.commit({ records: [next] }, [{ collection: 'notes', id: 'n', revision }])
    if (status === 'committed') done += 1
  }
}

const LONGEST_WAIT_MS = 5_000

async function waitUntil(isSo: () => boolean, what: string): Promise<void> {
  for (let waitedMs = 0; !isSo(); waitedMs += 10) {
    assert(waitedMs < LONGEST_WAIT_MS, `${what}: did not come`)
    await pause(10)
  }
}

function pause(delayMs: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, delayMs))
}
