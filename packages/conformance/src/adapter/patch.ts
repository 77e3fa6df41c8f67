import type { Json, Patch } from '@synclayer/core/adapter'
import { assertEqual, assertPresent } from '../expect.ts'
import type { Bench, BenchTest } from './bench.ts'
import { acceptedVersion, assertOutcome, conflictCurrent } from './test-client.ts'

interface Case {
  readonly title: string
  readonly before: Json
  readonly patch: Patch
  readonly after: Json
}

const CASES: readonly Case[] = [
  {
    title: 'sets and removes what it names and touches nothing else',
    before: { id: 'a', text: 'milk', done: false, tags: ['x'], user: { name: 'Ada', age: 36 } },
    patch: { set: { '/done': true, '/user/name': 'Grace' }, unset: ['/text'] },
    after: { id: 'a', done: true, tags: ['x'], user: { name: 'Grace', age: 36 } },
  },
  {
    title: 'keeps null, absent and removed apart',
    before: {
      id: 'a',
      wasNull: null,
      wasSet: 1,
      toNull: 1,
      toAbsent: 1,
      inner: { wasNull: null, gone: null },
    },
    patch: { set: { '/toNull': null, '/fresh': null }, unset: ['/toAbsent', '/inner/gone'] },
    after: { id: 'a', wasNull: null, wasSet: 1, toNull: null, fresh: null, inner: { wasNull: null } },
  },
  {
    title: 'takes arrays and objects it sets as values',
    before: { id: 'a', list: [1, 2, 3], map: { a: 1, b: 2 } },
    patch: { set: { '/list': [null, { x: null }], '/map': { c: null } } },
    after: { id: 'a', list: [null, { x: null }], map: { c: null } },
  },
  {
    title: 'reaches keys with slashes, tildes, dots, dollars and none at all',
    before: { id: 'a', 'a/b': 1, 'm~n': 1, 'd.o.t': 1, $set: 1, '': { '': 1, '0': 1 } },
    patch: { set: { '/a~1b': 2, '/m~0n': 2, '/d.o.t': 2, '/$set': 2, '//0': 2 }, unset: ['//'] },
    after: { id: 'a', 'a/b': 2, 'm~n': 2, 'd.o.t': 2, $set: 2, '': { '0': 2 } },
  },
  {
    title: 'changes the type of a value',
    before: { id: 'a', a: 1, b: { c: 1 }, d: [1] },
    patch: { set: { '/a': { deep: [] }, '/b': 'text', '/d': null } },
    after: { id: 'a', a: { deep: [] }, b: 'text', d: null },
  },
  {
    title: 'removes what is not there without harm',
    before: { id: 'a', kept: 1 },
    patch: { set: { '/new': 1 }, unset: ['/absent'] },
    after: { id: 'a', kept: 1, new: 1 },
  },
  {
    title: 'keeps names of Object apart from fields',
    before: { id: 'a', constructor: 1, toString: { valueOf: 1 } },
    patch: { set: { '/toString/valueOf': 2, '/hasOwnProperty': 3 }, unset: ['/constructor'] },
    after: { id: 'a', toString: { valueOf: 2 }, hasOwnProperty: 3 },
  },
]

/** Patches are merged by the adapter, under compare-and-set (A5). */
export function patchTests(test: BenchTest): void {
  for (const { title, before, patch, after } of CASES) {
    test(`a patch ${title} (A5)`, async (bench) => {
      const alice = bench.client()
      const base = await alice.write({ recordId: 'a', data: before })
      const mutation = alice.edit({ recordId: 'a', kind: 'patch', base, patch })
      const [result] = await alice.push([mutation])
      if (!bench.adapter.capabilities.patch) {
        assertOutcome(result, 'rejected', 'NOT_SUPPORTED')
        assertEqual((await alice.stored('a'))?.data, before, 'the document')
        return
      }
      const version = acceptedVersion(result)
      const stored = assertPresent(await alice.stored('a'))
      assertEqual(stored.data, after, 'the document')
      assertEqual(
        [stored.version, stored.mutation, stored.time],
        [version, mutation.id, mutation.time],
        'record',
      )
    })
  }

  test('a patch on a stale base is a conflict and changes nothing (A2, A5)', async (bench) => {
    if (!bench.adapter.capabilities.patch) return
    const alice = bench.client()
    const first = await alice.write({ recordId: 'a', data: { id: 'a', n: 1 } })
    await alice.write({ recordId: 'a', base: first, data: { id: 'a', n: 2 } })
    const patch = { set: { '/n': 3 } }
    const [stale] = await alice.push([alice.edit({ recordId: 'a', kind: 'patch', base: first, patch })])
    assertEqual(conflictCurrent(stale)?.data, { id: 'a', n: 2 }, 'current')
    const [absent] = await alice.push([alice.edit({ recordId: 'b', kind: 'patch', base: first, patch })])
    assertEqual(conflictCurrent(absent), null, 'current of an absent record')
    assertEqual(await alice.stored('b'), undefined, 'the absent record')
  })

  test('a patch that does not fit its document is refused and changes nothing (A5, A8)', async (bench) => {
    if (!bench.adapter.capabilities.patch) return
    const alice = bench.client()
    const base = await alice.write({ recordId: 'a', data: { id: 'a', text: 'milk', list: [1] } })
    const patches: readonly Patch[] = [
      { set: { '/text/inner': 1 } },
      { set: { '/missing/inner': 1 } },
      { set: { '/list/0': 1 } },
      { set: { text: 'no pointer' } },
      { set: { '/text': 1, '/text/a': 2 } },
      { set: { '/id': 'b' } },
    ]
    for (const patch of patches) {
      const [result] = await alice.push([alice.edit({ recordId: 'a', kind: 'patch', base, patch })])
      assertOutcome(result, 'rejected', 'INVALID_MUTATION')
    }
    await assertUnchanged(bench, base)
  })

  test('a patch needs a document: not nothing, and not a tombstone (A5)', async (bench) => {
    if (!bench.adapter.capabilities.patch) return
    const alice = bench.client()
    const patch = { set: { '/n': 1 } }
    const [onNothing] = await alice.push([alice.edit({ recordId: 'a', kind: 'patch', base: null, patch })])
    assertOutcome(onNothing, 'rejected', 'INVALID_MUTATION')
    const created = await alice.write({ recordId: 'b' })
    const base = await alice.write({ recordId: 'b', kind: 'delete', base: created })
    const [onTombstone] = await alice.push([alice.edit({ recordId: 'b', kind: 'patch', base, patch })])
    assertOutcome(onTombstone, 'rejected', 'INVALID_MUTATION')
    assertEqual([await alice.stored('a'), (await alice.stored('b'))?.deleted], [undefined, true], 'stored')
  })

  test('a patch that makes the document too large is refused (A6)', async (bench) => {
    const { patch, maxRecordBytes } = bench.adapter.capabilities
    if (!patch || maxRecordBytes > 64 * 1024 * 1024) return
    const alice = bench.client()
    const half = 'x'.repeat(Math.ceil(maxRecordBytes * 0.6))
    const base = await alice.write({ recordId: 'a', data: { id: 'a', half } })
    const edit = { recordId: 'a', kind: 'patch', base, patch: { set: { '/other': half } } } as const
    const [result] = await alice.push([alice.edit(edit)])
    assertOutcome(result, 'rejected', 'RECORD_TOO_LARGE')
    await assertUnchanged(bench, base)
  })

  test('patches of different fields, one after another, keep all of them (A5)', async (bench) => {
    if (!bench.adapter.capabilities.patch) return
    const alice = bench.client()
    let base = await alice.write({ recordId: 'a', data: { id: 'a', kept: { deep: null } } })
    for (let n = 0; n < 20; n++) {
      base = await alice.write({ recordId: 'a', kind: 'patch', base, patch: { set: { [`/f${n}`]: n } } })
    }
    const fields = Object.fromEntries(Array.from({ length: 20 }, (_, n) => [`f${n}`, n]))
    assertEqual((await alice.stored('a'))?.data, { id: 'a', kept: { deep: null }, ...fields }, 'the document')
  })
}

async function assertUnchanged(bench: Bench, version: string): Promise<void> {
  assertEqual((await bench.client({ id: 'checker' }).stored('a'))?.version, version, 'version')
}
