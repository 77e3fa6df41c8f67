import { assertEqual } from '../expect.ts'
import type { BenchTest } from './bench.ts'
import { fill } from './fill.ts'
import { COLLECTION, SCOPE, neverAborted, withoutText } from './test-client.ts'

/** Reading records by id. */
export function fetchTests(test: BenchTest): void {
  test('fetch answers what is stored, tombstones too, and leaves out what is not (A4)', async ({
    client,
    adapter,
  }) => {
    const alice = client()
    const versions = await fill(alice, 3)
    await alice.write({ recordId: 'r1', kind: 'delete', base: versions.get('r1') ?? null })
    const ids = ['r2', 'absent', 'r1', 'r0']
    const records = await adapter.fetch({ scope: SCOPE, collection: COLLECTION, ids }, neverAborted())
    const found = Object.fromEntries(records.map(({ id, deleted, data }) => [id, [deleted, data]]))
    const expected = {
      r0: [false, { id: 'r0', n: 0 }],
      r1: [true, undefined],
      r2: [false, { id: 'r2', n: 2 }],
    }
    assertEqual(found, expected, 'records')
    assertEqual(
      await adapter.fetch({ scope: SCOPE, collection: COLLECTION, ids: [] }, neverAborted()),
      [],
      'no ids',
    )
    assertEqual(
      await adapter.fetch({ scope: SCOPE, collection: 'lists', ids }, neverAborted()),
      [],
      'another collection',
    )
    assertEqual(
      await adapter.fetch({ scope: 'nowhere', collection: COLLECTION, ids }, neverAborted()),
      [],
      'another scope',
    )
  })

  test('fetch takes any number of ids (A8)', async ({ client, adapter }) => {
    const alice = client()
    await fill(alice, 700)
    // Those that are there come last, behind any limit.
    const ids = Array.from({ length: 1_500 }, (_, n) => `r${1_499 - n}`)
    const records = await adapter.fetch({ scope: SCOPE, collection: COLLECTION, ids }, neverAborted())
    assertEqual(new Set(records.map(({ id }) => id)).size, 700, 'records')
  })

  test('fetch agrees with the feed on versions (A2)', async ({ client, adapter }) => {
    const alice = client()
    await fill(alice, 20)
    await alice.pullAll()
    const ids = [...alice.view.values()].map(({ id }) => id)
    const records = await adapter.fetch({ scope: SCOPE, collection: COLLECTION, ids }, neverAborted())
    for (const record of records)
      assertEqual(withoutText(record), alice.get(record.id), `record ${record.id}`)
  })
}
