import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { deepEqual } from '../shared/deep-equal.ts'
import type { Json } from '../shared/json.ts'
import { mergeLists } from './merge-lists.ts'

type List = readonly Json[]

const laterWins = (_base: Json, _earlier: Json, later: Json): Json => later
const merge = (base: List, earlier: List, later: List): List => mergeLists(base, earlier, later, laterWins)

describe('mergeLists', () => {
  test.each<readonly [string, List, List, List, List]>([
    ['both added', ['a'], ['a', 'b'], ['a', 'c'], ['a', 'c', 'b']],
    ['both added the same', ['a'], ['a', 'b'], ['b', 'a'], ['b', 'a']],
    ['the earlier side removed', ['a', 'b'], ['b'], ['a', 'b', 'c'], ['b', 'c']],
    ['the later side removed', ['a', 'b'], ['a', 'b', 'c'], ['b'], ['b', 'c']],
    ['both removed different items', ['a', 'b', 'c'], ['b', 'c'], ['a', 'b'], ['b']],
    ['one removed all, the other added', ['a'], [], ['a', 'b'], ['b']],
    ['the later side sorted anew', ['a', 'b'], ['a', 'b', 'c'], ['b', 'a'], ['b', 'a', 'c']],
    ['objects without an id', [{ x: 1 }], [{ x: 1 }, { x: 2 }], [{ x: 3 }], [{ x: 3 }, { x: 2 }]],
    ['equal objects with keys in another order', [], [{ a: 1, b: 2 }], [{ b: 2, a: 1 }], [{ b: 2, a: 1 }]],
    ['numbers and texts of the same look', [], [1], ['1'], ['1', 1]],
    ['an item removed here, added anew as it was there', ['a'], [], ['a', 'a'], []],
    ['items that a list holds twice', [1], [1, 1, 2], [1, 3, 3], [1, 3, 3, 2]],
  ])('%s (C6)', (_name, base, earlier, later, expected) => {
    expect(merge(base, earlier, later)).toEqual(expected)
  })

  test('objects with an id are told apart by it: an edited item comes out once (C6)', () => {
    const base = [
      { id: 1, t: 'a' },
      { id: 2, t: 'b' },
    ]
    const earlier = [
      { id: 1, t: 'A' },
      { id: 2, t: 'b' },
    ]
    const later = [
      { id: 2, t: 'b' },
      { id: 1, t: 'a' },
      { id: 3, t: 'c' },
    ]
    const merged = mergeLists(base, earlier, later, (b, e, l) => (deepEqual(l, b) ? e : l))
    expect(merged).toEqual([
      { id: 2, t: 'b' },
      { id: 1, t: 'A' },
      { id: 3, t: 'c' },
    ])
  })

  test('an edit of an item beats its removal, in either direction (C6)', () => {
    const base = [{ id: 'x', n: 1 }, { id: 'y' }]
    const edited = [{ id: 'x', n: 2 }, { id: 'y' }]
    expect(merge(base, edited, [])).toEqual([{ id: 'x', n: 2 }])
    expect(merge(base, [], edited)).toEqual([{ id: 'x', n: 2 }])
  })

  test('the ids 1 and "1" are two, and one id twice in a list means nothing (C6)', () => {
    expect(merge([], [{ id: 1 }], [{ id: '1' }])).toEqual([{ id: '1' }, { id: 1 }])
    expect(
      merge(
        [],
        [{ id: 1, a: 1 }],
        [
          { id: 1, a: 2 },
          { id: 1, a: 3 },
        ],
      ),
    ).toEqual([
      { id: 1, a: 2 },
      { id: 1, a: 3 },
      { id: 1, a: 1 },
    ])
  })

  test('keeps what either added, drops what either removed, invents nothing (C6)', () => {
    const item = fc.oneof(fc.nat(4), fc.constantFrom<Json>('a', null, { x: 1 }, [1]))
    const list = fc.array(item, { maxLength: 6 })
    const has = (items: List, wanted: Json): boolean =>
      items.some((candidate) => deepEqual(candidate, wanted))
    fc.assert(
      fc.property(list, list, list, (base, earlier, later) => {
        const merged = merge(base, earlier, later)
        for (const value of [...base, ...earlier, ...later]) {
          const wanted = has(base, value) ? has(earlier, value) && has(later, value) : true
          expect(has(merged, value)).toBe(wanted)
        }
        expect(merged.every((value) => has(earlier, value) || has(later, value))).toBe(true)
      }),
    )
  })
})
