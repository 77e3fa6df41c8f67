import { expect, test } from 'vitest'
import { createUndoStack } from './undo-stack.ts'

test('takes back the latest step first, each once', async () => {
  const stack = createUndoStack()
  const undone: string[] = []
  stack.push(async () => void undone.push('a'))
  stack.push(async () => void undone.push('b'))
  expect(await stack.undo()).toBe(true)
  expect(await stack.undo()).toBe(true)
  expect(await stack.undo()).toBe(false)
  expect(undone).toEqual(['b', 'a'])
})

test('takes back a step by its id, and never again', async () => {
  const stack = createUndoStack()
  const undone: string[] = []
  const first = stack.push(async () => void undone.push('a'))
  stack.push(async () => void undone.push('b'))
  expect(await stack.undo(first)).toBe(true)
  expect(await stack.undo(first)).toBe(false)
  expect(undone).toEqual(['a'])
})

test('a step that failed can be tried again', async () => {
  const stack = createUndoStack()
  let full = true
  stack.push(() => (full ? Promise.reject(new Error('full')) : Promise.resolve()))
  await expect(stack.undo()).rejects.toThrow('full')
  full = false
  expect(await stack.undo()).toBe(true)
})
