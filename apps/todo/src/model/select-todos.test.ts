import { describe, expect, test } from 'vitest'
import { countTodos, createTodoSelector, isNarrowed, tagsOf, type View, WHOLE_VIEW } from './select-todos.ts'
import type { Todo } from './todo.ts'

const todo = (id: string, changes: Partial<Todo> = {}): Todo => ({
  id,
  text: id,
  done: false,
  order: id,
  priority: 'none',
  due: null,
  tags: [],
  createdAt: 0,
  ...changes,
})

const todos = [
  todo('a', { text: 'Buy crème brûlée', tags: ['home', 'food'] }),
  todo('b', { text: 'Write the report', done: true, priority: 'high', due: '2026-12-02' }),
  todo('c', { text: 'Call Ada', tags: ['home'], priority: 'low', due: '2026-12-01' }),
]

const shown = (view: Partial<View>): string =>
  createTodoSelector()
    .select(todos, { ...WHOLE_VIEW, ...view })
    .map(({ id }) => id)
    .join('')

describe('select', () => {
  test.each([
    [{}, 'abc'],
    [{ status: 'open' }, 'ac'],
    [{ status: 'done' }, 'b'],
    [{ tag: 'home' }, 'ac'],
    [{ tag: 'food', status: 'done' }, ''],
    [{ search: 'CREME brulee' }, 'a'],
    [{ search: 'the  write' }, 'b'],
    [{ search: '#home' }, 'ac'],
    [{ search: 'nothing' }, ''],
    [{ sort: 'due' }, 'cba'],
    [{ sort: 'priority' }, 'bca'],
  ] as const)('%j shows %s', (view, expected) => {
    expect(shown(view)).toBe(expected)
  })

  test('gives the list itself where nothing is left out, so that nothing is drawn again', () => {
    expect(createTodoSelector().select(todos, WHOLE_VIEW)).toBe(todos)
  })
})

test('a search of blanks narrows nothing', () => {
  expect(isNarrowed({ ...WHOLE_VIEW, search: '  ' })).toBe(false)
  expect(isNarrowed({ ...WHOLE_VIEW, search: 'a' })).toBe(true)
})

test('counts and tags are those of the whole list', () => {
  expect(countTodos(todos)).toEqual({ all: 3, open: 2, done: 1 })
  expect(tagsOf(todos)).toEqual(['food', 'home'])
})
