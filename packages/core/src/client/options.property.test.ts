/** Whatever JavaScript callers pass in the place of options: INVALID_OPTION that names one, and nothing else. */
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { parseFieldPolicies } from '../conflict/field-policies.ts'
import { checkStrategy } from '../conflict/reconcile.ts'
import { maxValue, mergeArrays, mergeFields, sumNumbers } from '../conflict/resolvers.ts'
import { isSyncError } from '../errors/sync-error.ts'
import { collection } from './collection-definition.ts'
import { checkOptions, checkScopes } from './check-options.ts'
import { parseDuration } from './parse-duration.ts'

const anything = fc.anything({ withBigInt: true, withDate: true, withMap: true, withNullPrototype: true })
const bomb = new Proxy({}, { get: () => bomb, ownKeys: () => ['a'], getPrototypeOf: () => null })
const value = fc.oneof(
  anything,
  fc.constantFrom<unknown>(bomb, [bomb], '', '30s', '1e9d', '-1s', 'x', 0, -1, Number.NaN),
)

const names = [
  'storage',
  'adapter',
  'collections',
  'scopes',
  'conflicts',
  'sync',
  'durability',
  'logger',
  'metrics',
  'onBackendReset',
  'other',
]
const syncNames = ['auto', 'interval', 'realtime', 'batchSize', 'timeout', 'retry', 'other']
const collectionNames = [
  'schema',
  'indexes',
  'scope',
  'conflicts',
  'fields',
  'version',
  'migrate',
  'local',
  'id',
  'other',
]

function refusal(check: () => unknown): string | null {
  try {
    check()
    return null
  } catch (error) {
    if (!isSyncError(error)) throw error
    expect(error.details['option'] ?? error.details['path']).toBeTypeOf('string')
    return error.code
  }
}

function outcomesOf(
  given: fc.Arbitrary<unknown>,
  check: (value: never) => unknown,
): ReadonlySet<string | null> {
  const outcomes = new Set<string | null>()
  fc.assert(
    fc.property(given, (one) => {
      const outcome = refusal(() => check(one as never))
      outcomes.add(outcome)
      return outcome === null || outcome === 'INVALID_OPTION'
    }),
    { numRuns: 500 },
  )
  return outcomes
}

const one = (all: readonly string[]): fc.Arbitrary<unknown> =>
  fc.tuple(fc.constantFrom(...all), value).map(([name, given]) => ({ [name]: given }))

const policies = fc.dictionary(fc.constantFrom('a', 'a.b', '', 'id', '__proto__'), value)
const fields = fc.oneof(value, fc.array(fc.oneof(value, fc.constantFrom('a', 'a.b', 'id', ''))))

function withCollections(given: fc.Arbitrary<unknown>): fc.Arbitrary<unknown> {
  return given.map((options) => ({ collections: ['todos'], ...(options as object) }))
}

describe('options', () => {
  test.each<readonly [string, fc.Arbitrary<unknown>, (given: never) => unknown]>([
    ['all of createSyncLayer', value, checkOptions],
    ['one of createSyncLayer', withCollections(one(names)), checkOptions],
    ['one of sync', withCollections(one(syncNames).map((sync) => ({ sync }))), checkOptions],
    ['all of a collection', value, collection],
    ['one of a collection', one(collectionNames), collection],
    ['a duration', value, (given) => parseDuration(given, 'interval')],
    ['scopes', value, checkScopes],
    ['a strategy', value, (given) => checkStrategy(given)],
    ['field policies', fc.oneof(value, policies), parseFieldPolicies],
    ['mergeArrays', fields, mergeArrays],
    ['sumNumbers', fields, sumNumbers],
    ['maxValue', fields, maxValue],
    ['mergeFields', fields, mergeFields],
  ])('%s: whatever comes is taken, or refused by name (D12, D17, I10)', (_name, given, check) => {
    expect(outcomesOf(given, check)).toContain('INVALID_OPTION')
  })

  test('a duration is what its text says (D17)', () => {
    const units = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 }
    fc.assert(
      fc.property(fc.nat({ max: 10_000 }), fc.constantFrom(...Object.entries(units)), (count, [unit, ms]) => {
        expect(parseDuration(`${count}${unit}`, 'x', 0)).toBe(count * ms)
      }),
    )
  })
})
