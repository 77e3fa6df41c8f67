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
    fc.assert(
      fc.property(document, document, (b, x) => {
        expect(deepEqual(mergeOf(b, x, x), x)).toBe(true)
      }),
    )
  })

  test('an edit of one side alone stands: merge(b, x, b) = x and merge(b, b, y) = y (C1)', () => {
    fc.assert(
      fc.property(document, document, (b, x) => {
        expect(deepEqual(mergeOf(b, x, b), x)).toBe(true)
        expect(deepEqual(mergeOf(b, b, x), x)).toBe(true)
      }),
    )
  })

  test('no field that one side left alone loses the edit of the other (C1)', () => {
    fc.assert(
      fc.property(document, document, document, (base, earlier, later) => {
        const merged = mergeOf(base, earlier, later)
        expect(lostFields(base, earlier, later, merged, depth.objects)).toEqual([])
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

/** The fields whose value in the merge is not what the edits of both sides make of it. */
function lostFields(
  base: JsonObject,
  earlier: JsonObject,
  later: JsonObject,
  merged: JsonObject,
  nested: boolean,
): readonly string[] {
  const names = new Set([...Object.keys(base), ...Object.keys(earlier), ...Object.keys(later)])
  return [...names].flatMap((name) => {
    const [b, e, l, m] = [base, earlier, later, merged].map((side) => getOwn(side, name))
    const isLost = (wanted: Json | undefined): readonly string[] => (deepEqual(m, wanted) ? [] : [name])
    if (deepEqual(e, b)) return isLost(l)
    if (deepEqual(l, b)) return isLost(e)
    if (nested && isJsonObject(b) && isJsonObject(e) && isJsonObject(l)) {
      return lostFields(b, e, l, m as JsonObject, nested)
    }
    // Both changed it: lists and two new objects are merged, of anything else the later stands.
    return Array.isArray(l) || isJsonObject(l) ? [] : isLost(l)
  })
}
