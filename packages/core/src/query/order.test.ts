import { describe, expect, test } from 'vitest'
import type { Json } from '../shared/json.ts'
import { compareDocuments, compareJson } from './order.ts'
import type { Doc, OrderBy } from './query-spec.ts'

/** Rising; the values of one inner list are equal. */
const RISING: readonly (readonly (Json | undefined)[])[] = [
  [null, undefined],
  [false],
  [true],
  [-Number.MAX_VALUE],
  [-(2 ** 53) - 2],
  [-1.5],
  [-1],
  [-Number.MIN_VALUE],
  [0, -0],
  [Number.MIN_VALUE],
  [1],
  [1.5],
  [2 ** 53 - 1],
  [2 ** 53],
  [2 ** 53 + 2],
  [Number.MAX_VALUE],
  [''],
  ['A'],
  ['B'],
  ['a'],
  ['a\u0001'],
  ['aa'],
  ['é'],
  ['\ud7ff'],
  ['\ue000'],
  ['\uff21'],
  ['😀'],
  ['😀a'],
  ['😁'],
  [[]],
  [[null]],
  [[null, null]],
  [[1]],
  [[1, 'a']],
  [['a']],
  [[[]]],
  [{}],
  [{ '': 1 }],
  [{ a: null }],
  [{ a: 1 }],
  [
    { a: 1, b: 1 },
    { b: 1, a: 1 },
  ],
  [{ a: 2 }],
  [{ b: 0 }],
  [{ '\uff21': 0 }],
  [{ '😀': 0 }],
]

describe('compareJson', () => {
  test('orders null, booleans, numbers, strings, arrays and objects, in that order and within each (Q1, Q3, Q4)', () => {
    const values = RISING.flatMap((equal, place) => equal.map((value) => ({ value, place })))
    const pairs = values.flatMap((a) => values.map((b) => ({ a, b })))
    const wrong = pairs.filter(
      ({ a, b }) => Math.sign(compareJson(a.value, b.value)) !== Math.sign(a.place - b.place),
    )
    expect(wrong).toEqual([])
  })
})

describe('compareDocuments', () => {
  const sortedIds = (documents: readonly Doc[], orderBy: readonly OrderBy[]): string[] =>
    documents.toSorted(compareDocuments(orderBy)).map(({ id }) => id)

  test('breaks ties by rising id, also when the order falls (Q4)', () => {
    const documents: Doc[] = [
      { id: 'c', n: 1 },
      { id: 'a', n: 1 },
      { id: 'b', n: 2 },
      { id: 'd' },
      { id: '😀', n: 1 },
      { id: '\uff21', n: 1 },
    ]
    expect(sortedIds(documents, [{ path: ['n'], direction: 'desc' }])).toEqual([
      'b',
      'a',
      'c',
      '\uff21',
      '😀',
      'd',
    ])
    expect(sortedIds(documents, [{ path: ['n'], direction: 'asc' }])).toEqual([
      'd',
      'a',
      'c',
      '\uff21',
      '😀',
      'b',
    ])
    expect(sortedIds(documents, [])).toEqual(['a', 'b', 'c', 'd', '\uff21', '😀'])
  })

  test('orders by several nested paths, each with its own direction (Q4)', () => {
    const documents: Doc[] = [
      { id: '1', user: { name: 'Bo' }, n: 1 },
      { id: '2', user: { name: 'Al' }, n: 1 },
      { id: '3', user: { name: 'Bo' }, n: 2 },
      { id: '4', user: 'Bo', n: 9 },
    ]
    const orderBy: OrderBy[] = [
      { path: ['user', 'name'], direction: 'asc' },
      { path: ['n'], direction: 'desc' },
    ]
    expect(sortedIds(documents, orderBy)).toEqual(['4', '2', '3', '1'])
  })
})
