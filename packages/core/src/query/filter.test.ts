import { describe, expect, test } from 'vitest'
import { isSyncError } from '../errors/sync-error.ts'
import { and, normalizeWhere, not, or } from './filter.ts'
import { parseFilter, parsePath } from './parse-filter.ts'

/** The place a call complains about, or that it did not. */
function placeOf(call: () => unknown): unknown {
  try {
    call()
  } catch (error) {
    return isSyncError(error, 'INVALID_OPTION') ? error.details['path'] : error
  }
  return 'no error'
}

const condition = { op: '==', path: ['a'], value: 1 }
const nested = (depth: number): unknown => {
  let filter: unknown = condition
  for (let i = 1; i < depth; i++) filter = { op: 'not', filter }
  return filter
}

describe('parseFilter', () => {
  test('copies what is right, and takes dotted paths (D12)', () => {
    const value = [{ b: [1, -0], a: undefined }]
    const given = {
      op: 'and',
      filters: [
        { op: 'in', path: 'user.name', value },
        { op: 'is-null', path: ['a.b', ''] },
      ],
    }
    const parsed = parseFilter(given)
    expect(parsed).toEqual({
      op: 'and',
      filters: [
        { op: 'in', path: ['user', 'name'], value: [{ b: [1, 0] }] },
        { op: 'is-null', path: ['a.b', ''] },
      ],
    })
    value[0] = { b: [2], a: undefined }
    expect(JSON.stringify(parsed)).toContain('[1,0]')
    expect(parseFilter(parsed)).toEqual(parsed)
    expect(parseFilter(nested(100))).toBeDefined()
  })

  test.each<readonly [unknown, string]>([
    [null, 'filter'],
    ['a', 'filter'],
    [[], 'filter'],
    [new Map(), 'filter'],
    [{}, 'filter.op'],
    [{ op: '=', path: 'a', value: 1 }, 'filter.op'],
    [{ op: 'constructor', path: 'a', value: 1 }, 'filter.op'],
    [{ op: 5 }, 'filter.op'],
    [{ op: '==', value: 1 }, 'filter.path'],
    [{ op: '==', path: 'a' }, 'filter.value'],
    [{ op: '==', path: 'a', value: undefined }, 'filter.value'],
    [{ op: '==', path: 'a', value: 1, vaule: 2 }, 'filter.vaule'],
    [{ op: 'is-null', path: 'a', value: null }, 'filter.value'],
    [{ op: 'in', path: 'a', value: 1 }, 'filter.value'],
    [{ op: 'not-in', path: 'a', value: null }, 'filter.value'],
    [{ op: 'array-contains-any', path: 'a', value: 'x' }, 'filter.value'],
    [{ op: 'contains', path: 'a', value: 1 }, 'filter.value'],
    [{ op: 'starts-with', path: 'a', value: ['x'] }, 'filter.value'],
    [{ op: 'ends-with', path: 'a', value: null }, 'filter.value'],
    [{ op: '==', path: 'a', value: Number.NaN }, 'filter.value'],
    [{ op: '==', path: 'a', value: Infinity }, 'filter.value'],
    [{ op: '==', path: 'a', value: 5n }, 'filter.value'],
    [{ op: '==', path: 'a', value: () => 1 }, 'filter.value'],
    [{ op: '==', path: 'a', value: { b: [1, undefined] } }, 'filter.value.b[1]'],
    [{ op: '==', path: 'a', value: { at: new Date(0) } }, 'filter.value.at'],
    [{ op: '==', path: 'a', value: JSON.parse('{"__proto__":1}') as unknown }, 'filter.value'],
    [{ op: 'starts-with', path: 'a', value: '\ud83d' }, 'filter.value'],
    [{ op: '==', path: 'a', value: ['a\0'] }, 'filter.value[0]'],
    [{ op: 'and', filters: condition }, 'filter.filters'],
    [{ op: 'or', filters: [condition, { op: 'x' }] }, 'filter.filters[1].op'],
    // oxlint-disable-next-line no-sparse-arrays -- a hole must not pass for a filter
    [{ op: 'or', filters: [, condition] }, 'filter.filters[0]'],
    [{ op: 'and', filter: condition }, 'filter.filter'],
    [{ op: 'not' }, 'filter.filter'],
    [{ op: 'not', filter: { op: 'in', path: 'a', value: {} } }, 'filter.filter.value'],
    [{ op: '==', path: '', value: 1 }, 'filter.path'],
    [{ op: '==', path: 'a..b', value: 1 }, 'filter.path'],
    [{ op: '==', path: [], value: 1 }, 'filter.path'],
    [{ op: '==', path: ['a', 0], value: 1 }, 'filter.path[1]'],
    [{ op: '==', path: 'a.__proto__', value: 1 }, 'filter.path'],
    [{ op: '==', path: Array.from({ length: 101 }, () => 'a'), value: 1 }, 'filter.path'],
  ])('refuses %o and names the place (D12, Q13)', (filter, place) => {
    expect(placeOf(() => parseFilter(filter))).toBe(place)
  })

  test('refuses what is nested too deeply, and cycles, without running out of stack (D12, Q13)', () => {
    expect(placeOf(() => parseFilter(nested(101)))).toMatch(/^filter(\.filter){100}$/)
    const cycle: { op: string; filter?: unknown } = { op: 'not' }
    cycle.filter = cycle
    expect(placeOf(() => parseFilter(cycle))).toMatch(/^filter(\.filter){100}$/)
    const value: unknown[] = []
    value.push(value)
    expect(placeOf(() => parseFilter({ op: '==', path: 'a', value }))).toMatch(/^filter\.value(\[0\]){100}$/)
  })
})

describe('parsePath', () => {
  test('splits dots in strings and never in arrays (Q1)', () => {
    expect(parsePath('user.name')).toEqual(['user', 'name'])
    expect(parsePath(['user.name', 'x'])).toEqual(['user.name', 'x'])
  })
})

describe('and, or, not', () => {
  test('take filters and tuples (Q2)', () => {
    expect(or(['tags', 'array-contains', 'work'], not(['due', 'is-null']), and())).toEqual({
      op: 'or',
      filters: [
        { op: 'array-contains', path: ['tags'], value: 'work' },
        { op: 'not', filter: { op: 'is-null', path: ['due'] } },
        { op: 'and', filters: [] },
      ],
    })
  })

  test('name the place of a mistake (D12)', () => {
    expect(placeOf(() => or(['a', '==', 1], ['b', 'is' as '==', 1]))).toBe('or[1][1]')
    expect(placeOf(() => and(['a', 'in', 5]))).toBe('and[0][2]')
    expect(placeOf(() => and(['a', '==', undefined]))).toBe('and[0][2]')
    expect(placeOf(() => not([5 as unknown as string, '==', 5]))).toBe('not[0]')
    expect(placeOf(() => not(['a', '==', 5, 6] as unknown as ['a', '==', 5]))).toBe('not')
    expect(placeOf(() => and(undefined as unknown as ['a', '==', 5]))).toBe('and[0]')
  })
})

describe('normalizeWhere', () => {
  test('reads an object as fields and the values they must equal (Q3)', () => {
    expect(normalizeWhere({ userId: '123', 'user.archived': false, meta: { a: 1 } })).toEqual({
      op: 'and',
      filters: [
        { op: '==', path: ['userId'], value: '123' },
        { op: '==', path: ['user', 'archived'], value: false },
        { op: '==', path: ['meta'], value: { a: 1 } },
      ],
    })
    expect(normalizeWhere({ userId: null })).toEqual({ op: '==', path: ['userId'], value: null })
    expect(normalizeWhere({})).toEqual({ op: 'and', filters: [] })
    expect(normalizeWhere({ op: 'credit' })).toEqual({ op: '==', path: ['op'], value: 'credit' })
  })

  test('takes filters and tuples too', () => {
    expect(normalizeWhere(['a', '==', 1])).toEqual(condition)
    expect(normalizeWhere(condition)).toEqual(condition)
    expect(normalizeWhere(or())).toEqual(or())
  })

  test('takes nothing silently for something else (D12)', () => {
    expect(placeOf(() => normalizeWhere({ userId: undefined }))).toBe('where.userId')
    expect(placeOf(() => normalizeWhere({ op: 'an', filters: [] }))).toBe('where.op')
    expect(placeOf(() => normalizeWhere(undefined))).toBe('where')
    expect(placeOf(() => normalizeWhere('userId'))).toBe('where')
  })
})
