import { isSyncError } from '@synclayer/core/adapter'
import { assert, assertEqual, assertPresent, assertRejects } from '../expect.ts'
import type { BenchTest } from './bench.ts'
import { fill } from './fill.ts'
import { acceptedVersion, assertOutcome, COLLECTION, neverAborted, type TestClient } from './test-client.ts'

/** Scopes know nothing of each other: not of records, results, cursors, nor purges. */
export function scopeTests(test: BenchTest): void {
  test('records of one scope are not in another, however they are read (A9)', async ({ client, adapter }) => {
    const one = client({ scope: 'user:1' })
    const two = client({ id: 'bob', scope: 'user:2' })
    await one.write({ recordId: 'a', data: { id: 'a', of: 1 } })
    await two.write({ recordId: 'a', data: { id: 'a', of: 2 } })
    await one.write({ recordId: 'only-one' })
    await one.pullAll()
    await two.pullAll()
    assertEqual([one.view.size, one.get('a')?.data], [2, { id: 'a', of: 1 }], 'what the first scope holds')
    assertEqual([two.view.size, two.get('a')?.data], [1, { id: 'a', of: 2 }], 'what the second scope holds')
    assertEqual(await two.stored('only-one'), undefined, 'fetched from the other scope')
    const ids = ['a', 'only-one']
    assertEqual(
      await adapter.fetch({ scope: 'user:3', collection: COLLECTION, ids }, neverAborted()),
      [],
      'a third scope',
    )
  })

  test('a version of another scope is no base here (A2, A9)', async ({ client }) => {
    const version = await client({ scope: 'user:1' }).write({ recordId: 'a' })
    const two = client({ id: 'bob', scope: 'user:2' })
    const [onNothing] = await two.push([two.edit({ recordId: 'a', base: version })])
    assertEqual(onNothing?.status === 'conflict' ? onNothing.current : onNothing, null, 'current')
    const own = await two.write({ recordId: 'a' })
    const [result] = await two.push([two.edit({ recordId: 'a', kind: 'delete', base: version })])
    // Where both scopes happen to count alike the versions are equal, and the base is right.
    if (own !== version) assertEqual(result?.status, 'conflict', 'status')
  })

  for (const more of [3, 9]) {
    test(`a cursor of another scope, with ${more} records here, is refused in pull and push (A4, A9)`, async (bench) => {
      const elsewhere = bench.client({ scope: 'elsewhere' })
      await fill(elsewhere, 6)
      await elsewhere.pull(4)
      const inSnapshot = assertPresent(elsewhere.cursor)
      await elsewhere.pullAll()
      const here = bench.client({ id: 'writer' })
      await fill(here, more)
      const collections = [{ name: COLLECTION }]
      for (const cursor of [inSnapshot, assertPresent(elsewhere.cursor)]) {
        const request = { scope: here.scope, collections, cursor, limit: 10 }
        await assertRejects(() => bench.adapter.pull(request, neverAborted()), 'EPOCH_CHANGED', 'pull')
        const { results } = await here.rawPush({ cursor, mutations: [here.edit({ recordId: 'late' })] })
        assertOutcome(results[0], 'retry', 'EPOCH_CHANGED')
      }
      assertEqual(await here.stored('late'), undefined, 'what is stored')
      assertEqual((await here.pullAll()).length, more, 'the feed is as it was')
    })
  }

  test('a result of one scope is no answer in another (A3, A9)', async ({ client }) => {
    const one = client({ scope: 'user:1' })
    const two = client({ scope: 'user:2' })
    const mutation = one.edit({ recordId: 'a' })
    const version = acceptedVersion((await one.push([mutation]))[0])
    const [elsewhere] = await two.push([mutation])
    const stored = await two.stored('a')
    if (elsewhere?.status === 'accepted')
      assertEqual(stored?.version, elsewhere.version, 'version stored there')
    else assertEqual(stored, undefined, 'what is stored there')
    assertEqual((await one.stored('a'))?.version, version, 'version stored here')
  })

  test('what a client has settled in one scope is remembered in the others (A3)', async ({
    client,
    adapter,
  }) => {
    if (adapter.capabilities.memory === 'record') return
    const one = client({ scope: 'user:1' })
    const two = client({ scope: 'user:2' })
    const mutations = ['a', 'b', 'c'].map((recordId) => one.edit({ recordId }))
    const versions = (await one.push(mutations)).map(acceptedVersion)
    // Numbers rise over all scopes of a client; in the other one it has nothing older to send.
    for (let n = 0; n < 3; n++) two.edit({ recordId: 'passed over' })
    await two.push([two.edit({ recordId: 'd' })], { settled: 3 })
    assertEqual((await one.push(mutations)).map(acceptedVersion), versions, 'versions answered again')
  })

  test('groups of the same name in two scopes are two groups (A9, A10)', async ({ client, adapter }) => {
    if (!adapter.capabilities.groups) return
    const one = client({ scope: 'user:1' })
    const two = client({ id: 'bob', scope: 'user:2' })
    await one.write({ recordId: 'taken' })
    const send = (from: TestClient): ReturnType<TestClient['push']> =>
      from.push(['a', 'taken'].map((recordId) => from.edit({ recordId, group: 'g' })))
    const [refused, applied] = await Promise.all([send(one), send(two)])
    assertEqual(
      refused.map(({ status }) => status),
      ['aborted', 'conflict'],
      'statuses in the first',
    )
    applied.forEach(acceptedVersion)
  })

  test('purging one scope leaves the tombstones, results and cursors of others (A4, A9)', async (bench) => {
    if (bench.adapter.purge === undefined) return
    const scopes = ['user:1', 'user:2'].map((scope) => bench.client({ scope }))
    const [one, two] = scopes as [TestClient, TestClient]
    for (const each of scopes) await each.write({ recordId: 'a' })
    const behind = scopes.map(({ scope }) => bench.client({ id: 'behind', scope }))
    for (const each of behind) await each.pullAll()
    const sent = two.edit({ recordId: 'kept' })
    const version = acceptedVersion((await two.push([sent]))[0])
    for (const each of scopes) {
      const base = (await each.stored('a'))?.version ?? null
      await each.write({ recordId: 'a', kind: 'delete', base })
    }
    await bench.adapter.purge({ scope: one.scope, before: Date.now() + 1_000 })
    await assertRejects(() => behind[0]!.pull(), 'CURSOR_EXPIRED', 'pull in the purged scope')
    const told = (await behind[1]!.pullAll()).map(({ kind, id }) => `${kind} ${id}`)
    assertEqual(told.toSorted(), ['delete a', 'put kept'], 'changes in the other')
    assertEqual((await two.stored('a'))?.deleted, true, 'the tombstone of the other')
    const [again] = await two.push([sent])
    if (bench.adapter.capabilities.memory === 'full')
      assertEqual(acceptedVersion(again), version, 'answered again')
  })

  test('scopes() names each scope that was written to, once, after deletes too (A9)', async ({
    client,
    adapter,
    second,
  }) => {
    if (adapter.scopes === undefined) return
    const written = ['default', 'user:1', 'user:10', 'User:1', "it's", 'a/b%20c']
    for (const scope of written) await client({ scope }).write({ recordId: 'a' })
    const gone = client({ id: 'bob', scope: 'user:2' })
    const base = await gone.write({ recordId: 'a' })
    await gone.write({ recordId: 'a', kind: 'delete', base })
    for (const one of [adapter, await second()]) {
      const named: string[] = []
      for await (const scope of assertPresent(one.scopes)()) named.push(scope)
      assertEqual(named.toSorted(), [...written, 'user:2'].toSorted(), 'scopes')
    }
  })

  test('a scope that was never written to is empty, and asking leaves no trace in others (A9)', async ({
    client,
    adapter,
  }) => {
    const one = client({ scope: 'user:1' })
    await one.write({ recordId: 'a' })
    await one.pullAll()
    const nobody = client({ id: 'nobody', scope: 'user:10' })
    assertEqual(await nobody.pullAll(), [], 'changes')
    assertEqual(await nobody.stored('a'), undefined, 'fetched')
    await adapter.purge?.({ scope: 'user:11', before: Date.now() })
    const page = await one.pull()
    assertEqual([page.changes.length, page.hasMore], [0, false], 'changes in the first scope')
  })

  test('no scope, or one that is none, is refused as PROTOCOL, and nothing is written (A9)', async ({
    client,
    adapter,
  }) => {
    const alice = client()
    await alice.enter()
    for (const scope of ['', 'x'.repeat(129), 'é', 'a\u0000', 'a\n', '👩', undefined as unknown as string]) {
      const outcome = await alice
        .rawPush({ scope, mutations: [alice.edit({ recordId: 'a' })] })
        .catch((error: unknown) => error)
      assert(
        isSyncError(outcome, 'PROTOCOL'),
        `A push to ${JSON.stringify(scope)} is answered ${JSON.stringify(outcome)}`,
      )
      const pull = { scope, collections: [{ name: COLLECTION }], cursor: null, limit: 1 }
      await assertRejects(
        () => adapter.pull(pull, neverAborted()),
        'PROTOCOL',
        `pull from ${JSON.stringify(scope)}`,
      )
      const fetch = { scope, collection: COLLECTION, ids: ['a'] }
      await assertRejects(
        () => adapter.fetch(fetch, neverAborted()),
        'PROTOCOL',
        `fetch from ${JSON.stringify(scope)}`,
      )
    }
  })
}
