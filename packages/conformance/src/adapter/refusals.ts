import type { Json, JsonObject, Mutation, PushResult } from '@synclayer/core/adapter'
import { isSyncError } from '@synclayer/core/adapter'
import { assert, assertEqual, assertPresent } from '../expect.ts'
import type { Bench, BenchTest } from './bench.ts'
import { acceptedVersion, COLLECTION, type TestClient } from './test-client.ts'

/** Where a value cannot be held it is refused before anything is written; where it is held, it comes back equal (A6). */
export function refusalTests(test: BenchTest): void {
  for (const [title, value] of Object.entries(DOUBTFUL_VALUES)) {
    test(`${title} in a document: equal on return, or refused and nothing is written (A6)`, async (bench) => {
      const alice = bench.client()
      const base = await alice.write({ recordId: 'old', data: { id: 'old', n: 1 } })
      const put = (recordId: string, of: string | null): Mutation =>
        alice.edit({ recordId, base: of, data: { id: recordId, value } })
      await assertHeldOrRefused(bench, alice, put('new', null), { value })
      await assertHeldOrRefused(bench, alice, put('old', base), { value })
    })

    test(`${title} by a patch: equal on return, or refused and nothing is written (A5, A6)`, async (bench) => {
      if (!bench.adapter.capabilities.patch) return
      const alice = bench.client()
      const base = await alice.write({ recordId: 'old', data: { id: 'old' } })
      const patch = { set: { '/value': value } }
      await assertHeldOrRefused(bench, alice, alice.edit({ recordId: 'old', kind: 'patch', base, patch }), {
        value,
      })
    })

    test(`${title} in a group: all of it or nothing (A6, A10)`, async (bench) => {
      if (!bench.adapter.capabilities.groups) return
      const alice = bench.client()
      const group = ['a', 'doubtful', 'b'].map((recordId) =>
        alice.edit({
          recordId,
          group: 'g',
          data: recordId === 'doubtful' ? { id: recordId, value } : { id: recordId },
        }),
      )
      const results = await pushOrRefusal(alice, group)
      await alice.pullAll()
      if (results?.every(({ status }) => status === 'accepted') === true) {
        assertEqual(alice.view.size, 3, 'records')
        assertEqual(alice.get('doubtful')?.data, { id: 'doubtful', value }, 'the document')
        return
      }
      assert(results?.every(({ status }) => status !== 'accepted') ?? true, 'A group was applied in part')
      assertEqual(alice.view.size, 0, 'records of a group that was refused')
    })
  }

  test('-0 comes back as a zero, and numbers around the safe ones as they are (A6)', async ({ client }) => {
    const alice = client()
    const odd = {
      above: 2 ** 53 + 2,
      beyond: 2 ** 53,
      last: 2 ** 53 - 1,
      below: -(2 ** 53) + 1,
      under: -(2 ** 53),
    }
    await alice.write({ recordId: 'a', data: { id: 'a', zero: -0, list: [-0], ...odd } })
    await alice.pullAll()
    for (const record of [alice.get('a'), await alice.stored('a')]) {
      const { zero, list, ...rest } = assertPresent(record).data as { zero: number; list: number[] }
      assert(
        zero === 0 && list[0] === 0 && list.length === 1,
        `A zero came back as ${zero} and ${String(list[0])}`,
      )
      assertEqual(rest, { id: 'a', ...odd }, 'the other numbers')
    }
  })

  test('null, absent and empty stay three things, at every level (A5, A6)', async ({ client }) => {
    const alice = client()
    const data = { id: 'a', nothing: null, list: [null, {}, [], ''], inner: { nothing: null, empty: {} } }
    await alice.write({ recordId: 'a', data })
    await alice.pullAll()
    for (const record of [alice.get('a'), await alice.stored('a')]) {
      assertEqual(record?.data, data, 'the document')
      assertEqual(Object.keys(record?.data as JsonObject).length, 4, 'fields')
      assert(Object.hasOwn(record?.data as JsonObject, 'nothing'), 'A null is gone')
    }
  })

  test('a name no record, collection or client may have is refused, and nothing is written (A6, A8)', async (bench) => {
    const alice = bench.client()
    await alice.enter()
    const named: readonly Mutation[] = [
      ...['', 'x'.repeat(129), 'a\u0000', 'a\nb', 'a\u007f', '\ud800', 'x\udc00'].map((recordId) =>
        alice.edit({ recordId }),
      ),
      ...['', '1a', 'a-b', 'a b', '_a', 'é', 'a.b', '"; DROP TABLE x; --', 'x'.repeat(64), '__proto__'].map(
        (collection) => alice.edit({ recordId: 'a', collection }),
      ),
      ...['', 'x'.repeat(129), 'g\u0000'].map((group) => alice.edit({ recordId: 'a', group })),
    ]
    for (const mutation of named) {
      const results = await pushOrRefusal(alice, [mutation])
      if (results !== null) assertRefused(results[0])
    }
    await alice.pullAll()
    assertEqual(alice.view.size, 0, 'records')
    assertEqual(await alice.stored('a'), undefined, 'what is stored')
  })
}

/** JSON that core refuses of apps, and that a backend may not be able to hold: another program could send it. */
const DOUBTFUL_VALUES: Readonly<Record<string, Json>> = {
  'U+0000 in a text': 'a\u0000b',
  'U+0000 in a key': { 'a\u0000b': 1 },
  'half a surrogate pair in a text': 'a\ud800b',
  'the other half in a text': '\udc00',
  'half a surrogate pair in a key': { '\ud83d': 1 },
  'the key __proto__': JSON.parse('{"__proto__":{"polluted":true},"a":1}') as Json,
  'a hundred levels and more': Array.from({ length: 150 }).reduce<Json>((inner) => ({ inner }), 1),
  'a thousand lists in each other': Array.from({ length: 1_000 }).reduce<Json>((inner) => [inner], 1),
}

/** The results; null where the push as a whole was refused as PROTOCOL. */
async function pushOrRefusal(
  client: TestClient,
  mutations: readonly Mutation[],
): Promise<readonly PushResult[] | null> {
  try {
    return await client.push(mutations)
  } catch (error) {
    if (isSyncError(error, 'PROTOCOL')) return null
    throw error
  }
}

async function assertHeldOrRefused(
  bench: Bench,
  client: TestClient,
  doubtful: Mutation,
  fields: JsonObject,
): Promise<void> {
  const { recordId } = doubtful
  const before = await client.stored(recordId)
  const watcher = bench.client({ id: `watcher-of-${recordId}` })
  await watcher.enter()
  const sound = client.edit({ recordId: `sound-${recordId}` })
  const results = await pushOrRefusal(client, [doubtful, sound])
  const isHeld = results?.[0]?.status === 'accepted'
  const told = await watcher.pullAll()
  if (isHeld) {
    const data = { id: recordId, ...fields }
    assertEqual((await client.stored(recordId))?.data, data, 'fetched')
    assertEqual(watcher.get(recordId)?.data, data, 'pulled')
    assert(!Object.hasOwn(Object.prototype, 'polluted'), 'Object.prototype was written to')
    return
  }
  if (results !== null) {
    assertRefused(results[0])
    acceptedVersion(results[1])
  }
  assertEqual(await client.stored(recordId), before, 'what is stored, after a refusal')
  const expected = results === null ? [] : [`${COLLECTION}/${sound.recordId}`]
  assertEqual(
    told.map(({ collection, id }) => `${collection}/${id}`),
    expected,
    'what the feed tells, after a refusal',
  )
  assert(!Object.hasOwn(Object.prototype, 'polluted'), 'Object.prototype was written to')
}

function assertRefused(result: PushResult | undefined): void {
  const codes = ['INVALID_MUTATION', 'CONSTRAINT', 'RECORD_TOO_LARGE', 'NOT_SUPPORTED']
  assert(
    result?.status === 'rejected' && codes.includes(result.code),
    `Expected a refusal, got ${JSON.stringify(result)}`,
  )
}
