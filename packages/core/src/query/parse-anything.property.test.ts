import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { isSyncError } from '../errors/sync-error.ts'
import type { Filter } from '../protocol/filter.ts'
import { compileFilter } from './evaluate.ts'
import { and, not, or } from './filter.ts'
import { parseIndexes } from './index-definition.ts'
import { parseFilter, parsePath } from './parse-filter.ts'
import { parseJson } from './parse-json.ts'

const anything = fc.anything({
  withBigInt: true,
  withDate: true,
  withMap: true,
  withNullPrototype: true,
  withSparseArray: true,
  withTypedArray: true,
})
const cycle: unknown[] = []
cycle.push({ cycle })
const deep = Array.from({ length: 5_000 }).reduce<unknown>((inner) => [inner], null)
const deepFilter = Array.from({ length: 5_000 }).reduce<unknown>((filter) => ({ op: 'not', filter }), null)
const trap: object = new Proxy(
  {},
  { get: () => trap, getPrototypeOf: () => Object.prototype, ownKeys: () => ['a'] },
)

const key = fc.constantFrom('a', '', '__proto__', 'constructor', 'a.b', '\ud800', '\0')
const leaf = fc.record(
  {
    op: fc.constantFrom(
      '==',
      '!=',
      '<',
      '>=',
      'in',
      'not-in',
      'array-contains-any',
      'starts-with',
      'is-null',
      'none',
      '__proto__',
    ),
    path: fc.oneof(fc.array(key, { maxLength: 3 }), key, anything),
    value: fc.oneof(fc.jsonValue(), anything),
  },
  { requiredKeys: ['op'] },
)
/** Filters of which a part is wrong, or none is. */
const almost = fc.letrec((tie) => ({
  node: fc.oneof(
    { maxDepth: 3, depthSize: 'small' },
    leaf,
    fc.record({
      op: fc.constantFrom('and', 'or'),
      filters: fc.oneof(fc.array(tie('node'), { maxLength: 3 }), anything),
    }),
    fc.record({ op: fc.constant('not'), filter: fc.oneof(tie('node'), anything) }),
  ),
})).node
const input = fc.oneof(anything, almost, fc.constantFrom<unknown>(cycle, deep, deepFilter, trap, [trap]))

/** What it gives, or null where it refuses as it should. */
function taken<Result>(call: () => Result): { readonly result: Result } | null {
  try {
    return { result: call() }
  } catch (error) {
    if (!isSyncError(error, 'INVALID_OPTION')) throw error
    expect(Object.keys(error.details).length).toBeGreaterThan(0)
    return null
  }
}

describe('parseFilter', () => {
  test('takes a filter or refuses it; what it took can be evaluated and says itself again (Q13, I10)', () => {
    fc.assert(
      fc.property(input, fc.dictionary(fc.constantFrom('a', 'b'), fc.jsonValue()), (value, document) => {
        const parsed = taken(() => parseFilter(value))
        if (parsed === null) return
        expect(JSON.parse(JSON.stringify(parsed.result))).toEqual(parsed.result)
        expect(parseFilter(parsed.result)).toEqual(parsed.result)
        expect(compileFilter(parsed.result)(document as never)).toBeTypeOf('boolean')
      }),
      { numRuns: 1_500 },
    )
  })
})

describe.each<readonly [string, (value: unknown) => unknown]>([
  ['parsePath', (value) => parsePath(value)],
  ['parseJson', (value) => parseJson(value, 'value')],
  ['parseIndexes', (value) => parseIndexes(value as never)],
  ['and', (value) => and(value as Filter, value as Filter)],
  ['or', (value) => or(value as Filter)],
  ['not', (value) => not(value as Filter)],
])('%s', (_name, parse) => {
  test('takes what is right and refuses the rest with a place, whatever comes (Q13, D12, I10)', () => {
    fc.assert(
      fc.property(input, (value) => {
        const result = taken(() => parse(value))?.result ?? null
        expect(JSON.parse(JSON.stringify(result))).toEqual(result)
      }),
      { numRuns: 500 },
    )
  })
})
