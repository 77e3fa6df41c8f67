import {
  acceptedVersion,
  assertOutcome,
  conflictCurrent,
  hlc,
  type TestClient,
} from '../adapter/test-client.ts'
import { assert, assertEqual, assertNotEqual, assertPresent } from '../expect.ts'
import { given, type ProtocolTest } from './bench.ts'

/** A push is answered with 200, and each mutation with an outcome of its own: all five of them. */
export function pushTests(test: ProtocolTest): void {
  test('accepted: what was put is there, with the version that was told (A2)', async ({ client, name }) => {
    const alice = await client()
    const recordId = name()
    const data = {
      id: recordId,
      text: 'Milk',
      done: false,
      nothing: null,
      list: [1, { two: 2.5 }],
      'a/b~c': 'ü😀',
    }
    const edit = alice.edit({ recordId, data })
    const [result] = await alice.push([edit])
    const stored = assertPresent(await alice.stored(recordId), 'the record')
    assertEqual(
      [stored.version, stored.deleted, stored.data],
      [acceptedVersion(result), false, data],
      'stored',
    )
    assertEqual([stored.schema, stored.mutation], [edit.schema, edit.id], 'schema and mutation')
    assert(stored.time <= edit.time, 'The time is that of the edit, or earlier')
  })

  test('accepted again: a mutation sent twice is applied once (A3)', async ({ client, name }) => {
    const alice = await client()
    const edit = alice.edit({ recordId: name() })
    const version = acceptedVersion((await alice.push([edit]))[0])
    assertEqual(acceptedVersion((await alice.push([edit]))[0]), version, 'version told again')
    assertEqual((await alice.pullAll()).length, 1, 'changes')
  })

  test('accepted once: the same push many times at the same moment (A3)', async ({ client, name }) => {
    const alice = await client()
    const edits = [0, 1, 2].map(() => alice.edit({ recordId: name() }))
    const answers = await Promise.all(Array.from({ length: 6 }, () => alice.push(edits)))
    for (const answer of answers)
      assertEqual(answer.map(acceptedVersion), answers[0]!.map(acceptedVersion), 'versions told')
    assertEqual((await alice.pullAll()).length, edits.length, 'changes')
  })

  test('of many who change one version at the same moment one is accepted (A2)', async ({ client, name }) => {
    const recordId = name()
    const base = await (await client()).write({ recordId })
    const rivals = await Promise.all(Array.from({ length: 6 }, () => client()))
    const results = await Promise.all(
      rivals.map(async (rival) => {
        const [result] = await rival.push([
          rival.edit({ recordId, base, data: { id: recordId, by: rival.id } }),
        ])
        return assertPresent(result)
      }),
    )
    const outcomes = results.map(({ status }) => status).toSorted((a, b) => (a < b ? -1 : 1))
    assertEqual(outcomes, ['accepted', ...Array.from({ length: 5 }, () => 'conflict')], 'outcomes')
    const winner = results.find(({ status }) => status === 'accepted')
    assertEqual((await rivals[0]!.stored(recordId))?.version, acceptedVersion(winner), 'version stored')
  })

  test('conflict: it shows what is stored (A2)', async ({ client, name }) => {
    const alice = await client()
    const recordId = name()
    const base = await alice.write({ recordId, data: { id: recordId, n: 1 } })
    const version = await alice.write({ recordId, base, data: { id: recordId, n: 2 } })
    const late = alice.edit({ recordId, base, data: { id: recordId, n: 3 } })
    const current = assertPresent(conflictCurrent((await alice.push([late]))[0]), 'current')
    assertEqual([current.version, current.data], [version, { id: recordId, n: 2 }], 'current')
    const nothing = alice.edit({ recordId: name(), base })
    assertEqual(conflictCurrent((await alice.push([nothing]))[0]), null, 'current of what is not there')
  })

  test('conflict: it shows no more than the projection lets through (A2)', async ({
    client,
    name,
    hello,
  }) => {
    given(hello.capabilities.patch || undefined, 'the server has no projections')
    const alice = await client()
    const recordId = name()
    await alice.write({ recordId, data: { id: recordId, text: 'Milk', secret: 1 } })
    const edit = alice.edit({ recordId })
    for (const fields of [{ only: ['text'] }, { except: ['secret'] }]) {
      const [result] = await alice.push([edit], { fields: { todos: fields } })
      assertEqual(conflictCurrent(result)?.data, { id: recordId, text: 'Milk' }, 'what is shown')
    }
  })

  test('rejected: one bad mutation holds up no other (W19)', async ({ client, name }) => {
    const alice = await client()
    const good = alice.edit({ recordId: name() })
    const bad = alice.edit({ recordId: name() })
    const broken = [
      { ...bad, data: { id: 'another' } },
      { ...alice.edit({ recordId: name() }), time: 'yesterday' },
      { ...alice.edit({ recordId: name() }), recordId: '' },
      { ...alice.edit({ recordId: name() }), collection: 'no such name!' },
      {
        ...alice.edit({ recordId: name() }),
        data: JSON.parse('{"id":"x","__proto__":{"admin":true}}') as never,
      },
    ]
    const [accepted, ...rejected] = await alice.push([good, ...broken])
    acceptedVersion(accepted)
    for (const result of rejected) assertOutcome(result, 'rejected', 'INVALID_MUTATION')
    assertEqual(
      (await alice.pullAll()).map(({ id }) => id),
      [good.recordId],
      'what was applied',
    )
  })

  test('rejected: an id that came with another time is another mutation (A3)', async ({
    client,
    name,
    hello,
  }) => {
    given(
      hello.capabilities.memory === 'full' || undefined,
      'the server knows mutations by their records only',
    )
    const alice = await client()
    const edit = alice.edit({ recordId: name(), time: hlc(Date.now() - 1_000) })
    const version = acceptedVersion((await alice.push([edit]))[0])
    const [again] = await alice.push([{ ...edit, time: hlc(Date.now() - 500) }])
    assertOutcome(again, 'rejected', 'MUTATION_ID_REUSED')
    assertEqual((await alice.stored(edit.recordId))?.version, version, 'version stored')
  })

  test('aborted: a group is applied whole or not at all (A10)', async ({ client, name, hello }) => {
    const alice = await client()
    const group = name('g')
    const members = [0, 1, 2].map(() => alice.edit({ recordId: name(), group }))
    if (!hello.capabilities.groups) {
      for (const result of await alice.push(members)) assertOutcome(result, 'rejected', 'NOT_SUPPORTED')
      return
    }
    const stale = { ...members[1]!, base: 'a version to come' }
    const broken = { ...members[1]!, time: 'yesterday' }
    for (const [bad, status] of [
      [stale, 'conflict'],
      [broken, 'rejected'],
    ] as const) {
      const results = await alice.push([members[0]!, bad, members[2]!])
      assertEqual(
        results.map((result) => result.status),
        ['aborted', status, 'aborted'],
        'outcomes',
      )
    }
    assertEqual(await alice.pullAll(), [], 'what was applied')
    for (const result of await alice.push(members)) acceptedVersion(result)
    assertEqual((await alice.pullAll()).length, 3, 'what was applied at last')
  })

  test('retry: who knows another history pulls first (A4)', async ({ client, name }) => {
    const alice = await client()
    const edit = alice.edit({ recordId: name() })
    assertOutcome((await alice.push([edit], { epoch: 'another' }))[0], 'retry', 'EPOCH_CHANGED')
    assertEqual(await alice.stored(edit.recordId), undefined, 'what is stored')
    acceptedVersion((await alice.push([edit]))[0])
  })

  test('a patch touches what it names, and nothing else (A5)', async ({ client, name, hello }) => {
    const alice = await client()
    const recordId = name()
    const data = { id: recordId, keep: 1, gone: 2, inner: { keep: 3, change: 4 } }
    const base = await alice.write({ recordId, data })
    const patch = { set: { '/inner/change': null, '/new~1field': [5] }, unset: ['/gone'] }
    const edit = alice.edit({ recordId, kind: 'patch', base, patch })
    if (!hello.capabilities.patch) {
      assertOutcome((await alice.push([edit]))[0], 'rejected', 'NOT_SUPPORTED')
      return
    }
    acceptedVersion((await alice.push([edit]))[0])
    const expected = { id: recordId, keep: 1, inner: { keep: 3, change: null }, 'new/field': [5] }
    assertEqual((await alice.stored(recordId))?.data, expected, 'the document')
  })

  test('a deleted record leaves a tombstone, and comes back on its version (A2)', async ({
    client,
    name,
  }) => {
    const alice = await client()
    const recordId = name()
    const base = await alice.write({ recordId })
    const tombstone = await alice.write({ recordId, kind: 'delete', base })
    const again = alice.edit({ recordId })
    assertEqual(
      conflictCurrent((await alice.push([again]))[0])?.version,
      tombstone,
      'version of the tombstone',
    )
    await alice.write({ recordId, base: tombstone })
    assertEqual((await alice.stored(recordId))?.deleted, false, 'deleted')
  })

  test('nothing to push is answered with nothing', async ({ client }) => {
    const alice = await client()
    assertEqual(await alice.push([]), [], 'results')
  })

  test('the client ids of one principal say nothing about those of another (A3)', async ({
    client,
    server,
    name,
  }) => {
    const token = given(server.secondToken, 'no token of a second principal')
    const alice = await client()
    const forger = await client({ token, id: alice.id })
    const [forged, honest] = [forger, alice].map((from: TestClient) => from.edit({ recordId: name() }))
    acceptedVersion((await forger.push([forged!]))[0])
    // The same id at the same time: were the two one client, this would be answered as done.
    const twin = { ...honest!, time: forged!.time }
    acceptedVersion((await alice.push([twin], { settled: 0 }))[0])
    assertEqual((await alice.stored(twin.recordId))?.mutation, twin.id, 'mutation, as its own client sees it')
    const foreign = assertPresent(await alice.stored(forged!.recordId), 'the other record')
    assertNotEqual(foreign.mutation, twin.id, 'mutation of the other principal')
    await forger.push([], { settled: 1_000 })
    acceptedVersion((await alice.push([twin]))[0])
  })
}
