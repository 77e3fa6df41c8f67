import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { deepEqual } from '../shared/deep-equal.ts'
import { isJsonObject, type Json, type JsonObject } from '../shared/json.ts'
import { getOwn } from '../shared/own-member.ts'
import { merge } from './strategies.ts'
import { mergeThreeWay, type MergeDepth } from './three-way-merge.ts'

const key = fc.constantFrom('a', 'b', 'c', '__proto__', 'toString')
const { object: document } = fc.letrec<{ object: JsonObject; value: Json }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 3, depthIdentifier: 'json' },
    fc.constantFrom<Json>(null, 0, 1, 2, 'x'),
    fc.array(
      fc.oneof(
        fc.nat(3),
        fc.nat(3).map((id) => ({ id })),
      ),
      { maxLength: 3, depthIdentifier: 'json' },
    ),
    tie('object'),
    tie('object'),
  ),
  object: fc
    .array(fc.tuple(key, tie('value')), { maxLength: 4, depthIdentifier: 'json' })
    .map((entries) => JSON.parse(JSON.stringify(Object.fromEntries(entries))) as JsonObject),
}))

const depths: readonly (readonly [string, MergeDepth])[] = [
  ['merge', { objects: true, arrays: false }],
  ['deepMerge', { objects: true, arrays: true }],
  ['fieldLevelLastWriteWins', { objects: false, arrays: false }],
]

describe.each(depths)('mergeThreeWay as of %s', (_name, depth) => {
  const mergeOf = (base: JsonObject, earlier: JsonObject, later: JsonObject): JsonObject =>
    mergeThreeWay(base, earlier, later, depth)

  test('two equal edits are one: merge(b, x, x) = x (C1)', () => {
    fc.assert(fc.property(document, document, (b, x) => deepEqual(mergeOf(b, x, x), x)))
  })

  test('an edit of one side alone stands: merge(b, x, b) = x and merge(b, b, y) = y (C1)', () => {
    fc.assert(
      fc.property(
        document,
        document,
        (b, x) => deepEqual(mergeOf(b, x, b), x) && deepEqual(mergeOf(b, b, x), x),
      ),
    )
  })

  test('no field that one side left alone loses the edit of the other (C1)', () => {
    fc.assert(
      fc.property(document, document, document, (base, earlier, later) => {
        expectNothingLost(base, earlier, later, mergeOf(base, earlier, later), depth.objects)
      }),
      { numRuns: 1000 },
    )
  })

  test('changes nothing it was given, and touches no prototype (C8)', () => {
    fc.assert(
      fc.property(document, document, document, (base, earlier, later) => {
        const before = JSON.stringify([base, earlier, later])
        const merged = mergeOf(base, earlier, later)
        expect(JSON.stringify([base, earlier, later])).toBe(before)
        expect(Object.getPrototypeOf(merged)).toBe(Object.prototype)
      }),
    )
  })
})

describe('merge', () => {
  test('is the same to the last byte whichever side is local, at equal times too (C8)', () => {
    const time = fc.constantFrom('1', '2')
    fc.assert(
      fc.property(document, document, document, time, time, (base, x, y, xTime, yTime) => {
        const one = { document: x, time: xTime }
        const two = { document: y, time: yTime }
        const merged = JSON.stringify(merge(base, one, two))
        if (xTime !== yTime) expect(JSON.stringify(merge(base, two, one))).toBe(merged)
        else expect(deepEqual(merge(base, two, one), JSON.parse(merged) as JsonObject)).toBe(true)
      }),
    )
  })
})

function expectNothingLost(
  base: JsonObject,
  earlier: JsonObject,
  later: JsonObject,
  merged: JsonObject,
  nested: boolean,
): void {
  for (const name of new Set([...Object.keys(base), ...Object.keys(earlier), ...Object.keys(later)])) {
    const [b, e, l, m] = [base, earlier, later, merged].map((side) => getOwn(side, name))
    if (deepEqual(e, b)) expect(m).toEqual(l)
    else if (deepEqual(l, b)) expect(m).toEqual(e)
    else if (nested && isJsonObject(b) && isJsonObject(e) && isJsonObject(l)) {
      expectNothingLost(b, e, l, m as JsonObject, nested)
    } else if (!Array.isArray(m) && !isJsonObject(m)) expect(m).toEqual(l)
  }
}
