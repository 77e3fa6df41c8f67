import type { Mutation, PushResult } from '@synclayer/core/adapter'
import { assert, assertEqual, assertPresent } from '../expect.ts'
import type { Bench, BenchTest } from './bench.ts'
import { assertAnsweredAgain } from './idempotency.ts'
import { purgeTombstonesOnly } from './retention.ts'
import { acceptedVersion, assertOutcome, type TestClient } from './test-client.ts'

/** Acknowledgements that were lost: the same mutations come again, whatever has happened in between (A3). */
export function replayTests(test: BenchTest): void {
  test('a create, sent again after the record was deleted and created anew, changes nothing (A3)', async (bench) => {
    const alice = bench.client()
    const bob = bench.client({ id: 'bob' }, await bench.second())
    const create = alice.edit({ recordId: 'a', data: { id: 'a', by: 'alice' } })
    const created = acceptedVersion((await alice.push([create]))[0])
    const tombstone = await bob.write({ recordId: 'a', kind: 'delete', base: created })
    await assertReplays(bench, alice, [create], [created])
    const anew = await bob.write({ recordId: 'a', base: tombstone, data: { id: 'a', by: 'bob' } })
    await assertReplays(bench, alice, [create], [created])
    assertEqual((await bob.stored('a'))?.version, anew, 'what is stored')
  })

  test('a delete, sent again after the record was created anew, deletes nothing (A3)', async (bench) => {
    const alice = bench.client()
    const bob = bench.client({ id: 'bob' }, await bench.second())
    const base = await bob.write({ recordId: 'a' })
    const remove = alice.edit({ recordId: 'a', kind: 'delete', base })
    const tombstone = acceptedVersion((await alice.push([remove]))[0])
    const anew = await bob.write({ recordId: 'a', base: tombstone, data: { id: 'a', again: true } })
    await assertReplays(bench, alice, [remove], [tombstone])
    const stored = assertPresent(await bob.stored('a'))
    assertEqual([stored.version, stored.deleted], [anew, false], 'what is stored')
  })

  test('a patch, sent again after another one, is not applied again (A3, A5)', async (bench) => {
    if (!bench.adapter.capabilities.patch) return
    const alice = bench.client()
    const base = await alice.write({ recordId: 'a', data: { id: 'a', n: 0 } })
    const patch = alice.edit({ recordId: 'a', kind: 'patch', base, patch: { set: { '/n': 1 } } })
    const patched = acceptedVersion((await alice.push([patch]))[0])
    const bob = bench.client({ id: 'bob' }, await bench.second())
    await bob.write({ recordId: 'a', kind: 'patch', base: patched, patch: { set: { '/n': 2 } } })
    await assertReplays(bench, alice, [patch], [patched])
    assertEqual((await bob.stored('a'))?.data, { id: 'a', n: 2 }, 'what is stored')
  })

  test('a whole chain of changes, sent again one by one and backwards, is answered as it was (A3)', async (bench) => {
    const alice = bench.client()
    const chain: Mutation[] = []
    const versions: string[] = []
    for (let n = 0; n < 8; n++) {
      const edit = { recordId: 'a', base: versions.at(-1) ?? null, data: { id: 'a', n } }
      chain.push(alice.edit(n % 3 === 2 ? { ...edit, kind: 'delete' } : edit))
      versions.push(acceptedVersion((await alice.push([chain[n]!]))[0]))
    }
    const before = await alice.stored('a')
    const watcher = bench.client({ id: 'watcher' })
    await watcher.enter()
    for (let n = 7; n >= 0; n--) await assertReplays(bench, alice, [chain[n]!], [versions[n]!])
    await assertReplays(bench, alice, chain.toReversed(), versions.toReversed())
    assertEqual(await alice.stored('a'), before, 'what is stored')
    assertEqual(await watcher.pullAll(), [], 'changes')
  })

  test('known and new mutations of one push are told apart (A3)', async (bench) => {
    const alice = bench.client()
    const known = ['a', 'b'].map((recordId) => alice.edit({ recordId }))
    const versions = (await alice.push(known)).map(acceptedVersion)
    const fresh = alice.edit({ recordId: 'c' })
    const results = await alice.push([known[0]!, fresh, known[1]!])
    assertAnsweredAgain(bench, results[0], versions[0])
    assertAnsweredAgain(bench, results[2], versions[1])
    assertEqual(acceptedVersion(results[1]), (await alice.stored('c'))?.version, 'version of the new one')
  })

  test('one group, sent by several at the same moment, is applied once and answered to all (A3, A10)', async (bench) => {
    if (!bench.adapter.capabilities.groups) return
    const other = await bench.second()
    for (let round = 0; round < 10; round++) {
      const alice = bench.client({ id: `alice${round}` })
      const twin = bench.client({ id: alice.id }, other)
      const group = ['x', 'y', 'z'].map((name) => alice.edit({ recordId: `${name}${round}`, group: 'g' }))
      const watcher = bench.client({ id: 'watcher' })
      await watcher.enter()
      const answers = await Promise.all([alice, twin, twin, alice].map((from) => from.push(group)))
      const changes = await watcher.pullAll()
      assertEqual(changes.length, 3, `changes in round ${round}`)
      const versions = changes.map(({ version }) => version)
      for (const results of answers) {
        const told = results.filter(({ status }) => status === 'accepted').map(acceptedVersion)
        if (bench.adapter.capabilities.memory === 'full') assertEqual(told.length, 3, 'members accepted')
        assert(
          told.every((version) => versions.includes(version)),
          `A version that is not in the feed: ${told.join(', ')}`,
        )
      }
    }
  })

  test('a group whose answer was lost is answered whole after its records went on (A3, A10)', async (bench) => {
    if (!bench.adapter.capabilities.groups) return
    const alice = bench.client()
    const bob = bench.client({ id: 'bob' }, await bench.second())
    const group = ['a', 'b', 'c'].map((recordId) => alice.edit({ recordId, group: 'g' }))
    const versions = (await alice.push(group)).map(acceptedVersion)
    const gone = await bob.write({ recordId: 'b', kind: 'delete', base: versions[1]! })
    const changed = await bob.write({ recordId: 'c', base: versions[2]!, data: { id: 'c', by: 'bob' } })
    await assertReplays(bench, alice, group, versions)
    const stored = await Promise.all(['a', 'b', 'c'].map((id) => bob.stored(id)))
    assertEqual(
      stored.map((record) => record?.version),
      [versions[0], gone, changed],
      'versions stored',
    )
  })

  test('the same id with another time takes its group with it, and is not applied (A3, A10)', async (bench) => {
    const { groups, memory } = bench.adapter.capabilities
    if (!groups || memory === 'record') return
    const alice = bench.client()
    const used = alice.edit({ recordId: 'a' })
    await alice.push([used])
    const later = `${used.time.slice(0, -1)}b`
    const results = await alice.push([
      { ...used, recordId: 'b', data: { id: 'b' }, time: later, group: 'g' },
      alice.edit({ recordId: 'c', group: 'g' }),
    ])
    assertOutcome(results[0], 'rejected', 'MUTATION_ID_REUSED')
    assertEqual(results[1]?.status, 'aborted', 'the other of the group')
    assertEqual([await alice.stored('b'), await alice.stored('c')], [undefined, undefined], 'what is stored')
  })

  test('a lower number after a higher one is as new as any, unless it was sent before (A3)', async (bench) => {
    const alice = bench.client()
    const edits = Array.from({ length: 6 }, (_, n) => alice.edit({ recordId: `r${n}` }))
    const versions = new Map<Mutation, string>()
    // A record that backs off is skipped, and sent when others have long been answered.
    for (const n of [5, 2, 4, 0, 3, 1]) {
      const edit = edits[n]!
      versions.set(edit, acceptedVersion((await alice.push([edit]))[0]))
      assertEqual((await alice.stored(edit.recordId))?.version, versions.get(edit), 'version stored')
    }
    await assertReplays(
      bench,
      alice,
      edits,
      edits.map((edit) => versions.get(edit)!),
    )
  })

  test('two clients count for themselves: the same number is another mutation (A3)', async (bench) => {
    const clients = ['alice', 'alice2', 'Alice', 'al'].map((id) => bench.client({ id }))
    const mutations = clients.map((client) => client.edit({ recordId: `of ${client.id}` }))
    const versions: string[] = []
    for (const [n, client] of clients.entries())
      versions.push(acceptedVersion((await client.push([mutations[n]!]))[0]))
    assertEqual(new Set(versions).size, clients.length, 'versions')
    for (const [n, client] of clients.entries())
      await assertReplays(bench, client, [mutations[n]!], [versions[n]!])
  })

  test('results outlive tombstones: they are kept for twice as long (A3)', async (bench) => {
    const { adapter } = bench
    if (adapter.purge === undefined || adapter.capabilities.memory === 'record') return
    const alice = bench.client()
    await alice.enter()
    const began = Date.now()
    const mutation = alice.edit({ recordId: 'a' })
    const version = acceptedVersion((await alice.push([mutation]))[0])
    await purgeTombstonesOnly(bench, began)
    await assertReplays(bench, alice, [mutation], [version])
  })

  test('aborted in the middle, a push was applied or was not, as sending it again tells (A3, A8)', async (bench) => {
    const alice = bench.client()
    await alice.enter()
    const { groups } = bench.adapter.capabilities
    const bob = bench.client({ id: 'bob' }, await bench.second())
    for (let round = 0; round < 12; round++) {
      const group = groups && round % 2 === 0 ? { group: `g${round}` } : {}
      const mutations = Array.from({ length: 20 }, (_, n) =>
        alice.edit({ recordId: `r${round}-${n}`, ...group }),
      )
      await pushUnheard(bench, alice, mutations, round)
      // What became visible is changed by another before it is sent again.
      const seen = await bob.stored(`r${round}-0`)
      if (seen !== undefined && round % 3 === 0)
        await bob.write({ recordId: seen.id, kind: 'delete', base: seen.version })
      const results = await alice.push(mutations)
      for (const [n, result] of results.entries()) {
        const stored = assertPresent(await alice.stored(mutations[n]!.recordId), 'the record')
        const version = n === 0 && seen !== undefined ? seen.version : stored.version
        assertAnsweredAgain(bench, result, version)
      }
    }
  })
}

/** Sends, gives up after `turns` turns of the event loop, and throws the answer away. */
async function pushUnheard(
  { adapter }: Bench,
  { scope, id, epoch, cursor }: TestClient,
  mutations: readonly Mutation[],
  turns: number,
): Promise<void> {
  const abort = new AbortController()
  const request = { scope, clientId: id, settled: 0, epoch, cursor: assertPresent(cursor), mutations }
  const unheard = adapter.push(request, abort.signal).catch(() => undefined)
  for (let n = 0; n < turns; n++) await new Promise((resolve) => setTimeout(resolve, 0))
  abort.abort()
  await unheard
}

async function assertReplays(
  bench: Bench,
  client: TestClient,
  mutations: readonly Mutation[],
  versions: readonly string[],
): Promise<void> {
  const results: readonly PushResult[] = await client.push(mutations)
  for (const [index, result] of results.entries()) assertAnsweredAgain(bench, result, versions[index])
}
