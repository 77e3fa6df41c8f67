import { isSyncError, type PurgeReport } from '@synclayer/core/adapter'
import { assert, assertEqual, assertPresent, assertRejects } from '../expect.ts'
import type { Bench, BenchTest } from './bench.ts'
import { acceptedVersion, assertOutcome, type TestClient, turn } from './test-client.ts'
import { assertSameView, fill } from './fill.ts'
import { purgeTombstonesOnly } from './retention.ts'

/** Purging: tombstones go, and no client is left believing in what they told (A4). */
export function purgeTests(test: BenchTest): void {
  test('a cursor from before purged deletes has expired (A4)', async (bench) => {
    const { client } = bench
    if (bench.adapter.purge === undefined) return
    const writer = client({ id: 'writer' })
    const versions = await fill(writer, 5)
    const behind = client({ id: 'behind' })
    await behind.pullAll()
    await writer.write({ recordId: 'r1', kind: 'delete', base: versions.get('r1') ?? null })
    const abreast = client({ id: 'abreast' })
    await abreast.pullAll()
    const report = await purgeAll(bench)
    assertEqual(report.tombstones, 1, 'tombstones purged')
    await assertRejects(() => behind.pull(), 'CURSOR_EXPIRED', 'pull from below the floor')
    assertEqual(await writer.stored('r1'), undefined, 'the tombstone')
    await writer.enter()
    await writer.write({ recordId: 'r9' })
    assertEqual((await abreast.pullAll()).length, 1, 'changes for one who had seen the delete')
    assertEqual(abreast.view.size, 5, 'records')
  })

  test('a client below the floor may push nothing new, but is told of what it sent (A3, A4)', async (bench) => {
    if (bench.adapter.purge === undefined) return
    const { client } = bench
    const began = Date.now()
    const behind = client({ id: 'behind' })
    const sent = behind.edit({ recordId: 'mine' })
    const version = acceptedVersion((await behind.push([sent]))[0])
    const doomed = await behind.write({ recordId: 'doomed' })
    const writer = client({ id: 'writer' })
    await writer.write({ recordId: 'doomed', kind: 'delete', base: doomed })
    const report = await purgeTombstonesOnly(bench, began)
    assertEqual(report.tombstones, 1, 'tombstones purged')
    const results = await behind.push([
      sent,
      behind.edit({ recordId: 'doomed', data: { id: 'doomed', back: true } }),
    ])
    // What is known only by its record is not looked for where nothing may be compared with it.
    if (bench.adapter.capabilities.memory === 'full')
      assertEqual(acceptedVersion(results[0]), version, 'version of the known one')
    assertOutcome(results[1], 'retry', 'CURSOR_EXPIRED')
    assertEqual(await writer.stored('doomed'), undefined, 'what was deleted')
  })

  test('purging leaves records, their versions and newer tombstones alone (A4)', async (bench) => {
    if (bench.adapter.purge === undefined) return
    const writer = bench.client({ id: 'writer' })
    const versions = await fill(writer, 3)
    await writer.write({ recordId: 'r0', kind: 'delete', base: versions.get('r0') ?? null })
    const nothing = await bench.adapter.purge({ scope: writer.scope, before: Date.now() - 3_600_000 })
    assertEqual(nothing.tombstones, 0, 'tombstones purged')
    assertEqual((await writer.stored('r0'))?.deleted, true, 'the newer tombstone')
    const reader = bench.client({ id: 'reader' })
    await reader.pullAll()
    await purgeAll(bench)
    await reader.pullAll()
    assertEqual(reader.view.size, 2, 'records followed')
    assertEqual((await writer.stored('r1'))?.version, versions.get('r1'), 'version of a record')
    const fresh = bench.client({ id: 'fresh' })
    await fresh.pullAll(() => 1)
    assertSameView(fresh, reader, 'a newcomer')
  })

  test('a purge without tombstones expires no cursor (A4)', async (bench) => {
    if (bench.adapter.purge === undefined) return
    const writer = bench.client({ id: 'writer' })
    const reader = bench.client({ id: 'reader' })
    await reader.enter()
    await fill(writer, 3)
    assertEqual((await purgeAll(bench)).tombstones, 0, 'tombstones purged')
    assertEqual((await reader.pullAll()).length, 3, 'changes')
  })

  test('what was purged can be created anew, and its versions never come again (A2, A4)', async (bench) => {
    if (bench.adapter.purge === undefined) return
    const seen = new Set<string>()
    for (let round = 0; round < 3; round++) {
      const writer = bench.client({ id: `writer${round}` })
      const created = await writer.write({ recordId: 'a' })
      const deleted = await writer.write({ recordId: 'a', kind: 'delete', base: created })
      for (const version of [created, deleted]) {
        assert(!seen.has(version), `The version ${version} came again`)
        seen.add(version)
      }
      await purgeAll(bench)
      assertEqual(await writer.stored('a'), undefined, 'what is stored')
    }
  })

  test('a replay older than everything remembered does not bring the dead back (A3, A4)', async (bench) => {
    if (bench.adapter.purge === undefined) return
    const alice = bench.client()
    const create = alice.edit({ recordId: 'a' })
    const base = acceptedVersion((await alice.push([create]))[0])
    const old = { cursor: assertPresent(alice.cursor), epoch: alice.epoch }
    await bench.client({ id: 'bob' }).write({ recordId: 'a', kind: 'delete', base })
    await purgeAll(bench)
    const [result] = await alice.push([create], old)
    if (result?.status !== 'accepted') assertOutcome(result, 'retry', 'CURSOR_EXPIRED')
    assertEqual(await alice.stored('a'), undefined, 'what was deleted')
  })

  test('a snapshot begun before a purge does not end believing in the deleted (A1, A4)', async (bench) => {
    if (bench.adapter.purge === undefined) return
    const writer = bench.client({ id: 'writer' })
    const versions = await fill(writer, 20)
    const reader = bench.client({ id: 'reader' })
    await reader.pull(8)
    for (const id of ['r0', 'r3', 'r15']) {
      await writer.write({ recordId: id, kind: 'delete', base: versions.get(id) ?? null })
    }
    await purgeAll(bench)
    await follow(reader)
    const truth = bench.client({ id: 'truth' })
    await truth.pullAll()
    assertSameView(reader, truth, 'the one who was interrupted')
    assertEqual(truth.view.size, 17, 'records')
  })

  test('purging while others pull: each sees every delete or is told to start over (A1, A4)', async (bench) => {
    if (bench.adapter.purge === undefined) return
    const writer = bench.client({ id: 'writer' })
    const versions = await fill(writer, 60)
    const other = await bench.second()
    const readers = [0, 1, 2].map((n) => bench.client({ id: `reader${n}` }, n === 0 ? undefined : other))
    for (const reader of readers) await reader.pullAll()
    let writing = true
    const deleting = (async () => {
      for (const [recordId, base] of versions) {
        // A purge may have left the writer's own cursor behind.
        await writer.enter()
        await writer.write({ recordId, kind: 'delete', base })
        if (recordId.endsWith('5')) await purgeAll(bench)
      }
      writing = false
    })()
    await Promise.all([
      deleting,
      ...readers.map(async (reader) => {
        while (writing) {
          await follow(reader)
          await turn()
        }
      }),
    ])
    for (const reader of readers) {
      await follow(reader)
      assertEqual(reader.view.size, 0, 'records left')
    }
  })
}

/** Pulls to the head, starting over where the cursor has expired. */
async function follow(reader: TestClient): Promise<void> {
  for (;;) {
    try {
      await reader.pullAll(() => 3)
      return
    } catch (error) {
      if (!isSyncError(error, 'CURSOR_EXPIRED')) throw error
      reader.startOver()
    }
  }
}

/** Purges everything there is to purge. */
async function purgeAll({ adapter }: Bench): Promise<PurgeReport> {
  return assertPresent(adapter.purge)({ scope: 'default', before: Date.now() + 1_000 })
}
