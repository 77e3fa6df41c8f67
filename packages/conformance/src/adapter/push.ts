import { isSyncError, type PushResponse, utf8ByteLength } from '@synclayer/core/adapter'
import { assert, assertEqual, assertPresent } from '../expect.ts'
import type { BenchTest } from './bench.ts'
import { acceptedVersion, assertOutcome, COLLECTION, hlc } from './test-client.ts'

/** What push does with sound and unsound mutations, one by one. */
export function pushTests(test: BenchTest): void {
  test('stores what was put, with time, schema and the id of the mutation (A2)', async ({ client }) => {
    const alice = client()
    const time = hlc(Date.now() - 5_000, 7)
    const mutation = alice.edit({ recordId: 'a', data: { id: 'a', text: 'milk' }, time, schema: 3 })
    const [result] = await alice.push([mutation])
    const version = acceptedVersion(result)
    const expected = {
      collection: COLLECTION,
      id: 'a',
      version,
      deleted: false,
      data: { id: 'a', text: 'milk' },
      time,
      schema: 3,
      mutation: mutation.id,
    }
    assertEqual(await alice.stored('a'), expected, 'fetched')
    await alice.pullAll()
    assertEqual(alice.get('a'), expected, 'pulled')
  })

  test('gives every state a version of its own, rising where they are ordered (A2)', async ({
    client,
    adapter,
  }) => {
    const alice = client()
    const versions: string[] = []
    let base: string | null = null
    for (let round = 0; round < 12; round++) {
      const kind = round % 4 === 3 ? 'delete' : 'put'
      base = await alice.write({ recordId: 'a', kind, base, data: { id: 'a', round } })
      versions.push(base)
    }
    assertEqual(new Set(versions).size, versions.length, 'distinct versions')
    if (adapter.capabilities.orderedVersions)
      assertEqual(versions.toSorted(), versions, 'versions by code unit')
  })

  test('a delete leaves a tombstone, which names its mutation (A4)', async ({ client }) => {
    const alice = client()
    const base = await alice.write({ recordId: 'a' })
    const mutation = alice.edit({ recordId: 'a', kind: 'delete', base })
    const [result] = await alice.push([mutation])
    const stored = assertPresent(await alice.stored('a'), 'tombstone')
    assertEqual(stored.version, acceptedVersion(result), 'version')
    assertEqual([stored.deleted, stored.data, stored.mutation], [true, undefined, mutation.id], 'tombstone')
  })

  test('answers each mutation for itself: one that fails harms no other (A8)', async ({ client }) => {
    const alice = client()
    const first = await alice.write({ recordId: 'taken' })
    const results = await alice.push([
      alice.edit({ recordId: 'a' }),
      alice.edit({ recordId: 'taken' }),
      alice.edit({ recordId: 'b' }),
    ])
    assertEqual(
      results.map((result) => result.status),
      ['accepted', 'conflict', 'accepted'],
      'statuses',
    )
    assertEqual((await alice.stored('taken'))?.version, first, 'the record that was taken')
    assertPresent(await alice.stored('b'), 'the record after the conflict')
  })

  test('takes a push without mutations (A8)', async ({ client }) => {
    const alice = client()
    const { results, serverTime } = await alice.rawPush({ mutations: [] })
    assertEqual(results, [], 'results')
    assert(
      serverTime === null || Math.abs(serverTime - Date.now()) < 600_000,
      `A server time of ${serverTime}`,
    )
  })

  test('takes as many mutations as it says, in one push (A8)', async ({ client, adapter }) => {
    const alice = client()
    const count = Math.min(adapter.capabilities.maxBatch, 1_234)
    const results = await alice.push(
      Array.from({ length: count }, (_, index) =>
        alice.edit({ recordId: `r${index}`, data: { id: `r${index}`, index } }),
      ),
    )
    assertEqual(new Set(results.map(acceptedVersion)).size, count, 'versions')
    await alice.pullAll(() => 500)
    assertEqual(alice.view.size, count, 'records pulled')
  })

  test('takes more single mutations than fit a group (A8)', async ({ client, adapter }) => {
    const { maxBatch } = adapter.capabilities
    // What takes thousands in one group needs no test of it.
    if (maxBatch > 2_000) return
    const alice = client()
    const edits = Array.from({ length: maxBatch + 7 }, (_, index) => alice.edit({ recordId: `r${index}` }))
    const results = await alice.push(edits)
    assertEqual(new Set(results.map(acceptedVersion)).size, edits.length, 'versions')
  })

  test('later mutations of a batch see what earlier ones did (A2)', async ({ client }) => {
    const alice = client()
    const results = await alice.push([
      alice.edit({ recordId: 'a', data: { id: 'a', from: 1 } }),
      alice.edit({ recordId: 'a', data: { id: 'a', from: 2 } }),
    ])
    const accepted = results.filter((result) => result.status === 'accepted')
    assertEqual(accepted.length, 1, 'creates of one record that were accepted')
    assertEqual(results.filter((result) => result.status === 'conflict').length, 1, 'conflicts')
    assertEqual((await alice.stored('a'))?.version, acceptedVersion(accepted[0]), 'version stored')
  })

  test('stores no time more than a minute ahead of the backend (T4)', async ({ client, adapter }) => {
    const alice = client()
    await alice.write({ recordId: 'a', time: hlc(Date.now() + 30 * 86_400_000) })
    const stored = assertPresent(await alice.stored('a'))
    const head = await alice.pull(0)
    const ms = Number.parseInt(stored.time.slice(0, 12), 16)
    const now = head.serverTime ?? Date.now()
    assert(ms <= now + 61_000, `${adapter.name} stored a time ${ms - now} ms ahead`)
    assertEqual(/^[0-9a-f]{12}-[0-9a-f]{4}-[0-9a-f]{16}$/.test(stored.time), true, 'form of the time')
  })

  test('a mutation that is malformed is refused, and only that one (A8)', async ({ client }) => {
    const alice = client()
    const base = await alice.write({ recordId: 'a' })
    const sound = alice.edit({ recordId: 'b' })
    const malformed = [
      { ...alice.edit({ recordId: 'c' }), data: 'text' },
      { ...alice.edit({ recordId: 'c' }), time: 'yesterday' },
      { ...alice.edit({ recordId: 'c' }), kind: 'upsert' as 'put' },
      { ...alice.edit({ recordId: '' }), data: { id: '' } },
      { ...alice.edit({ recordId: 'a', kind: 'patch', base }), patch: undefined as never },
    ]
    const results = await alice.push([...malformed, sound])
    for (const [index, mutation] of malformed.entries()) {
      const result = assertPresent(results[index])
      const code = result.status === 'rejected' ? result.code : result.status
      assert(
        code === 'INVALID_MUTATION' || code === 'NOT_SUPPORTED',
        `${JSON.stringify(mutation)} is answered ${code}`,
      )
    }
    acceptedVersion(results.at(-1))
    assertEqual((await alice.stored('a'))?.version, base, 'the record that was to be patched')
    assertEqual(await alice.stored('c'), undefined, 'the record of the malformed mutations')
  })

  test('a mutation in the name of another client is never applied (A8)', async ({ client }) => {
    const alice = client()
    await alice.enter()
    for (const id of ['mallory.1', `${alice.id}.-1`, `${alice.id}.01`, alice.id, '']) {
      const mutation = { ...alice.edit({ recordId: 'a' }), id }
      const outcome = await alice.rawPush({ mutations: [mutation] }).catch((error: unknown) => error)
      if (isSyncError(outcome)) assertEqual(outcome.code, 'PROTOCOL', 'code')
      else assertOutcome((outcome as PushResponse).results[0], 'rejected', 'INVALID_MUTATION')
    }
    assertEqual(await alice.stored('a'), undefined, 'what is stored')
  })

  test('takes a document of the very size it says, and not a byte more (A6)', async ({ client, adapter }) => {
    const alice = client()
    const { maxRecordBytes } = adapter.capabilities
    if (maxRecordBytes > 64 * 1024 * 1024) return
    const around = utf8ByteLength(JSON.stringify({ id: 'a', text: '' }))
    // Of two bytes each, where they fit: bytes count, and not characters.
    const room = maxRecordBytes - around
    const text = 'ü'.repeat(Math.floor(room / 2)) + 'x'.repeat(room % 2)
    await alice.write({ recordId: 'a', data: { id: 'a', text } })
    const [result] = await alice.push([alice.edit({ recordId: 'b', data: { id: 'b', text: `${text}x` } })])
    assertOutcome(result, 'rejected', 'RECORD_TOO_LARGE')
    assertEqual((await alice.stored('a'))?.data, { id: 'a', text }, 'the document')
    assertEqual(await alice.stored('b'), undefined, 'what was too large')
  })

  test('a document larger than it takes is refused before anything is written (A6)', async ({
    client,
    adapter,
  }) => {
    const alice = client()
    const { maxRecordBytes } = adapter.capabilities
    const base = await alice.write({ recordId: 'a' })
    const text = 'x'.repeat(Math.min(maxRecordBytes, 64 * 1024 * 1024))
    // What has no limit worth the name needs no test of it.
    if (text.length < maxRecordBytes) return
    const results = await alice.push([
      alice.edit({ recordId: 'a', base, data: { id: 'a', text } }),
      alice.edit({ recordId: 'b' }),
    ])
    assertOutcome(results[0], 'rejected', 'RECORD_TOO_LARGE')
    acceptedVersion(results[1])
    assertEqual((await alice.stored('a'))?.version, base, 'version')
  })
}
