import { expect, test } from 'vitest'
import { budgetOf, Visited } from './visited.ts'
import type { WorldState } from './state.ts'

test('A state is followed again only where more may happen than before', () => {
  const visited = new Visited()
  expect(visited.add('a', [0, 1, 2])).toBe(true)
  expect(visited.add('a', [0, 1, 2])).toBe(false)
  expect(visited.add('a', [0, 0, 1])).toBe(false)
  expect(visited.add('b', [0, 0, 0])).toBe(true)
  expect(visited.add('a', [1, 0, 2])).toBe(true)
  expect(visited.add('a', [1, 1, 0])).toBe(true)
  expect(visited.add('a', [1, 0, 1])).toBe(false)
})

test('After a step of the second device some steps of the first are left out', () => {
  const after = (last: WorldState['last']): number =>
    budgetOf({ faultsLeft: 0, switchesLeft: 0, last } as WorldState)[2]
  expect(after(null)).toBe(after({ device: 0, isSync: false }))
  expect(after(null)).toBeGreaterThan(after({ device: 1, isSync: true }))
  expect(after({ device: 1, isSync: true })).toBeGreaterThan(after({ device: 1, isSync: false }))
})
