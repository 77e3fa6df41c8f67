import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { Json, JsonObject } from '../shared/json.ts'
import { canonicalJson } from '../shared/canonical-json.ts'
import { type FieldPolicy, parseFieldPolicies } from './field-policies.ts'
import { isLater, type Side } from './sides.ts'
import { lastWriteWins, merge } from './strategies.ts'

type Merge = (a: Side, b: Side) => Side

/** What merging gives, with the later of both times (T3). */
function merging(decide: (a: Side, b: Side) => JsonObject | null): Merge {
  return (a, b) => ({ document: decide(a, b), time: a.time > b.time ? a.time : b.time })
}

const time = fc.nat(3).map((ms) => `${ms}`)

/** The results there are, in whatever order three sides are merged and whoever asks. */
function resultsOf(
  join: Merge,
  [a, b, c]: readonly [Side, Side, Side],
  normal: (document: JsonObject | null) => unknown = (document) => document,
): ReadonlySet<string> {
  const orders: readonly (readonly [Side, Side, Side])[] = [
    [a, b, c],
    [a, c, b],
    [b, c, a],
  ]
  const results = orders.flatMap(([x, y, z]) => [join(join(x, y), z), join(z, join(y, x))])
  return new Set(results.map(({ document }) => canonicalJson(normal(document) as Json)))
}

const whole = fc.integer({ min: -1_000_000, max: 1_000_000 })
const list = fc.uniqueArray(fc.oneof(fc.nat(5), fc.constantFrom('a', 'b', null)), { maxLength: 5 })

const policies: readonly (readonly [string, FieldPolicy, fc.Arbitrary<Json>])[] = [
  ['max of numbers', 'max', whole],
  ['max of strings', 'max', fc.string({ maxLength: 3 })],
  ['min of numbers', 'min', whole],
  ['min of strings', 'min', fc.string({ maxLength: 3 })],
  ['counter of whole numbers', 'counter', whole],
  ['set of distinct plain values', 'set', list as fc.Arbitrary<Json>],
]

function joined(parts: readonly JsonObject[]): JsonObject {
  return Object.fromEntries(parts.flatMap((part) => Object.entries(part)))
}

describe('merging three sides over one base', () => {
  test.each(policies)(
    '%s: in any order the same, whatever was added or removed (C8)',
    (_name, policy, value) => {
      const rules = parseFieldPolicies({ f: policy })
      const side = fc.record({ document: value.map((f) => ({ f })), time })
      fc.assert(
        fc.property(value, fc.tuple(side, side, side), (f, sides) => {
          const join = merging((a, b) => merge({ f }, a, b, rules))
          // Of a set the members count, not their order.
          const normal = (document: JsonObject | null): unknown => {
            const merged = document!['f']
            if (!Array.isArray(merged)) return merged
            return (merged as readonly Json[]).map((item) => canonicalJson(item)).sort()
          }
          expect(resultsOf(join, sides, normal).size).toBe(1)
        }),
      )
    },
  )

  test('merge: in any order the same where no two sides changed one field (C1, C8)', () => {
    const owned = (owner: number) =>
      fc.dictionary(fc.constantFrom(`${owner}x`, `${owner}y`), fc.oneof(fc.nat(3), fc.constant(null)))
    const fields = fc.tuple(owned(0), owned(1), owned(2))
    fc.assert(
      fc.property(fields, fields, fc.tuple(time, time, time), (before, after, times) => {
        const documentOf = (parts: readonly JsonObject[]): JsonObject => ({
          ...joined(parts),
          nested: joined(parts),
        })
        const base = documentOf(before)
        const sides = times.map((at, owner): Side => {
          const parts = before.map((part, index) => (index === owner ? after[index]! : part))
          return { document: documentOf(parts), time: at }
        })
        const all = sides as unknown as readonly [Side, Side, Side]
        expect(
          resultsOf(
            merging((a, b) => merge(base, a, b)),
            all,
          ).size,
        ).toBe(1)
      }),
    )
  })

  test('lastWriteWins: in any order the same (C3, C8)', () => {
    const side = fc.record({ document: fc.option(fc.record({ f: fc.nat(3) })), time }) as fc.Arbitrary<Side>
    fc.assert(
      fc.property(fc.tuple(side, side, side), (sides) => {
        expect(resultsOf(merging(lastWriteWins), sides).size).toBe(1)
        const last = sides.reduce((a, b) => (isLater(a, b) ? a : b))
        expect(merging(lastWriteWins)(last, sides[0]).document).toEqual(last.document)
      }),
    )
  })

  test('merge is not, where two sides changed one field: a merge carries the later time of both', () => {
    const [x, y, z] = [
      { document: { f: 'x' }, time: '1' },
      { document: { f: 'y' }, time: '2' },
      { document: { f: 0, g: 1 }, time: '3' },
    ] as const
    const join = merging((a, b) => merge({ f: 0 }, a, b))
    expect(join(join(x, y), z).document).toEqual({ f: 'y', g: 1 })
    expect(join(join(x, z), y).document).toEqual({ f: 'x', g: 1 })
  })
})
