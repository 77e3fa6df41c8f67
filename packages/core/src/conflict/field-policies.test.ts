import { describe, expect, test } from 'vitest'
import { isSyncError } from '../errors/sync-error.ts'
import type { Json, JsonObject } from '../shared/json.ts'
import { type FieldPolicy, parseFieldPolicies, settleFields } from './field-policies.ts'
import { merge } from './strategies.ts'

describe('parseFieldPolicies', () => {
  test.each<readonly [unknown]>([
    [null],
    [['likes']],
    ['counter'],
    [{ likes: 'sum' }],
    [{ likes: 'toString' }],
    [{ '': 'counter' }],
    [{ id: 'max' }],
    [{ 'a.b': 'set', a: 'counter' }],
  ])('%j is INVALID_OPTION and names the option (D12)', (value) => {
    try {
      parseFieldPolicies(value)
    } catch (error) {
      if (!isSyncError(error, 'INVALID_OPTION')) throw error
      expect(error.details['option']).toMatch(/^fields/)
      return
    }
    throw new Error('It was taken')
  })
})

describe('field policies under merge', () => {
  test.each<readonly [FieldPolicy, Json, Json, Json, Json]>([
    ['counter', 10, 12, 13, 15],
    ['counter', 10, 11, 11, 12],
    ['set', ['a', 'b'], ['b', 'c'], ['a', 'b', 'd'], ['b', 'd', 'c']],
    ['max', 5, 7, 6, 7],
    ['min', 5, 3, 4, 3],
    ['min', 'b', 'a', 'c', 'a'],
  ])('%s of base %j, %j and %j gives %j (C6)', (policy, base, earlier, later, expected) => {
    const rules = parseFieldPolicies({ 'a.f': policy })
    const wrap = (f: Json, g: Json): JsonObject => ({ a: { f, g } })
    const one = { document: wrap(earlier, 1), time: 't1' }
    const two = { document: wrap(later, 2), time: 't2' }
    expect(merge(wrap(base, 1), one, two, rules)).toEqual(wrap(expected, 2))
    expect(merge(wrap(base, 1), two, one, rules)).toEqual(wrap(expected, 2))
  })
})

describe('settleFields', () => {
  test('leaves documents alone where one side did not touch the field (C6)', () => {
    const rules = parseFieldPolicies({ n: 'counter', m: 'max' })
    const earlier = { n: 1, m: 5 }
    const later = { n: 2, m: 3 }
    const settled = settleFields({ n: 1, m: 5 }, earlier, later, rules)
    expect(settled.earlier).toBe(earlier)
    expect(settled.later).toBe(later)
  })

  test('a field named __proto__ is data (C6)', () => {
    const rules = parseFieldPolicies(JSON.parse('{"__proto__":"counter"}'))
    const [base, one, two] = [1, 2, 3].map((n) => JSON.parse(`{"__proto__":${n}}`) as JsonObject)
    const settled = settleFields(base!, one!, two!, rules)
    expect(JSON.stringify(settled.later)).toBe('{"__proto__":4}')
    expect(({} as { x?: unknown }).x).toBeUndefined()
  })
})
