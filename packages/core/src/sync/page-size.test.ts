import { describe, expect, test } from 'vitest'
import { createPageSize } from './page-size.ts'

const quick = { hasMore: true, ms: 20 }

describe('createPageSize', () => {
  test('doubles while full pages come quickly, to four times what was asked for and 5,000 (W37)', () => {
    const size = createPageSize(500)
    for (const expected of [1_000, 2_000, 2_000]) {
      size.took({ ...quick, changes: size.current })
      expect(size.current).toBe(expected)
    }
    const small = createPageSize(3)
    for (let n = 0; n < 10; n += 1) small.took({ ...quick, changes: small.current })
    expect(small.current).toBe(12)
    const most = createPageSize(2_000)
    for (let n = 0; n < 3; n += 1) most.took({ ...quick, changes: most.current })
    expect(most.current).toBe(5_000)
    const large = createPageSize(8_000)
    large.took({ ...quick, changes: 8_000 })
    expect(large.current).toBe(8_000)
  })

  test('stays where pages take their time, are not full, or are the last (W37)', () => {
    const size = createPageSize(100)
    size.took({ changes: 100, hasMore: true, ms: 1_000 })
    size.took({ changes: 99, hasMore: true, ms: 1 })
    size.took({ changes: 100, hasMore: false, ms: 1 })
    expect(size.current).toBe(100)
  })

  test('halves where a page is slow or does not come in time, down to one (W37)', () => {
    const size = createPageSize(5)
    size.took({ changes: 5, hasMore: true, ms: 6_000 })
    expect(size.current).toBe(2)
    size.timedOut()
    size.timedOut()
    expect(size.current).toBe(1)
  })
})
