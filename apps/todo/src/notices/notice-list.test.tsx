// @vitest-environment happy-dom
import { act, cleanup, fireEvent, render, screen } from '@testing-library/react'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { createServices, type Services, ServicesProvider } from '../services.ts'
import { NoticeList } from './notice-list.tsx'

beforeEach(() => void vi.useFakeTimers())

afterEach(() => {
  cleanup()
  vi.useRealTimers()
})

function show(): Services['notices'] {
  const services = createServices('first')
  render(
    <ServicesProvider value={services}>
      <NoticeList />
    </ServicesProvider>,
  )
  return services.notices
}

const pass = (ms: number): void => act(() => void vi.advanceTimersByTime(ms))

test('a notice goes by itself, but not while it is looked at', () => {
  const notices = show()
  act(
    () =>
      void notices.show({ kind: 'done', text: 'Deleted', action: { label: 'Undo', run: () => undefined } }),
  )
  fireEvent.focus(screen.getByRole('button', { name: 'Undo' }))
  pass(60_000)
  expect(screen.getByRole('status').textContent).toContain('Deleted')
  fireEvent.blur(screen.getByRole('button', { name: 'Undo' }))
  pass(60_000)
  expect(screen.getByRole('status').textContent).toBe('')
})

test('a failure is an alert, and stays until it is closed', () => {
  const notices = show()
  act(() => void notices.show({ kind: 'failure', text: 'The disk is full', detail: 'Free some space.' }))
  pass(600_000)
  expect(screen.getByRole('alert').textContent).toBe('The disk is fullFree some space.')
  fireEvent.click(screen.getByRole('button', { name: 'Close the notice' }))
  expect(screen.getByRole('alert').textContent).toBe('')
})
