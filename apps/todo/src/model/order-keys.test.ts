import { describe, expect, test } from 'vitest'
import { indexInWhole, keysAtTop, moveTo, type Placed } from './order-keys.ts'

const sorted = (todos: readonly Placed[]): readonly Placed[] =>
  todos.toSorted((a, b) =>
    a.order < b.order ? -1 : a.order > b.order ? 1 : a.id < b.id ? -1 : a.id > b.id ? 1 : 0,
  )

const ids = (todos: readonly Placed[]): string => todos.map(({ id }) => id).join('')

const listOf = (names: string): readonly Placed[] => {
  const keys = keysAtTop([], names.length)
  return names.split('').map((id, index) => ({ id, order: keys[index]! }))
}

const apply = (todos: readonly Placed[], changes: readonly Placed[]): readonly Placed[] => {
  const orders = new Map(changes.map(({ id, order }) => [id, order]))
  return sorted(todos.map(({ id, order }) => ({ id, order: orders.get(id) ?? order })))
}

describe('keysAtTop', () => {
  test('gives keys above all that are there, in order', () => {
    const list = listOf('abc')
    const [first, second] = keysAtTop(list, 2)
    expect(ids(sorted([...list, { id: 'y', order: second! }, { id: 'x', order: first! }]))).toBe('xyabc')
  })

  test('also where the first key there is none', () => {
    expect(keysAtTop([{ id: 'a', order: '' }], 1)).toHaveLength(1)
  })
})

describe('moveTo', () => {
  test.each([
    ['c', 0, 'cabde'],
    ['a', 4, 'bcdea'],
    ['b', 2, 'acbde'],
    ['d', 1, 'adbce'],
    ['a', 99, 'bcdea'],
    ['e', -5, 'eabcd'],
  ])('puts %s at %i with one write', (id, index, expected) => {
    const list = listOf('abcde')
    const changes = moveTo(list, id, index)
    expect(changes).toHaveLength(1)
    expect(ids(apply(list, changes))).toBe(expected)
  })

  test('moves made apart to one place keep both, in the same order everywhere', () => {
    const list = listOf('abcde')
    const here = moveTo(list, 'd', 1)
    const there = moveTo(list, 'e', 1)
    const result = ids(apply(apply(list, here), there))
    expect(result).toBe(ids(apply(apply(list, there), here)))
    expect(result).toBe('adebc')
  })

  test('something is placed between two with equal keys', () => {
    const [low, high] = keysAtTop([], 2)
    const list = sorted([
      { id: 'a', order: low! },
      { id: 'b', order: low! },
      { id: 'c', order: low! },
      { id: 'd', order: high! },
    ])
    const changes = moveTo(list, 'd', 1)
    expect(changes.map(({ id }) => id)).toEqual(['d', 'b', 'c'])
    expect(ids(apply(list, changes))).toBe('adbc')
  })

  test('keys that are none are made anew, all of them', () => {
    const list = sorted([
      { id: 'a', order: '' },
      { id: 'b', order: '!!' },
      { id: 'c', order: 'a0' },
    ])
    expect(ids(apply(list, moveTo(list, 'c', 1)))).toBe('acb')
  })

  test('holds for every move of a list with some equal keys', () => {
    let list = listOf('abcdef')
    list = sorted(
      list.map((todo, index) => (index % 2 === 0 ? todo : { ...todo, order: list[index - 1]!.order })),
    )
    for (const { id } of list) {
      for (let index = 0; index < list.length; index += 1) {
        const expected = list.filter((todo) => todo.id !== id).map((todo) => todo.id)
        expected.splice(index, 0, id)
        expect(ids(apply(list, moveTo(list, id, index)))).toBe(expected.join(''))
      }
    }
  })
})

describe('indexInWhole', () => {
  test.each([
    ['e', 0, 'aebcdf'],
    ['e', 1, 'abecdf'],
    ['b', 2, 'acdefb'],
    ['b', 1, 'acdebf'],
  ])('%s at %i of what is shown', (id, index, expected) => {
    const list = listOf('abcdef')
    const shown = list.filter((todo) => 'bef'.includes(todo.id))
    expect(ids(apply(list, moveTo(list, id, indexInWhole(list, shown, id, index))))).toBe(expected)
  })

  test('alone among what is shown it goes to the top', () => {
    const list = listOf('abc')
    expect(indexInWhole(list, [list[1]!], 'b', 0)).toBe(0)
  })
})
