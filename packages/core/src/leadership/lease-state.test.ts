import { expect, test } from 'vitest'
import { answered, asked, type Lease, released, taken } from './lease-state.ts'

const LEASE: Lease = { holder: 'one', asked: 3, answered: 3, status: null }

test('whoever takes a lease owes nobody an answer, and may take it again (W39)', () => {
  expect(taken(null, 'two')).toEqual({ holder: 'two', asked: 0, answered: 0, status: null })
  const lease = taken({ ...LEASE, asked: 4, status: { phase: 'idle' } }, 'two')
  expect(lease).toEqual({ holder: 'two', asked: 4, answered: 4, status: null })
  expect(taken(lease, 'two')).toBe(lease)
})

test('a question is asked once until it is answered, by the holder alone (W39)', () => {
  const question = asked(LEASE)
  expect(question).toEqual({ ...LEASE, asked: 4 })
  expect(asked(question)).toBe(question)
  expect(answered(question, 'two', null)).toBe(question)
  expect(answered(question, 'one', undefined)).toEqual({ ...LEASE, asked: 4, answered: 4 })
})

test('a status is written where it differs (W39, O3)', () => {
  const shown = answered(LEASE, 'one', { phase: 'offline' })
  expect(shown).toEqual({ ...LEASE, status: { phase: 'offline' } })
  expect(answered(shown, 'one', { phase: 'offline' })).toBe(shown)
  expect(answered(shown, 'one', undefined)).toBe(shown)
})

test('only the holder gives it back (W39)', () => {
  expect(released(LEASE, 'one')).toBeNull()
  expect(released(LEASE, 'two')).toBe(LEASE)
})
