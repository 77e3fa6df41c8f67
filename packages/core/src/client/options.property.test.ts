/** Whatever JavaScript callers pass in the place of options: INVALID_OPTION that names one, and nothing else. */
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { parseFieldPolicies } from '../conflict/field-policies.ts'
import { checkStrategy } from '../conflict/reconcile.ts'
import * as resolvers from '../conflict/resolvers.ts'
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

function holds(given: fc.Arbitrary<unknown>, check: (value: never) => unknown): void {
  fc.assert(
    fc.property(given, (one) => {
      expect([null, 'INVALID_OPTION']).toContain(refusal(() => check(one as never)))
    }),
    { numRuns: 500 },
  )
}

const one = (all: readonly string[]): fc.Arbitrary<unknown> =>
  fc.tuple(fc.constantFrom(...all), value).map(([name, given]) => ({ [name]: given }))

describe('options', () => {
  test('of createSyncLayer are taken or refused by name (D12, I10)', () => {
    holds(value, checkOptions)
    holds(
      one(names).map((given) => ({ collections: ['todos'], ...(given as object) })),
      checkOptions,
    )
    holds(
      one(syncNames).map((sync) => ({ collections: ['todos'], sync })),
      checkOptions,
    )
  })

  test('of a collection are taken or refused by name (D12, I10)', () => {
    holds(value, collection)
    holds(one(collectionNames), collection)
  })

  test('that are durations, scopes, strategies and policies are taken or refused by name (D12, D17, I10)', () => {
    holds(value, (given) => parseDuration(given, 'interval'))
    holds(value, checkScopes)
    holds(value, (given) => checkStrategy(given))
    holds(
      fc.oneof(value, fc.dictionary(fc.constantFrom('a', 'a.b', '', 'id', '__proto__'), value)),
      parseFieldPolicies,
    )
  })

  test.each(['mergeArrays', 'sumNumbers', 'maxValue', 'mergeFields'] as const)(
    'of resolvers.%s are taken or refused by name (D12, I10)',
    (name) => {
      const fields = fc.oneof(value, fc.array(fc.oneof(value, fc.constantFrom('a', 'a.b', 'id', ''))))
      holds(fields, (given) => resolvers[name](given))
    },
  )

  test('a duration is what its text says (D17)', () => {
    const units = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 }
    fc.assert(
      fc.property(fc.nat({ max: 10_000 }), fc.constantFrom(...Object.entries(units)), (count, [unit, ms]) => {
        expect(parseDuration(`${count}${unit}`, 'x', 0)).toBe(count * ms)
      }),
    )
  })
})
