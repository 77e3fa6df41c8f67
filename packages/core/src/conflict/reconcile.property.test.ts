/** What holds of every strategy, every ready-made resolver and every field policy, over documents that share fields. */
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { deepEqual } from '../shared/deep-equal.ts'
import type { Json, JsonObject } from '../shared/json.ts'
import { type FieldRule, parseFieldPolicies } from './field-policies.ts'
import { reconcile, type Reconciled } from './reconcile.ts'
import type { ConflictStrategy } from './resolver.ts'
import {
  deepMerge,
  fieldLevelLastWriteWins,
  maxValue,
  mergeArrays,
  mergeFields,
  sumNumbers,
} from './resolvers.ts'

const strategies: readonly (readonly [string, ConflictStrategy])[] = [
  ['merge', 'merge'],
  ['lastWriteWins', 'lastWriteWins'],
  ['serverWins', 'serverWins'],
  ['clientWins', 'clientWins'],
  ['mergeArrays', mergeArrays(['tags', 'in.tags'])],
  ['sumNumbers', sumNumbers(['n', 'in.n'])],
  ['maxValue', maxValue(['n', 'in.n'])],
  ['mergeFields', mergeFields(['in', 'tags'])],
  ['fieldLevelLastWriteWins', fieldLevelLastWriteWins()],
  ['deepMerge', deepMerge()],
]
/** Those that do not ask which side is local. */
const symmetric = strategies.filter(([name]) => !['serverWins', 'clientWins'].includes(name))
/** Those that look at fields, and so lose no edit of another field. */
const byField = symmetric.filter(([name]) => name !== 'lastWriteWins')
const addingUp = ['sumNumbers']

const anyValue = fc.constantFrom<Json>(null, 0, 1, 2.5, -1, 'x', 'y', true, [], {}, [1], { id: 1 })
const number = fc.oneof(
  { weight: 5, arbitrary: fc.integer({ min: -9, max: 9 }) },
  { weight: 1, arbitrary: anyValue },
)
const tags = fc.oneof(
  {
    weight: 5,
    arbitrary: fc.array(fc.constantFrom<Json>('a', 'b', 'c', { id: 1, n: 1 }, { id: 1, n: 2 }), {
      maxLength: 4,
    }),
  },
  { weight: 1, arbitrary: anyValue },
)
const fields = fc.record({ n: number, tags, x: anyValue, toString: anyValue }, { requiredKeys: [] })
const document: fc.Arbitrary<JsonObject> = fc
  .record({ id: fc.constant('a'), in: fc.oneof(fields, anyValue), rest: fields }, { requiredKeys: ['id'] })
  .map(({ rest, ...own }) => JSON.parse(JSON.stringify({ ...own, ...rest })) as JsonObject)
const maybe = fc.option(document, { freq: 6 })
const time = fc.constantFrom('1', '2', '3')
const policies: fc.Arbitrary<readonly FieldRule[]> = fc
  .dictionary(
    fc.constantFrom('n', 'in.n', 'tags', 'in.tags', 'x'),
    fc.constantFrom('counter', 'set', 'max', 'min'),
  )
  .map(parseFieldPolicies)

type Sides = readonly [base: JsonObject | null, local: JsonObject | null, remote: JsonObject | null]

function settle(
  strategy: ConflictStrategy,
  [base, local, remote]: Sides,
  [localTime, remoteTime]: readonly [string, string],
  rules: readonly FieldRule[] = [],
): Exclude<Reconciled, { readonly failed: unknown }> {
  const result = reconcile({
    collection: 'c',
    id: 'a',
    base,
    local: { document: local, time: localTime },
    remote: { document: remote, time: remoteTime },
    strategy,
    policies: rules,
  })
  if ('failed' in result) throw result.failed
  return result
}

const times = fc.tuple(time, time)
const sides: fc.Arbitrary<Sides> = fc.tuple(maybe, maybe, maybe)

describe.each(strategies)('reconcile by %s', (name, strategy) => {
  test('takes the side that alone has changed, whole, and tells no conflict (C5)', () => {
    fc.assert(
      fc.property(maybe, maybe, times, policies, (base, changed, both, rules) => {
        const theirs = settle(strategy, [base, base, changed], both, rules)
        expect([deepEqual(theirs.document, changed), theirs.conflict]).toEqual([true, null])
        const ours = settle(strategy, [base, changed, base], both, rules)
        expect([deepEqual(ours.document, changed), ours.conflict]).toEqual([true, null])
      }),
    )
  })

  test('gives a document of the same id or none, the later time, and a winner that is right (C7, C11, T3)', () => {
    fc.assert(
      fc.property(sides, times, policies, (all, both, rules) => {
        const before = JSON.stringify(all)
        const { document: merged, time: given, conflict } = settle(strategy, all, both, rules)
        expect(JSON.stringify(all)).toBe(before)
        expect([merged === null || merged['id'] === 'a', Object.keys(Object.prototype)]).toEqual([true, []])
        const [base, local, remote] = all
        if (!deepEqual(local, base)) expect(given).toBe(both[0] > both[1] ? both[0] : both[1])
        if (conflict === null) return
        expect(conflict.strategy).toBe(name)
        const equals = { local: deepEqual(merged, local), remote: deepEqual(merged, remote), merged: true }
        expect(equals[conflict.winner]).toBe(true)
      }),
      { numRuns: 300 },
    )
  })

  test('once settled it stays settled: merged again with either side, nothing changes (C6, C8)', () => {
    if (addingUp.includes(name)) return
    fc.assert(
      fc.property(sides, times, ([base, local, remote], both) => {
        const merged = settle(strategy, [base, local, remote], both).document
        const again = settle(strategy, [remote, merged, remote], both).document
        expect(deepEqual(again, merged)).toBe(true)
      }),
    )
  })
})

describe.each(symmetric)('reconcile by %s', (_name, strategy) => {
  test('gives the same whichever side is local (C3, C8)', () => {
    fc.assert(
      fc.property(sides, times, policies, ([base, x, y], [one, two], rules) => {
        const here = settle(strategy, [base, x, y], [one, two], rules).document
        const there = settle(strategy, [base, y, x], [two, one], rules).document
        expect(deepEqual(here, there)).toBe(true)
      }),
      { numRuns: 300 },
    )
  })
})

describe.each(byField)('reconcile by %s', (_name, strategy) => {
  test('an edit beats a delete, and no edit of a field the other left alone is lost (C1, C2, C6)', () => {
    fc.assert(
      fc.property(maybe, document, document, times, policies, (base, local, remote, both, rules) => {
        const beaten = settle(strategy, [base, null, remote], both, rules).document
        expect(deepEqual(beaten, deepEqual(base, remote) ? null : remote)).toBe(true)
        const merged = settle(strategy, [base, local, remote], both, rules).document!
        const lost = [...Object.keys(local), ...Object.keys(remote)].filter((field) => {
          const [b, l, r, m] = [base ?? {}, local, remote, merged].map((side) => own(side, field))
          if (deepEqual(l, b)) return !deepEqual(m, r)
          return deepEqual(r, b) && !deepEqual(m, l)
        })
        expect(lost).toEqual([])
      }),
      { numRuns: 300 },
    )
  })
})

describe('counters', () => {
  const edits = fc.array(
    fc.integer({ min: -9, max: 9 }).filter((n) => n !== 0),
    { minLength: 2, maxLength: 5 },
  )
  const start = fc.option(fc.integer({ min: -9, max: 9 }))

  test.each([
    ['sumNumbers', sumNumbers(['n']), []],
    ['a policy of merge', 'merge', parseFieldPolicies({ n: 'counter' })],
    [
      'a policy of a resolver',
      ({ local }: { local: JsonObject | null }) => local,
      parseFieldPolicies({ n: 'counter' }),
    ],
  ] as const)(
    'by %s count every addition once, in any order of merging (C6, C9)',
    (_name, strategy, rules) => {
      fc.assert(
        fc.property(start, edits, fc.infiniteStream(fc.boolean()), (from, added, turns) => {
          const base: JsonObject = from === null ? { id: 'a' } : { id: 'a', n: from }
          // Each was made on the base; the backend takes one after the other, each merged over what it began from.
          let stored: JsonObject = { id: 'a', n: (from ?? 0) + added[0]! }
          for (const n of added.slice(1)) {
            const edited: JsonObject = { id: 'a', n: (from ?? 0) + n }
            const isLater = turns.next().value as boolean
            const merged = settle(
              strategy as ConflictStrategy,
              [base, edited, stored],
              isLater ? ['2', '1'] : ['1', '2'],
              rules,
            )
            stored = merged.document!
          }
          expect(stored['n']).toBe((from ?? 0) + added.reduce((sum, n) => sum + n, 0))
        }),
      )
    },
  )
})

function own(document: JsonObject, field: string): Json | undefined {
  return Object.hasOwn(document, field) ? document[field] : undefined
}
