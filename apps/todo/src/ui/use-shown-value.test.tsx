// @vitest-environment happy-dom
import { act, cleanup, renderHook } from '@testing-library/react'
import { afterEach, expect, test } from 'vitest'
import { useShownValue } from './use-shown-value.ts'

afterEach(cleanup)

test('shows what was chosen at once, and what is stored once that is settled', async () => {
  const settle: (() => void)[] = []
  const store = (): Promise<void> => new Promise((resolve) => settle.push(resolve))
  const { result, rerender } = renderHook(({ stored }) => useShownValue(stored, store), {
    initialProps: { stored: 'a' },
  })
  act(() => result.current[1]('b'))
  expect(result.current[0]).toBe('b')
  act(() => result.current[1]('c'))
  // The first choice is settled while the second is shown.
  await act(async () => settle[0]!())
  expect(result.current[0]).toBe('c')
  rerender({ stored: 'c' })
  await act(async () => settle[1]!())
  expect(result.current[0]).toBe('c')
})

test('goes back where it was refused', async () => {
  const { result } = renderHook(() => useShownValue(false, () => Promise.resolve(false)))
  await act(async () => result.current[1](true))
  expect(result.current[0]).toBe(false)
})
