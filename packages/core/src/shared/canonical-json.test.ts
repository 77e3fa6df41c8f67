import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { canonicalJson } from './canonical-json.ts'
import { cloneJson } from './clone-json.ts'
import { deepEqual } from './deep-equal.ts'
import type { Json } from './json.ts'

const json = fc.jsonValue() as fc.Arbitrary<Json>

describe('canonicalJson', () => {
  test.each<readonly [Json, string]>([
    [null, 'null'],
    [-0, '0'],
    ['a"b', '"a\\"b"'],
    [[1, [2], {}], '[1,[2],{}]'],
    [{ b: 1, a: { d: 2, c: null } }, '{"a":{"c":null,"d":2},"b":1}'],
    [{ 10: 'x', 9: 'y', a: 'z' }, '{"10":"x","9":"y","a":"z"}'],
    [{ '\u{1F600}': 1, '\uFB01': 2 }, '{"\uFB01":2,"\u{1F600}":1}'],
  ])('%j is written as %s, keys by code point (C8)', (value, text) => {
    expect(canonicalJson(value)).toBe(text)
  })

  test('gives equal texts exactly for deeply equal values (C8)', () => {
    fc.assert(
      fc.property(json, json, (a, b) => {
        expect(canonicalJson(a) === canonicalJson(b)).toBe(deepEqual(a, b))
        expect(canonicalJson(cloneJson(a))).toBe(canonicalJson(a))
        expect(deepEqual(JSON.parse(canonicalJson(a)) as Json, a)).toBe(true)
      }),
    )
  })
})
