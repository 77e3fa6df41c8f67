import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { deepEqual } from '../shared/deep-equal.ts'
import type { Json, JsonObject } from '../shared/json.ts'
import type { Resolver } from './resolver.ts'
import {
  deepMerge,
  type Field,
  fieldLevelLastWriteWins,
  maxValue,
  mergeArrays,
  mergeFields,
  type ReadyMadeResolver,
  sumNumbers,
} from './resolvers.ts'

type Document = JsonObject | null

/** The result with the remote side later; checked to be the same with the sides exchanged. */
function resolve(resolver: Resolver, base: Document, earlier: Document, later: Document): Document {
  const about = { collection: 'todos', id: '1', base }
  const result = resolver({ ...about, local: earlier, remote: later, localTime: 't1', remoteTime: 't2' })
  const mirrored = resolver({ ...about, local: later, remote: earlier, localTime: 't2', remoteTime: 't1' })
  expect(mirrored).toEqual(result)
  return result
}

/** The field `f` after a conflict about it; undefined stands for absent. */
function field(
  resolver: Resolver,
  base: Json | undefined,
  earlier: Json | undefined,
  later: Json | undefined,
): Json | undefined {
  const wrap = (value: Json | undefined): JsonObject => (value === undefined ? {} : { f: value })
  return resolve(resolver, wrap(base), wrap(earlier), wrap(later))?.['f']
}

type FieldCase = readonly [string, Json | undefined, Json | undefined, Json | undefined, Json | undefined]

describe('sumNumbers', () => {
  test.each<FieldCase>([
    ['+2 and +3', 10, 12, 13, 15],
    ['+2 and -3', 10, 12, 7, 9],
    ['+2 and +2', 10, 12, 12, 14],
    ['only one changed', 10, 10, 13, 13],
    ['a base that lacks it counts 0', undefined, 2, 3, 5],
    ['one set it to 0', 10, 0, 13, 3],
    ['removed and changed: the later', 10, 12, undefined, undefined],
    ['changed and removed: the later', 10, undefined, 12, 12],
    ['another type: the later', 10, 'x', 12, 12],
    ['a base of another type: the later', 'x', 1, 2, 2],
    ['beyond all numbers: the later', 0, 1.7e308, 1.6e308, 1.6e308],
    ['no negative zero', 1, 0.5, 0.5, 0],
  ])('%s (C6)', (_name, base, earlier, later, expected) => {
    const result = field(sumNumbers(['f']), base, earlier, later)
    expect(result).toBe(expected)
  })

  test('merges the rest, and reaches into objects (C6)', () => {
    const resolver = sumNumbers(['stats.likes', ['stats', 'a.b']])
    const base = { t: 'x', u: 1, stats: { likes: 1, 'a.b': 1, other: 1 } }
    const earlier = { t: 'y', u: 1, stats: { likes: 2, 'a.b': 2, other: 2 } }
    const later = { t: 'x', u: 2, stats: { likes: 3, 'a.b': 3, other: 1 } }
    const expected = { t: 'y', u: 2, stats: { likes: 4, 'a.b': 4, other: 2 } }
    expect(resolve(resolver, base, earlier, later)).toEqual(expected)
  })

  test('does not bring back an object the later side removed (C6)', () => {
    const resolver = sumNumbers(['stats.likes'])
    expect(resolve(resolver, { stats: { likes: 1 } }, { stats: { likes: 2 } }, { x: 1 })).toEqual({ x: 1 })
  })

  test('any order of merging counts every addition once (C6, C8)', () => {
    const delta = fc.integer({ min: -1000, max: 1000 })
    fc.assert(
      fc.property(delta, fc.array(delta, { minLength: 1, maxLength: 5 }), (start, deltas) => {
        // Each client counts on the same base; one after the other finds the backend moved on, and merges.
        let stored = start
        for (const own of deltas) stored = field(sumNumbers(['f']), start, start + own, stored) as number
        expect(stored).toBe(deltas.reduce((sum, own) => sum + own, start))
      }),
    )
  })
})

describe('mergeArrays', () => {
  test.each<FieldCase>([
    ['additions of both', ['a'], ['a', 'b'], ['a', 'c'], ['a', 'c', 'b']],
    ['a removal stays removed', ['a', 'b'], ['a'], ['a', 'b', 'c'], ['a', 'c']],
    ['objects', [{ t: 1 }], [{ t: 1 }, { t: 2 }], [{ t: 3 }], [{ t: 3 }, { t: 2 }]],
    ['two creates', undefined, ['a'], ['b'], ['b', 'a']],
    [
      'an item edited on both sides',
      [{ id: 1 }],
      [{ id: 1, a: 1 }],
      [{ id: 1, b: 2 }],
      [{ id: 1, a: 1, b: 2 }],
    ],
    ['another type: the later', ['a'], 'x', ['b'], ['b']],
    ['a base of another type: the later', 'x', ['a'], ['b'], ['b']],
    ['removed and changed: the later', ['a'], ['a', 'b'], undefined, undefined],
  ])('%s (C6)', (_name, base, earlier, later, expected) => {
    expect(field(mergeArrays(['f']), base, earlier, later)).toEqual(expected)
  })

  test('arrays it does not name stay values (C6)', () => {
    expect(field(mergeArrays(['g']), ['a'], ['a', 'b'], ['a', 'c'])).toEqual(['a', 'c'])
  })
})

describe('maxValue', () => {
  test.each<FieldCase>([
    ['the higher number', 1, 5, 3, 5],
    ['also below the base', 10, 5, 3, 5],
    ['an edit of one side alone, even down', 10, 10, 3, 3],
    ['the higher text', '2024-01-01', '2024-03-01', '2024-02-01', '2024-03-01'],
    ['text by code point', '', '\uFB01', '\u{1F600}', '\u{1F600}'],
    ['two creates', undefined, 7, 2, 7],
    ['mixed types: the later', 1, 5, '3', '3'],
    ['removed and changed: the later', 1, 5, undefined, undefined],
  ])('%s (C6)', (_name, base, earlier, later, expected) => {
    expect(field(maxValue(['f']), base, earlier, later)).toBe(expected)
  })
})

describe('mergeFields', () => {
  test('merges its fields all the way down, arrays too, and the rest as merge (C6)', () => {
    const resolver = mergeFields(['cart'])
    const base = { cart: { items: [1], note: 'x' }, tags: [1] }
    const earlier = { cart: { items: [1, 2], note: 'y' }, tags: [1, 2] }
    const later = { cart: { items: [3], note: 'x' }, tags: [1, 3], done: true }
    const expected = { cart: { items: [3, 2], note: 'y' }, tags: [1, 3], done: true }
    expect(resolve(resolver, base, earlier, later)).toEqual(expected)
  })

  test.each<FieldCase>([
    ['a field of plain values: the later', 1, 2, 3, 3],
    ['removed and changed: the later', { a: 1 }, { a: 2 }, undefined, undefined],
    ['two creates', undefined, { a: [1] }, { a: [2], b: 1 }, { a: [2, 1], b: 1 }],
  ])('%s (C6)', (_name, base, earlier, later, expected) => {
    expect(field(mergeFields(['f']), base, earlier, later)).toEqual(expected)
  })
})

describe('fieldLevelLastWriteWins', () => {
  test.each<FieldCase>([
    ['one field, both changed: the later', 1, 2, 3, 3],
    ['objects are taken whole', { a: 1, b: 1 }, { a: 2, b: 1 }, { a: 1, b: 2 }, { a: 1, b: 2 }],
    ['arrays are taken whole', [1], [1, 2], [1, 3], [1, 3]],
    ['an edit of one side alone stands', 1, 2, 1, 2],
    ['a removal that is later stands', 1, 2, undefined, undefined],
    ['an edit that is later stands', 1, undefined, 2, 2],
  ])('%s (C6)', (_name, base, earlier, later, expected) => {
    expect(field(fieldLevelLastWriteWins(), base, earlier, later)).toEqual(expected)
  })

  test('edits of different fields both survive (C1)', () => {
    const result = resolve(fieldLevelLastWriteWins(), { x: 1, y: 1 }, { x: 2, y: 1 }, { x: 1, y: 2 })
    expect(result).toEqual({ x: 2, y: 2 })
  })
})

describe('deepMerge', () => {
  test.each<FieldCase>([
    ['arrays anywhere are lists', { l: [1, 2] }, { l: [1, 2, 3] }, { l: [2] }, { l: [2, 3] }],
    [
      'items merge by id',
      [{ id: 1, s: [1] }],
      [{ id: 1, s: [1, 2] }],
      [{ id: 1, s: [3] }],
      [{ id: 1, s: [3, 2] }],
    ],
    ['an array become an object: the later', [1], { a: 1 }, [1, 2], [1, 2]],
  ])('%s (C6)', (_name, base, earlier, later, expected) => {
    expect(field(deepMerge(), base, earlier, later)).toEqual(expected)
  })
})

const all: readonly (readonly [string, ReadyMadeResolver])[] = [
  ['mergeArrays', mergeArrays(['a', 'o.x'])],
  ['sumNumbers', sumNumbers(['a', 'o.x'])],
  ['maxValue', maxValue(['a', 'o.x'])],
  ['mergeFields', mergeFields(['a', 'o.x'])],
  ['fieldLevelLastWriteWins', fieldLevelLastWriteWins()],
  ['deepMerge', deepMerge()],
]

describe.each(all)('%s', (name, resolver) => {
  test('is named, and an edit beats a delete (C2, C6, C7)', () => {
    expect(resolver.strategy).toBe(name)
    expect(resolve(resolver, { a: 1 }, { a: 2 }, null)).toEqual({ a: 2 })
    expect(resolve(resolver, { a: 1 }, null, { a: 2 })).toEqual({ a: 2 })
    expect(resolve(resolver, null, null, null)).toBe(null)
  })

  test('does not ask which side is local, and changes nothing it was given (C8)', () => {
    const value = fc.oneof(
      fc.integer({ min: 0, max: 3 }),
      fc.constantFrom<Json>('x', null),
      fc.array(fc.nat(3)),
    )
    const part = fc.dictionary(fc.constantFrom('x', 'y'), value, { noNullPrototype: true })
    const document = fc.record(
      { a: value, b: value, o: fc.oneof(part, value) },
      { requiredKeys: [], noNullPrototype: true },
    )
    fc.assert(
      fc.property(document, document, document, fc.boolean(), (base, x, y, tie) => {
        const before = JSON.stringify([base, x, y])
        const [one, two] = tie ? ['t', 't'] : ['t1', 't2']
        const about = { collection: 'c', id: '1', base }
        const here = resolver({ ...about, local: x, remote: y, localTime: one, remoteTime: two })
        const there = resolver({ ...about, local: y, remote: x, localTime: two, remoteTime: one })
        expect(deepEqual(here, there)).toBe(true)
        expect(JSON.stringify([base, x, y])).toBe(before)
        const alone = resolver({ ...about, local: x, remote: base, localTime: one, remoteTime: two })
        expect(deepEqual(alone, x)).toBe(true)
      }),
    )
  })
})

describe('the fields of a resolver', () => {
  test.each<readonly [unknown]>([
    ['likes'],
    [['']],
    [['a..b']],
    [[1]],
    [[[]]],
    [['id']],
    [['a', 'a.b']],
    [['a', 'a']],
  ])('%j are INVALID_OPTION (D12)', (fields) => {
    for (const make of [mergeArrays, sumNumbers, maxValue, mergeFields]) {
      expect(() => make(fields as readonly Field[])).toThrow('resolvers.')
    }
  })
})
