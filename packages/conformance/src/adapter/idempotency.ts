import { isSyncError, type PushResponse, type PushResult, type Version } from '@synclayer/core/adapter'
import { assert, assertEqual, assertPresent } from '../expect.ts'
import type { Bench, BenchTest } from './bench.ts'
import { acceptedVersion, assertOutcome, hlc } from './test-client.ts'

/** Exactly once: a mutation sent again is answered again, and applied once (A3). */
export function idempotencyTests(test: BenchTest): void {
  test('a mutation sent again is answered as the first time (A3)', async (bench) => {
    const alice = bench.client()
    const mutation = alice.edit({ recordId: 'a' })
    const [first] = await alice.push([mutation])
    const [again] = await alice.push([mutation])
    assertAnsweredAgain(bench, again, acceptedVersion(first))
    assertEqual((await alice.stored('a'))?.version, acceptedVersion(first), 'version stored')
  })

  test('even after its record changed again, and was deleted (A3)', async (bench) => {
    const alice = bench.client()
    const create = alice.edit({ recordId: 'a' })
    const [result] = await alice.push([create])
    const created = acceptedVersion(result)
    const change = alice.edit({ recordId: 'a', base: created, data: { id: 'a', n: 2 } })
    const changed = acceptedVersion((await alice.push([change]))[0])
    const deleted = await alice.write({ recordId: 'a', kind: 'delete', base: changed })
    const [first, second] = await alice.push([create, change])
    assertAnsweredAgain(bench, first, created)
    assertAnsweredAgain(bench, second, changed)
    const stored = assertPresent(await alice.stored('a'))
    assertEqual([stored.version, stored.deleted], [deleted, true], 'what is stored')
  })

  test('by another process, which did not see it the first time (A3)', async (bench) => {
    const alice = bench.client()
    const mutation = alice.edit({ recordId: 'a' })
    const [first] = await alice.push([mutation])
    const elsewhere = bench.client({}, await bench.second())
    const [again] = await elsewhere.push([mutation])
    assertAnsweredAgain(bench, again, acceptedVersion(first))
  })

  test('at the same moment, from several processes: applied once (A3)', async (bench) => {
    const other = await bench.second()
    const watcher = bench.client({ id: 'watcher' })
    await watcher.enter()
    for (let round = 0; round < 15; round++) {
      const alice = bench.client({ id: `alice${round}` })
      const twin = bench.client({ id: alice.id }, other)
      const mutations = [1, 2, 3].map((n) => alice.edit({ recordId: `r${round}-${n}` }))
      const answers = await Promise.all([alice, twin, alice, twin].map((from) => from.push(mutations)))
      for (const [index, mutation] of mutations.entries()) {
        const stored = assertPresent(await alice.stored(mutation.recordId))
        for (const answer of answers) assertAnsweredAgain(bench, answer[index], stored.version)
        assertEqual(stored.mutation, mutation.id, 'mutation stored')
      }
    }
    const changes = await watcher.pullAll()
    assertEqual(changes.length, 45, 'changes in the feed')
  })

  test('twice in one push: applied once, or the push is refused (A3)', async (bench) => {
    const alice = bench.client()
    const mutation = alice.edit({ recordId: 'a' })
    const outcome = await alice.rawPush({ mutations: [mutation, mutation] }).catch((error: unknown) => error)
    if (isSyncError(outcome)) {
      assertEqual(outcome.code, 'PROTOCOL', 'code')
      return
    }
    const { version } = assertPresent(await alice.stored('a'))
    const { results } = outcome as PushResponse
    for (const result of results) assertAnsweredAgain(bench, result, version)
    assert(
      results.some((result) => result.status === 'accepted'),
      'One of them is accepted',
    )
  })

  test('a whole group sent again is answered and applied once (A3, A10)', async (bench) => {
    if (!bench.adapter.capabilities.groups) return
    const alice = bench.client()
    const group = ['a', 'b', 'c'].map((recordId) => alice.edit({ recordId, group: 'g' }))
    const first = await alice.push(group)
    await alice.write({ recordId: 'b', base: acceptedVersion(first[1]), data: { id: 'b', later: true } })
    const again = await alice.push(group)
    for (const [index, result] of again.entries())
      assertAnsweredAgain(bench, result, acceptedVersion(first[index]))
    assertEqual((await alice.stored('b'))?.data, { id: 'b', later: true }, 'the later change')
  })

  test('the same id with another time is refused and changes nothing (A3)', async (bench) => {
    if (bench.adapter.capabilities.memory === 'record') return
    const alice = bench.client()
    const mutation = alice.edit({ recordId: 'a', time: hlc(Date.now() - 1_000) })
    const version = acceptedVersion((await alice.push([mutation]))[0])
    const copied = { ...mutation, recordId: 'b', data: { id: 'b' }, time: hlc(Date.now() - 500) }
    const [other] = await alice.push([copied])
    assertOutcome(other, 'rejected', 'MUTATION_ID_REUSED')
    const [same] = await alice.push([{ ...mutation, base: version, time: hlc(Date.now() - 500) }])
    assertOutcome(same, 'rejected', 'MUTATION_ID_REUSED')
    assertEqual(await alice.stored('b'), undefined, 'the other record')
    assertEqual((await alice.stored('a'))?.version, version, 'the first record')
  })

  test('known mutations are answered whatever the epoch the client names (A3, A4)', async (bench) => {
    const alice = bench.client()
    const mutation = alice.edit({ recordId: 'a' })
    const version = acceptedVersion((await alice.push([mutation]))[0])
    const [known, fresh] = await alice.push([mutation, alice.edit({ recordId: 'b' })], { epoch: 'another' })
    // What is known only by its record is not looked for where nothing may be compared with it.
    if (bench.adapter.capabilities.memory === 'record' && known?.status === 'retry')
      assertOutcome(known, 'retry', 'EPOCH_CHANGED')
    else assertAnsweredAgain(bench, known, version)
    assertOutcome(fresh, 'retry', 'EPOCH_CHANGED')
    assertEqual(await alice.stored('b'), undefined, 'the new record')
  })

  test('only accepted results are remembered: a conflict is decided anew (A3)', async ({ client }) => {
    const alice = client()
    const tooEarly = alice.edit({ recordId: 'a', base: 'a version to come', data: { id: 'a', n: 2 } })
    for (let round = 0; round < 2; round++) {
      const [result] = await alice.push([tooEarly])
      assertEqual(result?.status, 'conflict', `status in round ${round}`)
    }
    const created = await alice.write({ recordId: 'a' })
    const [result] = await alice.push([tooEarly])
    assertEqual(result?.status === 'conflict' ? result.current?.version : result, created, 'current')
  })

  test('what the client has settled may be forgotten, and is not applied again (A3)', async ({ client }) => {
    const alice = client()
    const mutations = ['a', 'b', 'c'].map((recordId) => alice.edit({ recordId }))
    const versions = (await alice.push(mutations)).map(acceptedVersion)
    await alice.push([alice.edit({ recordId: 'd' })], { settled: 3 })
    for (const [index, result] of (await alice.push(mutations, { settled: 3 })).entries()) {
      if (result.status === 'accepted') assertEqual(result.version, versions[index], 'version')
      else assertEqual(result.status, 'conflict', 'status')
    }
    await alice.pullAll()
    assertEqual(
      ['a', 'b', 'c'].map((id) => alice.get(id)?.version),
      versions,
      'versions stored',
    )
  })

  test('what is not settled is remembered (A3)', async (bench) => {
    const alice = bench.client()
    const mutations = ['a', 'b', 'c'].map((recordId) => alice.edit({ recordId }))
    const versions = (await alice.push(mutations)).map(acceptedVersion)
    await alice.push([alice.edit({ recordId: 'd' })], { settled: 1 })
    const again = await alice.push(mutations.slice(1), { settled: 1 })
    for (const [index, result] of again.entries()) assertAnsweredAgain(bench, result, versions[index + 1])
  })
}

/** With full memory a replay is accepted; with that of records alone it may be a conflict that shows the very state. */
export function assertAnsweredAgain(
  bench: Bench,
  result: PushResult | undefined,
  version: Version | undefined,
): void {
  if (bench.adapter.capabilities.memory === 'record' && result?.status === 'conflict') return
  assertEqual(acceptedVersion(result), version, 'version answered')
}
