import { isSyncError } from '@synclayer/core/adapter'
import { assert, assertEqual, assertPresent } from '../expect.ts'
import { seededRandom } from '../runner.ts'
import type { BenchTest } from './bench.ts'
import { assertSameView, fill } from './fill.ts'
import { COLLECTION, SCOPE, neverAborted } from './test-client.ts'

/** Pull: cursors, pages, snapshots. Nothing committed is missed (A1). */
export function resumeTests(test: BenchTest): void {
  test('an empty scope gives a cursor from which its first change is seen (A1)', async ({ client }) => {
    const reader = client()
    const page = await reader.pull()
    assertEqual([page.changes.length, page.hasMore], [0, false], 'an empty scope')
    assert(page.epoch !== '' && page.cursor !== '', 'Epoch and cursor are named')
    await client({ id: 'writer' }).write({ recordId: 'a' })
    assertEqual((await reader.pullAll()).length, 1, 'changes')
  })

  test('a pull with limit 0 gives the cursor of the head, and moves none (A1)', async ({ client }) => {
    const writer = client({ id: 'writer' })
    await writer.write({ recordId: 'before' })
    const reader = client()
    await reader.enter()
    const version = await writer.write({ recordId: 'after' })
    const cursor = reader.cursor
    const page = await reader.pull(0)
    assertEqual([page.changes.length, page.cursor, page.hasMore], [0, cursor, false], 'limit 0 from a cursor')
    const changes = await reader.pullAll()
    assertEqual(
      changes.map(({ id, version: seen }) => [id, seen]),
      [['after', version]],
      'changes',
    )
  })

  test('pages of every size show the same (A1)', async ({ client }) => {
    const writer = client({ id: 'writer' })
    await fill(writer, 37)
    for (const size of [1, 2, 7, 36, 37, 38, 1000]) {
      const reader = client({ id: `reader${size}` })
      const changes = await reader.pullAll(() => size)
      assertEqual(changes.length, 37, `changes in pages of ${size}`)
      assertEqual(reader.view.size, 37, `records in pages of ${size}`)
    }
  })

  test('an empty page moves nothing past what comes later (A1)', async ({ client }) => {
    const reader = client()
    const writer = client({ id: 'writer' })
    for (let n = 0; n < 5; n++) {
      assertEqual((await reader.pull()).changes, [], 'before the write')
      await writer.write({ recordId: `r${n}` })
      assertEqual((await reader.pullAll()).length, 1, 'after the write')
    }
  })

  test('a cursor may be used again and gives the same (A1)', async ({ client, adapter }) => {
    const writer = client({ id: 'writer' })
    const reader = client()
    await reader.enter()
    await fill(writer, 10)
    const request = { scope: SCOPE, collections: [{ name: COLLECTION }], cursor: reader.cursor, limit: 4 }
    const first = await adapter.pull(request, neverAborted())
    const again = await adapter.pull(request, neverAborted())
    assertEqual(again.changes, first.changes, 'changes')
    assertEqual([first.hasMore, again.cursor], [true, first.cursor], 'hasMore and cursor')
  })

  test('a cursor works on another process too (A1)', async ({ client, second }) => {
    const writer = client({ id: 'writer' })
    await fill(writer, 6)
    const reader = client()
    await reader.pull(2)
    const moved = client({}, await second())
    moved.cursor = reader.cursor
    const rest = await moved.pullAll(() => 2)
    assertEqual(
      new Set([...reader.view.keys(), ...rest.map(({ id }) => `todos/${id}`)]).size,
      6,
      'records seen',
    )
  })

  test('changes in a feed come in the order they were made, once each (A1)', async ({ client }) => {
    const reader = client()
    await reader.enter()
    const writer = client({ id: 'writer' })
    const versions: string[] = []
    for (let n = 0; n < 12; n++) versions.push(await writer.write({ recordId: `r${n}` }))
    const changes = await reader.pullAll(() => 5)
    assertEqual(
      changes.map(({ version }) => version),
      versions,
      'versions',
    )
  })

  test('a feed shows the latest state of each record (A1)', async ({ client }) => {
    const reader = client()
    await reader.enter()
    const writer = client({ id: 'writer' })
    let base: string | null = null
    for (let n = 0; n < 5; n++) base = await writer.write({ recordId: 'a', base, data: { id: 'a', n } })
    const changes = await reader.pullAll()
    assertEqual(changes.at(-1)?.version, base, 'the last version')
    assertEqual(reader.get('a')?.data, { id: 'a', n: 4 }, 'the document')
  })

  test('a snapshot misses nothing that changes while it is read (A1)', async ({ client }) => {
    for (const seed of [1, 2, 3]) {
      const random = seededRandom(seed)
      const scope = `snapshot:${seed}`
      const writer = client({ id: 'writer', scope })
      const versions = await fill(writer, 30)
      const reader = client({ id: 'reader', scope })
      for (let more = true, n = 30; more; n++) {
        more = (await reader.pull(1 + random.whole(3))).hasMore
        if (n >= 60) continue
        const recordId = `r${random.whole(n)}`
        const base = versions.get(recordId) ?? null
        const kind = base !== null && random.chance(0.4) ? 'delete' : 'put'
        versions.set(recordId, await writer.write({ recordId, kind, base, data: { id: recordId, n } }))
        versions.set(`r${n}`, await writer.write({ recordId: `r${n}` }))
      }
      await reader.pullAll(() => 2)
      const truth = client({ id: 'truth', scope })
      await truth.pullAll()
      assertSameView(reader, truth, `seed ${seed}`)
      for (const [id, record] of truth.view)
        assertEqual(record.version, versions.get(id.slice(6)), `version of ${id}`)
    }
  })

  test('what is deleted before a snapshot is not in it (A1, A4)', async ({ client }) => {
    const writer = client({ id: 'writer' })
    const versions = await fill(writer, 5)
    await writer.write({ recordId: 'r2', kind: 'delete', base: assertPresent(versions.get('r2')) })
    const reader = client()
    await reader.pullAll(() => 2)
    assertEqual(
      [...reader.view.keys()].toSorted(),
      ['r0', 'r1', 'r3', 'r4'].map((id) => `todos/${id}`),
      'records',
    )
  })

  test('a collection that was not asked for does not hide or hold up others (A1)', async ({ client }) => {
    const writer = client({ id: 'writer' })
    const reader = client()
    await reader.enter()
    for (let n = 0; n < 20; n++) {
      await writer.write({ collection: n % 5 === 0 ? 'todos' : 'lists', recordId: `r${n}` })
    }
    const changes = await reader.pullAll(() => 1)
    assertEqual(
      changes.map(({ id }) => id),
      ['r0', 'r5', 'r10', 'r15'],
      'changes',
    )
    assertEqual((await reader.pull()).changes, [], 'after the last')
  })

  test('what is not a cursor is refused, not taken for another place (A1, A9)', async ({
    client,
    adapter,
  }) => {
    const writer = client({ id: 'writer' })
    await fill(writer, 3)
    const reader = client()
    const { cursor } = await reader.pull(2)
    const bad = [
      '',
      'x',
      'null',
      '{}',
      "' OR 1=1 --",
      cursor.slice(0, -1),
      `${cursor}0`,
      `${cursor}\n`,
      ` ${cursor}`,
    ]
    for (const text of bad) {
      const request = { scope: SCOPE, collections: [{ name: COLLECTION }], cursor: text, limit: 10 }
      const outcome = await adapter.pull(request, neverAborted()).catch((error: unknown) => error)
      const code = isSyncError(outcome) ? outcome.code : JSON.stringify(outcome)
      const fine = ['PROTOCOL', 'EPOCH_CHANGED', 'CURSOR_EXPIRED'].includes(code)
      assert(fine, `The cursor ${JSON.stringify(text)} is answered with ${code}`)
    }
  })

  test('a server time, where there is one, is the present (A8)', async ({ client }) => {
    const { serverTime } = await client().pull()
    assert(
      serverTime === null || Math.abs(serverTime - Date.now()) < 600_000,
      `A server time of ${serverTime}`,
    )
  })
}
