import { describe, expect, test } from 'vitest'
import type { Filter, Operator } from '../protocol/filter.ts'
import type { Json } from '../shared/json.ts'
import { evaluate } from './evaluate.ts'
import { and, not, or } from './filter.ts'
import type { Doc } from './query-spec.ts'

const NOTHING = Symbol('missing')
type Value = Json | typeof NOTHING

const document = (value: Value): Doc => (value === NOTHING ? { id: 'x' } : { id: 'x', v: value })
const condition = (op: Operator, value: Json): Filter =>
  op === 'is-null' || op === 'is-not-null' ? { op, path: ['v'] } : { op, path: ['v'], value }

/** Operator, its value, what matches, what does not. */
const CASES: readonly (readonly [Operator, Json, readonly Value[], readonly Value[]])[] = [
  ['==', 1, [1], [NOTHING, null, 2, '1', true, [1]]],
  ['==', 0, [0, -0], ['', false, null, NOTHING]],
  ['==', null, [null, NOTHING], [0, '', false, [], {}]],
  ['==', 'a', ['a'], ['A', 'a ', ['a']]],
  ['==', { a: 1, b: [2] }, [{ b: [2], a: 1 }], [{ a: 1 }, { a: 1, b: [2], c: null }, [], NOTHING]],
  // Inside a value, null and absent are two things; only a missing path is null.
  ['==', { a: null }, [{ a: null }], [{}, null]],
  ['==', {}, [{}], [{ a: null }, [], null, NOTHING]],
  ['==', [1, 2], [[1, 2]], [[2, 1], [1], [1, 2, 3], { 0: 1, 1: 2 }]],
  ['!=', 1, [NOTHING, null, 2, '1', [1]], [1]],
  ['!=', null, [0, '', false, []], [null, NOTHING]],
  ['<', 5, [4, -1, 4.999], [5, 6, '1', null, NOTHING, true, [1]]],
  ['<=', 5, [5, 4], [6, '5', null]],
  ['>', 5, [6, 5.001], [5, 4, '6', [6], {}]],
  ['>=', 5, [5, 6], [4, '5']],
  ['<', 'b', ['a', '', 'B', 'az'], ['b', 'c', 1, null, NOTHING]],
  ['>', '\uff21', ['😀'], ['\uff21', 'a']],
  ['<', true, [false], [true, 0, null]],
  ['<', null, [], [null, NOTHING, 0]],
  ['<=', null, [null, NOTHING], [0, false]],
  ['>=', null, [null, NOTHING], [0, 'a']],
  ['<', [1, 2], [[], [1], [1, 1], [0, 9]], [[1, 2], [1, 3], 'a', {}]],
  ['>', { a: 1 }, [{ a: 2 }, { b: 0 }, { a: 1, b: 0 }], [{ a: 1 }, {}, [9]]],
  ['in', [1, 'a', null], [1, 'a', null, NOTHING], [2, 'b', true]],
  ['in', [], [], [NOTHING, null, 1, []]],
  ['in', [[1], { a: 1 }], [[1], { a: 1 }], [1, [], { a: 2 }, null]],
  ['not-in', [1, null], [2, 'a', [1]], [1, null, NOTHING]],
  ['not-in', [], [NOTHING, null, 1], []],
  ['array-contains', 'a', [['a'], ['b', 'a']], [[], ['b'], 'a', [['a']], { 0: 'a' }, NOTHING]],
  ['array-contains', null, [[null]], [[], null, NOTHING]],
  ['array-contains', { a: 1 }, [[{ a: 1 }]], [[{ a: 2 }], { a: 1 }]],
  ['array-contains-any', ['a', 1], [['a'], [2, 1]], [[], ['b'], 'a', NOTHING]],
  ['array-contains-any', [], [], [[], ['a'], NOTHING]],
  ['contains', 'ell', ['hello', 'ell'], ['Ell', 'el', ['ell'], 5, null, NOTHING]],
  ['contains', '', ['', 'a'], [null, NOTHING, []]],
  ['starts-with', 'he', ['he', 'hello'], ['He', 'the', ['he'], NOTHING]],
  ['starts-with', '', ['', 'x'], [1, null]],
  ['ends-with', 'lo', ['lo', 'hello'], ['LO', 'low', ['lo'], null]],
  ['is-null', null, [null, NOTHING], [0, '', false, [], {}]],
  ['is-not-null', null, [0, '', false, [], {}], [null, NOTHING]],
]

const COMPLEMENTS: Partial<Record<Operator, Operator>> = {
  '==': '!=',
  '!=': '==',
  in: 'not-in',
  'not-in': 'in',
  'is-null': 'is-not-null',
  'is-not-null': 'is-null',
}

describe('evaluate', () => {
  test.each(CASES)('%s %j (Q1, Q3)', (op, value, matching, others) => {
    const found = [...matching, ...others].filter((one) => evaluate(condition(op, value), document(one)))
    expect(found).toEqual(matching)
  })

  test.each(CASES)(
    'not %s %j is its exact complement, by operator too (Q2)',
    (op, value, matching, others) => {
      const opposite = COMPLEMENTS[op]
      const negations = [not(condition(op, value)), ...(opposite ? [condition(opposite, value)] : [])]
      for (const negation of negations) {
        const found = [...matching, ...others].filter((one) => evaluate(negation, document(one)))
        expect(found).toEqual(others)
      }
    },
  )

  test('and of nothing is true, or of nothing is false (Q2)', () => {
    const doc = document(1)
    expect(evaluate(and(), doc)).toBe(true)
    expect(evaluate(or(), doc)).toBe(false)
    expect(evaluate(not(or()), doc)).toBe(true)
    expect(evaluate(null, doc)).toBe(true)
    expect(evaluate(and(['v', '==', 1], ['id', '==', 'x']), doc)).toBe(true)
    expect(evaluate(and(['v', '==', 1], ['id', '==', 'y']), doc)).toBe(false)
    expect(evaluate(or(['v', '==', 2], ['id', '==', 'x']), doc)).toBe(true)
  })

  test('follows own properties of objects only; everything else is missing (Q1)', () => {
    const doc: Doc = {
      id: 'x',
      user: { name: 'Ada' },
      list: [{ name: 'Ada' }],
      text: 'hello',
      'a.b': 1,
      deep: { constructor: 'own' },
    }
    const isNull = (...path: string[]): boolean => evaluate({ op: 'is-null', path }, doc)
    expect(isNull('user', 'name')).toBe(false)
    expect(isNull('a.b')).toBe(false)
    expect(isNull('deep', 'constructor')).toBe(false)
    for (const path of [
      ['user', 'name', 'length'],
      ['user', 'constructor'],
      ['user', 'toString', 'name'],
      ['constructor'],
      ['__proto__'],
      ['hasOwnProperty'],
      ['list', '0'],
      ['list', '0', 'name'],
      ['list', 'length'],
      ['text', 'length'],
      ['text', '0'],
      ['nothing', 'at', 'all'],
    ]) {
      expect([path, isNull(...path)]).toEqual([path, true])
    }
  })
})
