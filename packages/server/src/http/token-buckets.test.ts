import { describe, expect, test } from 'vitest'
import { createTokenBuckets } from './token-buckets.ts'

describe('createTokenBuckets', () => {
  test('gives a burst, then so many a second, to each', () => {
    let now = 0
    const buckets = createTokenBuckets({ now: () => now }, { requestsPerSecond: 10, burst: 5 })
    const take = (id: string): number => {
      let taken = 0
      try {
        for (; taken < 100; taken++) buckets.count(id)
      } catch (error) {
        expect(error).toMatchObject({ code: 'RATE_LIMITED', details: { retryAfterMs: 100 } })
      }
      return taken
    }
    expect([take('ada'), take('bob'), take('ada')]).toEqual([5, 5, 0])
    now += 300
    expect(take('ada')).toBe(3)
    now += 3_600_000
    expect(take('ada')).toBe(5)
    now -= 3_600_000
    expect(take('ada')).toBe(0)
    now += 200
    expect(take('ada')).toBe(2)
  })

  test('forgets those who have not come for long, and nobody who has used up what is his', () => {
    let now = 0
    const buckets = createTokenBuckets({ now: () => now }, { requestsPerSecond: 1, burst: 2 })
    const refused = (id: string): boolean => {
      try {
        buckets.count(id)
        return false
      } catch {
        return true
      }
    }
    for (let n = 0; n < 9_998; n++) buckets.count(`user ${n}`)
    now += 5_000
    buckets.count('ada')
    buckets.count('ada')
    // The one that is one too many sweeps.
    for (let n = 0; n < 20_000; n++) buckets.count(`new ${n}`)
    expect(refused('ada')).toBe(true)
    expect(refused('user 1')).toBe(false)
  })
})
