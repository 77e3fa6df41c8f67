import { describe, expect, test } from 'vitest'
import type { KeyRange } from '../ports/storage.ts'
import { and, not, or, type FilterInput } from './filter.ts'
import { parseIndexes } from './index-definition.ts'
import { compoundIndexKey, indexKey } from './index-key.ts'
import { afterPrefix } from './interval-set.ts'
import { planQuery, type AccessPath } from './plan.ts'
import { EVERYTHING, type OrderBy, type QuerySpec } from './query-spec.ts'
import type { Json } from '../shared/json.ts'

const INDEXES = parseIndexes(['done', 'createdAt', ['userId', 'priority'], ['userId', 'createdAt'], 'tag'])

const order = (...paths: string[]): OrderBy[] =>
  paths.map((path) => ({ path: [path.replace('-', '')], direction: path.startsWith('-') ? 'desc' : 'asc' }))
const spec = (
  filter: FilterInput | null,
  orderBy: OrderBy[] = [],
  limit: number | null = null,
): QuerySpec => ({
  filter: filter === null ? null : and(filter),
  orderBy,
  offset: 0,
  limit,
})
const plan = (...args: Parameters<typeof spec>): AccessPath => planQuery(spec(...args), INDEXES)
/** The range of everything whose keys begin with these values. */
const within = (...values: Json[]): KeyRange => {
  const lower = compoundIndexKey(values)
  return { lower, upper: afterPrefix(lower) as Uint8Array, upperExclusive: true }
}

describe('planQuery', () => {
  test('walks by id where nothing else helps (Q6)', () => {
    const whole = {
      index: null,
      ranges: [{}],
      reverse: false,
      ordered: true,
      sortedBy: 0,
      filterCovered: true,
    }
    expect(planQuery(EVERYTHING, INDEXES)).toEqual(whole)
    expect(plan(['text', 'contains', 'x'])).toEqual({ ...whole, filterCovered: false })
    expect(plan(['done', '==', true], [], null).index).toBe('done')
    expect(planQuery(spec(['done', '==', true]), []).index).toBeNull()
  })

  test('takes equality as one range that gives the order of ids and covers the filter (Q4, Q6)', () => {
    expect(plan(['tag', '==', 'x'])).toEqual({
      index: 'tag',
      ranges: [within('x')],
      reverse: false,
      ordered: true,
      sortedBy: 0,
      filterCovered: true,
    })
  })

  test('takes an equality prefix with a range behind it (Q6)', () => {
    const path = plan(and(['userId', '==', 'u1'], ['priority', '>=', 5]))
    expect(path.index).toBe('userId,priority')
    expect(path.filterCovered).toBe(true)
    expect(path.ranges).toEqual([
      // Within numbers only: the type ends the range.
      {
        lower: compoundIndexKey(['u1', 5]),
        upper: Uint8Array.of(...indexKey('u1'), 5),
        upperExclusive: true,
      },
    ])
  })

  test('takes an equality prefix and the order behind it, forwards and backwards (Q4, Q6)', () => {
    const forwards = plan(['userId', '==', 'u1'], order('createdAt'), 10)
    expect(forwards).toMatchObject({ index: 'userId,createdAt', ordered: true, reverse: false, sortedBy: 1 })
    const backwards = plan(['userId', '==', 'u1'], order('-createdAt'), 10)
    expect(backwards).toMatchObject({
      index: 'userId,createdAt',
      ordered: true,
      reverse: true,
      filterCovered: true,
    })
    expect(plan(['userId', '==', 'u1'], order('userId', '-createdAt')).ordered).toBe(true)
  })

  test('knows that mixed directions and unfinished indexes do not give the whole order (Q4)', () => {
    expect(plan(null, order('-createdAt', 'id'), 5)).toMatchObject({
      index: 'createdAt',
      ordered: true,
      reverse: true,
    })
    expect(plan(null, order('-createdAt', '-id'), 5)).toMatchObject({ ordered: false, sortedBy: 1 })
    expect(plan(null, order('createdAt', 'text'), 5)).toMatchObject({
      index: 'createdAt',
      ordered: false,
      sortedBy: 1,
    })
    // Rows of one user come by priority, not by id.
    expect(plan(null, order('userId'), 5)).toMatchObject({
      index: 'userId,priority',
      ordered: false,
      sortedBy: 1,
    })
  })

  test('walks lists as rising ranges without doubles (Q6)', () => {
    const path = plan(['tag', 'in', ['b', 'a', 'b', null]])
    expect(path.ranges).toEqual([within(null), within('a'), within('b')])
    expect(path).toMatchObject({ index: 'tag', filterCovered: true, ordered: false })
    expect(plan(or(['tag', '==', 'a'], ['tag', 'starts-with', 'x'])).ranges).toHaveLength(2)
    const both = plan(and(['userId', 'in', ['u2', 'u1']], ['priority', 'in', [1, 2]]))
    expect(both.ranges).toEqual([within('u1', 1), within('u1', 2), within('u2', 1), within('u2', 2)])
  })

  test('walks complements, and joins ranges where a list is long (Q2, Q6)', () => {
    expect(plan(not(and(['tag', '>=', 'c'], ['tag', '<', 'x']))).index).toBeNull()
    expect(plan(or(['tag', '<', 'c'], ['tag', '>', 'x'])).ranges).toHaveLength(2)
    expect(plan(['tag', 'is-not-null']).ranges).toEqual([{ lower: Uint8Array.of(2) }])
    const long = plan(['tag', 'in', Array.from({ length: 1000 }, (_, i) => i)])
    expect(long.index).toBe('tag')
    expect(long.ranges).toHaveLength(250)
    expect(long.filterCovered).toBe(false)
    const ids = plan(['id', 'in', Array.from({ length: 1000 }, (_, i) => `id${i}`)])
    expect(ids.index).toBeNull()
    expect(ids.ranges).toHaveLength(250)
    expect(ids.filterCovered).toBe(false)
  })

  test('plans nothing where nothing can match (Q6, Q7)', () => {
    for (const impossible of [
      ['tag', 'in', []] as const,
      or(),
      and(['tag', '==', 1], ['tag', '==', 2]),
      and(['other', '>', 5], ['other', '<', 5]),
      ['id', '==', 5] as const,
      ['x', '<', null] as const,
    ]) {
      expect(plan(impossible).ranges).toEqual([])
    }
    expect(plan(null, [], 0).ranges).toEqual([])
  })

  test('walks by id for equality, lists, ranges and order of ids (Q6)', () => {
    const utf8 = (text: string): Uint8Array => new Uint8Array(Buffer.from(text))
    expect(plan(and(['id', '==', 'é'], ['done', '==', true]))).toEqual({
      index: null,
      ranges: [{ lower: utf8('é'), upper: utf8('é') }],
      reverse: false,
      ordered: true,
      sortedBy: 0,
      filterCovered: false,
    })
    const ranges = (filter: FilterInput): readonly KeyRange[] => plan(filter).ranges
    expect(ranges(['id', '>', 'b'])).toEqual([{ lower: utf8('b'), lowerExclusive: true }])
    expect(ranges(['id', '>=', 'b'])).toEqual([{ lower: utf8('b'), lowerExclusive: false }])
    expect(ranges(['id', '<', 'b'])).toEqual([{ upper: utf8('b'), upperExclusive: true }])
    expect(ranges(['id', '<=', 'b'])).toEqual([{ upper: utf8('b'), upperExclusive: false }])
    // Bounds stay well-formed text, since a store may hold ids as text.
    expect(ranges(['id', 'starts-with', 'ÿ'])).toEqual([
      { lower: utf8('ÿ'), lowerExclusive: false, upper: utf8('Ā'), upperExclusive: true },
    ])
    expect(plan(null, order('-id'))).toMatchObject({ index: null, reverse: true, ordered: true })
  })

  test('prefers the narrower path, but an ordered one where few are wanted and equality says little (Q6)', () => {
    expect(plan(and(['tag', '==', 'x'], ['done', '==', false]), order('createdAt'), 5).index).toBe('tag')
    expect(plan(['done', '==', false], order('createdAt'), 5).index).toBe('createdAt')
    expect(plan(['done', '==', false], order('createdAt')).index).toBe('done')
    const counted = planQuery(spec(['done', '==', false], order('createdAt'), 5), INDEXES, 'count')
    expect(counted).toMatchObject({ index: 'done', filterCovered: true })
  })
})
