import { assert, assertEqual } from '../expect.ts'
import type { BenchTest } from './bench.ts'
import { acceptedVersion, assertOutcome, conflictCurrent } from './test-client.ts'

/** Groups: whole or not at all (A10). */
export function groupTests(test: BenchTest): void {
  test('a group is applied whole, or refused as not supported (A10)', async ({ client, adapter }) => {
    const alice = client()
    const group = ['a', 'b', 'c'].map((recordId) => alice.edit({ recordId, group: 'g' }))
    const results = await alice.push(group)
    await alice.pullAll()
    if (adapter.capabilities.groups) {
      assertEqual(new Set(results.map(acceptedVersion)).size, 3, 'versions')
      assertEqual(alice.view.size, 3, 'records')
    } else {
      for (const result of results) assertOutcome(result, 'rejected', 'NOT_SUPPORTED')
      assertEqual(alice.view.size, 0, 'records')
    }
  })

  test('one that fails takes its group with it and keeps its own outcome (A10)', async ({
    client,
    adapter,
  }) => {
    if (!adapter.capabilities.groups) return
    const alice = client()
    const version = await alice.write({ recordId: 'taken' })
    for (const place of [0, 1, 2]) {
      const recordIds = ['a', 'b'].toSpliced(place, 0, 'taken')
      const results = await alice.push(
        recordIds.map((recordId) => alice.edit({ recordId, group: `g${place}` })),
      )
      for (const [index, result] of results.entries()) {
        if (index === place) assertEqual(conflictCurrent(result)?.version, version, 'current')
        else assertEqual(result.status, 'aborted', 'the others')
      }
    }
    await alice.pullAll()
    assertEqual([...alice.view.keys()], ['todos/taken'], 'records')
  })

  test('of several that fail at least one says why, and none is applied (A10)', async ({
    client,
    adapter,
  }) => {
    if (!adapter.capabilities.groups) return
    const alice = client()
    await alice.write({ recordId: 'taken' })
    await alice.write({ recordId: 'taken too' })
    const recordIds = ['a', 'taken', 'b', 'taken too', 'c']
    const results = await alice.push(recordIds.map((recordId) => alice.edit({ recordId, group: 'g' })))
    const statuses = results.map(({ status }) => status)
    assertEqual(
      [statuses[0], statuses[2], statuses[4]],
      ['aborted', 'aborted', 'aborted'],
      'those not at fault',
    )
    assert(
      statuses[1] === 'conflict' || statuses[3] === 'conflict',
      `Nobody says why: ${statuses.join(', ')}`,
    )
    await alice.pullAll()
    assertEqual(alice.view.size, 2, 'records')
  })

  test('one that is malformed takes its group with it (A10)', async ({ client, adapter }) => {
    if (!adapter.capabilities.groups) return
    const alice = client()
    const results = await alice.push([
      alice.edit({ recordId: 'a', group: 'g' }),
      { ...alice.edit({ recordId: 'b', group: 'g' }), data: 'malformed' },
      alice.edit({ recordId: 'c', group: 'g' }),
    ])
    assertEqual(
      results.map((result) => result.status),
      ['aborted', 'rejected', 'aborted'],
      'statuses',
    )
    await alice.pullAll()
    assertEqual(alice.view.size, 0, 'records')
  })

  test('a group that failed can be sent again, changed, under new ids (A10)', async ({ client, adapter }) => {
    if (!adapter.capabilities.groups) return
    const alice = client()
    const taken = await alice.write({ recordId: 'taken' })
    await alice.push([
      alice.edit({ recordId: 'a', group: 'g' }),
      alice.edit({ recordId: 'taken', group: 'g' }),
    ])
    const results = await alice.push([
      alice.edit({ recordId: 'a', group: 'h' }),
      alice.edit({ recordId: 'taken', base: taken, group: 'h' }),
    ])
    assertEqual(new Set(results.map(acceptedVersion)).size, 2, 'versions')
  })

  test('other groups and single mutations of the push are not touched (A10)', async ({ client, adapter }) => {
    if (!adapter.capabilities.groups) return
    const alice = client()
    await alice.write({ recordId: 'taken' })
    const results = await alice.push([
      alice.edit({ recordId: 'a', group: 'fails' }),
      alice.edit({ recordId: 'b', group: 'works' }),
      alice.edit({ recordId: 'c' }),
      alice.edit({ recordId: 'taken', group: 'fails' }),
      alice.edit({ recordId: 'd', group: 'works' }),
    ])
    assertEqual(
      results.map((result) => result.status),
      ['aborted', 'accepted', 'accepted', 'conflict', 'accepted'],
      'statuses',
    )
    await alice.pullAll()
    assertEqual(
      [...alice.view.keys()].toSorted(),
      ['todos/b', 'todos/c', 'todos/d', 'todos/taken'],
      'records',
    )
  })

  test('after a group that failed, versions and feed go on as if it had not been (A1, A10)', async (bench) => {
    if (!bench.adapter.capabilities.groups) return
    const alice = bench.client()
    const reader = bench.client({ id: 'reader' })
    await reader.enter()
    let base = await alice.write({ recordId: 'taken' })
    for (let round = 0; round < 5; round++) {
      const results = await alice.push([
        alice.edit({ recordId: `lost${round}`, group: `g${round}` }),
        alice.edit({ recordId: 'taken', group: `g${round}` }),
        alice.edit({ recordId: `kept${round}` }),
        alice.edit({ recordId: 'taken', base, data: { id: 'taken', round } }),
      ])
      base = acceptedVersion(results[3])
      await reader.pullAll(() => 1)
    }
    await alice.pullAll()
    assertEqual(Object.fromEntries(reader.view), Object.fromEntries(alice.view), 'what a follower has')
    assertEqual(alice.view.size, 6, 'records')
  })

  test('of two groups over the same records at the same moment one is applied (A10)', async (bench) => {
    if (!bench.adapter.capabilities.groups) return
    const other = await bench.second()
    for (let round = 0; round < 8; round++) {
      const rivals = [0, 1, 2, 3].map((n) =>
        bench.client({ id: `r${round}x${n}` }, n % 2 === 0 ? undefined : other),
      )
      const ids = ['a', 'b', 'c'].map((name) => `${name}${round}`)
      const answers = await Promise.all(
        rivals.map((rival, index) => {
          // In various orders, which must not lead to a deadlock.
          const order = index % 2 === 0 ? ids : ids.toReversed()
          return rival.push(order.map((recordId) => rival.edit({ recordId, group: 'g' })))
        }),
      )
      const winners = answers.filter((results) => results.every(({ status }) => status === 'accepted'))
      assertEqual(winners.length, 1, `groups applied in round ${round}`)
      const losers = answers.filter((results) => results !== winners[0])
      assert(
        losers.every((results) => results.every(({ status }) => status !== 'accepted')),
        'A group was applied in part',
      )
    }
  })

  test('a large group is one (A10)', async ({ client, adapter }) => {
    if (!adapter.capabilities.groups) return
    const alice = client()
    const count = Math.min(adapter.capabilities.maxBatch, 1_200)
    const group = Array.from({ length: count }, (_, n) => alice.edit({ recordId: `r${n}`, group: 'g' }))
    const results = await alice.push(group)
    assertEqual(new Set(results.map(acceptedVersion)).size, count, 'versions')
    const failing = [...group.slice(1).map(({ recordId }) => recordId), 'r0'].map((recordId, n) =>
      alice.edit({ recordId: n === count - 1 ? recordId : `${recordId}-more`, group: 'h' }),
    )
    const refused = await alice.push(failing)
    assertEqual(refused.at(-1)?.status, 'conflict', 'the last')
    assertEqual(refused.filter(({ status }) => status === 'aborted').length, count - 1, 'aborted')
    await alice.pullAll(() => 500)
    assertEqual(alice.view.size, count, 'records')
  })
}
