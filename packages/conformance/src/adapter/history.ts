import type { BackendAdapter, Version } from '@synclayer/core/adapter'
import { assert, assertEqual, assertNotEqual, assertPresent, assertRejects } from '../expect.ts'
import type { Bench, BenchTest } from './bench.ts'
import { assertOutcome, COLLECTION, neverAborted, type TestClient } from './test-client.ts'
import { assertSameView, fill } from './fill.ts'

/** Epochs: a backend that lost what it had acknowledged is noticed (A4). */
export function historyTests(test: BenchTest): void {
  test('a client of another epoch may push nothing new (A4)', async ({ client }) => {
    const alice = client()
    const [result] = await alice.push([alice.edit({ recordId: 'a' })], { epoch: 'another' })
    assertOutcome(result, 'retry', 'EPOCH_CHANGED')
    assertEqual(await alice.stored('a'), undefined, 'what is stored')
  })

  restoreTest(test, 'cursors from after the copy notice that it was put back', async (bench, restore) => {
    const { ahead, adapter } = await restore()
    await assertRejects(() => pullFrom(adapter, ahead), 'EPOCH_CHANGED', 'pull from beyond the head')
    const fresh = bench.client({ id: 'fresh' }, adapter)
    await fresh.pullAll()
    assertNotEqual(fresh.epoch, ahead.epoch, 'epoch')
    assertEqual(fresh.view.size, 5, 'records as of the copy')
  })

  restoreTest(
    test,
    'they notice it too once new writes have passed their position',
    async (bench, restore) => {
      const { ahead, adapter } = await restore()
      const writer = bench.client({ id: 'later' }, adapter)
      for (let n = 0; n < 12; n++) await writer.write({ recordId: `new${n}` })
      await assertRejects(() => pullFrom(adapter, ahead), 'EPOCH_CHANGED', 'pull from an undone position')
      const again = bench.client({ id: 'again' }, adapter)
      await again.pullAll()
      assertNotEqual(again.epoch, ahead.epoch, 'epoch')
      assertEqual(again.view.size, 17, 'records')
    },
  )

  restoreTest(test, 'a push with such a cursor is not applied', async (bench, restore) => {
    const { ahead, adapter } = await restore()
    const [edit] = [ahead.edit({ recordId: 'late' })]
    const cursor = assertPresent(ahead.cursor)
    const request = { scope: ahead.scope, clientId: ahead.id, settled: 0, epoch: ahead.epoch, cursor }
    const { results } = await adapter.push({ ...request, mutations: [edit] }, neverAborted())
    assertOutcome(results[0], 'retry', 'EPOCH_CHANGED')
    assertEqual(await bench.client({ id: 'fresh' }, adapter).stored('late'), undefined, 'what is stored')
  })

  restoreTest(
    test,
    'after the new epoch began no cursor of the old one is served',
    async (bench, restore) => {
      const { ahead, adapter } = await restore()
      const before = bench.client({ id: 'before' }, adapter)
      await before.pullAll()
      await assertRejects(() => pullFrom(adapter, ahead), 'EPOCH_CHANGED', 'pull from beyond the head')
      const now = bench.client({ id: 'now' }, adapter)
      await now.pullAll()
      if (now.epoch !== before.epoch) {
        await assertRejects(() => pullFrom(adapter, before), 'EPOCH_CHANGED', 'pull with the old epoch')
      }
      await now.write({ recordId: 'new' })
      assertEqual((await now.pullAll()).length, 1, 'changes in the new epoch')
    },
  )

  restoreTest(test, 'versions made after never equal versions of before', async (bench, restore) => {
    const seen = new Set<Version>()
    for (let round = 0; round < 3; round++) {
      const { adapter, made } = await restore()
      for (const version of made) seen.add(version)
      const writer = bench.client({ id: `later${round}` }, adapter)
      for (let n = 0; n < 10; n++) {
        const version = await writer.write({ recordId: `undone${n}` })
        assert(!seen.has(version), `The version ${version} came again`)
        seen.add(version)
      }
    }
  })

  restoreTest(test, 'what is deleted stays told to those who start over', async (bench, restore) => {
    const { ahead, adapter } = await restore()
    await assertRejects(() => pullFrom(adapter, ahead), 'EPOCH_CHANGED', 'pull from beyond the head')
    const fresh = bench.client({ id: 'fresh' }, adapter)
    await fresh.pullAll(() => 2)
    assertEqual(fresh.get('gone'), undefined, 'what was deleted before the copy')
    const truth = bench.client({ id: 'truth' }, adapter)
    await truth.pullAll()
    assertSameView(fresh, truth, 'in small pages')
  })
}

interface Restored {
  /** A client that had pulled everything just before the copy was put back. */
  readonly ahead: TestClient
  readonly adapter: BackendAdapter
  /** Versions that the copy undid. */
  readonly made: readonly Version[]
}

/** Five records and a tombstone are copied, twelve more written, the copy put back: as often as `restore` is called. */
function restoreTest(
  test: BenchTest,
  title: string,
  body: (bench: Bench, restore: () => Promise<Restored>) => Promise<void>,
): void {
  test(`after a restore: ${title} (A4)`, async (bench) => {
    // A backend that cannot be put back, as its maker says by leaving `backup` out, has nothing to be noticed.
    if (bench.backup === undefined) return
    const writer = bench.client({ id: 'writer' })
    await fill(writer, 5)
    const base = await writer.write({ recordId: 'gone' })
    await writer.write({ recordId: 'gone', kind: 'delete', base })
    let adapter = bench.adapter
    let round = 0
    const putBack = await bench.backup()
    await body(bench, async () => {
      round += 1
      const ahead = bench.client({ id: `ahead${round}` }, adapter)
      await ahead.pullAll()
      const made: Version[] = []
      for (let n = 0; n < 8; n++) made.push(await ahead.write({ recordId: `undone${round}x${n}` }))
      await ahead.pullAll()
      adapter = await putBack()
      return { ahead, adapter, made }
    })
  })
}

function pullFrom(adapter: BackendAdapter, { scope, cursor }: TestClient): Promise<unknown> {
  return adapter.pull({ scope, collections: [{ name: COLLECTION }], cursor, limit: 10 }, neverAborted())
}
