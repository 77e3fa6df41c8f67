import { describe, expect, test } from 'vitest'
import { deepEqual } from './deep-equal.ts'
import type { Json } from './json.ts'

describe('deepEqual', () => {
  const nested = { a: [1, { b: null }], c: 'x' }
  const equal: readonly (readonly [Json | undefined, Json | undefined])[] = [
    [null, null],
    [undefined, undefined],
    [0, -0],
    ['é', 'é'],
    [[], []],
    [{}, {}],
    [
      { a: 1, b: 2 },
      { b: 2, a: 1 },
    ],
    [nested, structuredClone(nested)],
    [JSON.parse('{"__proto__":1}') as Json, JSON.parse('{"__proto__":1}') as Json],
  ]
  test.each(equal)('%j equals %j, whatever the order of keys (Q3)', (a, b) => {
    expect(deepEqual(a, b)).toBe(true)
    expect(deepEqual(b, a)).toBe(true)
  })

  const different: readonly (readonly [Json | undefined, Json | undefined])[] = [
    [null, undefined],
    [0, false],
    [1, '1'],
    ['a', 'A'],
    [[], {}],
    [
      [1, 2],
      [2, 1],
    ],
    [[1], [1, 1]],
    [{ a: null }, {}],
    [{ a: null }, { b: null }],
    [{ toString: 1 }, { a: 1 }],
    [{ a: { b: 1 } }, { a: { b: 2 } }],
    [null, {}],
  ]
  test.each(different)('%j differs from %j (Q3)', (a, b) => {
    expect(deepEqual(a, b)).toBe(false)
    expect(deepEqual(b, a)).toBe(false)
  })
})
