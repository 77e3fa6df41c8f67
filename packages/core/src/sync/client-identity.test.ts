import { describe, expect, test } from 'vitest'
import { seededRandom } from '../testing/seeded-random.ts'
import { newIdentity, parseIdentity, splitMutationId } from './client-identity.ts'

describe('a client identity', () => {
  test('begins at 1, is read back as stored, and is another for every client (A3, W27)', () => {
    const random = seededRandom(1)
    const one = newIdentity(random, 250)
    expect(one).toEqual({
      id: expect.stringMatching(/^[0-9a-f]{20}$/) as unknown,
      next: 1,
      offsetMs: 250,
    })
    expect(parseIdentity(JSON.stringify(one))).toEqual(one)
    expect(parseIdentity(null)).toBeNull()
    expect(newIdentity(random).id).not.toBe(one.id)
  })

  test('is told from a mutation id, whatever the client id holds (A3)', () => {
    expect(splitMutationId('0a1b.42')).toEqual({ clientId: '0a1b', n: 42 })
    expect(splitMutationId('with.dots.7')).toEqual({ clientId: 'with.dots', n: 7 })
  })
})
