import { expect, test } from 'vitest'
import { createTodoReader } from './read-todo.ts'
import type { Todo } from './todo.ts'

const good: Todo = {
  id: 'a',
  text: 'Buy milk',
  done: false,
  order: 'a0',
  priority: 'low',
  due: '2026-12-01',
  tags: ['home'],
  createdAt: 1,
}

test('a good document stays the same object', () => {
  expect(createTodoReader()(good)).toBe(good)
})

test('what another program wrote is repaired, to the same object each time', () => {
  const read = createTodoReader()
  const foreign = { id: 'b', text: 7, done: 'yes', tags: ['x', 2], priority: 'urgent', due: 'soon' } as never
  expect(read(foreign)).toEqual({
    id: 'b',
    text: '',
    done: false,
    order: '',
    priority: 'none',
    due: null,
    tags: ['x'],
    createdAt: 0,
  })
  expect(read(foreign)).toBe(read(foreign))
})
