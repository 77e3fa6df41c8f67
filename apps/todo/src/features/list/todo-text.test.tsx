// @vitest-environment happy-dom
import { cleanup, render, screen } from '@testing-library/react'
import { userEvent } from '@testing-library/user-event'
import { afterEach, expect, test } from 'vitest'
import { TodoText } from './todo-text.tsx'

afterEach(cleanup)

/** Edits the text; what was stored, in order. */
async function edit(typed: string, isStored = true): Promise<readonly string[]> {
  const stored: string[] = []
  render(
    <TodoText
      text="Buy milk"
      tabIndex={0}
      onChange={(text) => {
        stored.push(text)
        return Promise.resolve(isStored)
      }}
    />,
  )
  await userEvent.click(screen.getByRole('button', { name: 'Edit Buy milk' }))
  const field = screen.getByRole('textbox', { name: 'Edit todo' })
  await userEvent.clear(field)
  await userEvent.type(field, typed)
  return stored
}

const isClosed = (): boolean => screen.queryByRole('textbox') === null

test('Enter keeps what was typed, and gives the focus back', async () => {
  expect(await edit('  Buy   oat milk {Enter}')).toEqual(['Buy oat milk'])
  expect(document.activeElement).toBe(await screen.findByRole('button', { name: 'Edit Buy milk' }))
})

test('leaving keeps it too', async () => {
  const stored = await edit('Buy oat milk')
  await userEvent.tab()
  expect(stored).toEqual(['Buy oat milk'])
  expect(isClosed()).toBe(true)
})

test('Escape keeps nothing', async () => {
  expect(await edit('Buy oat milk{Escape}')).toEqual([])
  expect(isClosed()).toBe(true)
  expect(document.activeElement).toBe(screen.getByRole('button'))
})

test.each(['Buy milk{Enter}', '   {Enter}'])('%j stores nothing', async (typed) => {
  expect(await edit(typed)).toEqual([])
  expect(isClosed()).toBe(true)
})

test('what could not be stored stays in the field', async () => {
  await edit('Buy oat milk{Enter}', false)
  expect(screen.getByRole<HTMLTextAreaElement>('textbox').value).toBe('Buy oat milk')
})
