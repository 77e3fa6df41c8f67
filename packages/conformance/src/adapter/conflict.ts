import { assertEqual, assertPresent } from '../expect.ts'
import type { BenchTest } from './bench.ts'
import { acceptedVersion, conflictCurrent, COLLECTION } from './test-client.ts'

/** Compare-and-set: a mutation is applied only on the very version it names (A2). */
export function conflictTests(test: BenchTest): void {
  test('a stale base is a conflict that shows what is stored, and changes nothing (A2)', async ({
    client,
  }) => {
    const alice = client()
    const first = await alice.write({ recordId: 'a', data: { id: 'a', n: 1 } })
    await alice.write({ recordId: 'a', base: first, data: { id: 'a', n: 2 } })
    const stored = assertPresent(await alice.stored('a'))
    for (const kind of ['put', 'delete'] as const) {
      const [result] = await alice.push([
        alice.edit({ recordId: 'a', kind, base: first, data: { id: 'a', n: 3 } }),
      ])
      assertEqual(conflictCurrent(result), stored, `current after a ${kind}`)
    }
    assertEqual(await alice.stored('a'), stored, 'what is stored')
  })

  test('creating what is there is a conflict (A2)', async ({ client }) => {
    const alice = client()
    await alice.write({ recordId: 'a', data: { id: 'a', n: 1 } })
    const [result] = await alice.push([alice.edit({ recordId: 'a', data: { id: 'a', n: 2 } })])
    assertEqual(conflictCurrent(result)?.data, { id: 'a', n: 1 }, 'current')
  })

  test('a base on an absent record is a conflict without current, never an insert (A2)', async ({
    client,
  }) => {
    const alice = client()
    const elsewhere = await alice.write({ recordId: 'other' })
    for (const kind of ['put', 'delete'] as const) {
      const [result] = await alice.push([alice.edit({ recordId: 'a', kind, base: elsewhere })])
      assertEqual(conflictCurrent(result), null, `current after a ${kind}`)
    }
    assertEqual(await alice.stored('a'), undefined, 'what is stored')
    await alice.pullAll()
    assertEqual([...alice.view.keys()], [`${COLLECTION}/other`], 'what is pulled')
  })

  test('creating over a tombstone is a conflict that shows the tombstone (A2)', async ({ client }) => {
    const alice = client()
    const base = await alice.write({ recordId: 'a' })
    const tombstone = await alice.write({ recordId: 'a', kind: 'delete', base })
    const [result] = await alice.push([alice.edit({ recordId: 'a' })])
    const current = assertPresent(conflictCurrent(result), 'current')
    assertEqual([current.version, current.deleted, current.data], [tombstone, true, undefined], 'tombstone')
    assertEqual((await alice.stored('a'))?.deleted, true, 'still deleted')
  })

  test('re-creating names the version of the tombstone (A2)', async ({ client }) => {
    const alice = client()
    const base = await alice.write({ recordId: 'a', data: { id: 'a', n: 1 } })
    const tombstone = await alice.write({ recordId: 'a', kind: 'delete', base })
    const version = await alice.write({ recordId: 'a', base: tombstone, data: { id: 'a', n: 2 } })
    const stored = assertPresent(await alice.stored('a'))
    assertEqual([stored.version, stored.deleted, stored.data], [version, false, { id: 'a', n: 2 }], 'stored')
  })

  test('the base of before a delete is a conflict with the tombstone (A2)', async ({ client }) => {
    const alice = client()
    const base = await alice.write({ recordId: 'a' })
    const tombstone = await alice.write({ recordId: 'a', kind: 'delete', base })
    const [result] = await alice.push([alice.edit({ recordId: 'a', base, data: { id: 'a', late: true } })])
    assertEqual(conflictCurrent(result)?.version, tombstone, 'version of current')
  })

  test('deleting what is deleted, on its version, is accepted (A2)', async ({ client }) => {
    const alice = client()
    const base = await alice.write({ recordId: 'a' })
    const tombstone = await alice.write({ recordId: 'a', kind: 'delete', base })
    await alice.write({ recordId: 'a', kind: 'delete', base: tombstone })
    assertEqual((await alice.stored('a'))?.deleted, true, 'deleted')
  })

  test('a conflict answer shows only what a projection lets through (A2)', async ({ client, adapter }) => {
    if (!adapter.capabilities.patch) return
    const alice = client()
    await alice.write({ recordId: 'a', data: { id: 'a', text: 'milk', secret: 1, large: 'x' } })
    const edit = alice.edit({ recordId: 'a' })
    const [except] = await alice.push([edit], {
      fields: { [COLLECTION]: { except: ['secret', 'large', 'id'] } },
    })
    assertEqual(conflictCurrent(except)?.data, { id: 'a', text: 'milk' }, 'current, less some fields')
    const [only] = await alice.push([edit], { fields: { [COLLECTION]: { only: ['text', 'absent'] } } })
    assertEqual(conflictCurrent(only)?.data, { id: 'a', text: 'milk' }, 'current, of some fields')
  })

  test('of many who change one version at the same moment exactly one succeeds (A2)', async ({
    client,
    second,
  }) => {
    const alice = client()
    const other = await second()
    let base = await alice.write({ recordId: 'a' })
    for (let round = 0; round < 10; round++) {
      const rivals = Array.from({ length: 6 }, (_, index) =>
        client({ id: `rival${round}x${index}` }, index % 2 === 0 ? undefined : other),
      )
      const answers = await Promise.all(
        rivals.map((rival) =>
          rival.push([rival.edit({ recordId: 'a', base, data: { id: 'a', by: rival.id } })]),
        ),
      )
      const accepted = answers.flat().filter((result) => result.status === 'accepted')
      assertEqual(accepted.length, 1, `accepted in round ${round}`)
      base = acceptedVersion(accepted[0])
      const stored = assertPresent(await alice.stored('a'))
      assertEqual([stored.version, stored.mutation], [base, accepted[0]?.id], 'what is stored is the winner')
    }
  })

  test('increments on top of each other are never lost (A2)', async ({ client, second }) => {
    const adapters = [undefined, await second()]
    const opener = client()
    await opener.write({ recordId: 'sum', data: { id: 'sum', n: 0 } })
    const add = async (index: number): Promise<void> => {
      const adder = client({ id: `adder${index}` }, adapters[index % 2])
      for (let done = 0; done < 8;) {
        const stored = assertPresent(await adder.stored('sum'))
        const n = (stored.data as { n: number }).n + 1
        const edit = adder.edit({ recordId: 'sum', base: stored.version, data: { id: 'sum', n } })
        const [result] = await adder.push([edit])
        if (result?.status === 'accepted') done += 1
        else conflictCurrent(result)
      }
    }
    await Promise.all([0, 1, 2, 3, 4].map(add))
    assertEqual((await opener.stored('sum'))?.data, { id: 'sum', n: 40 }, 'the sum')
  })
}
