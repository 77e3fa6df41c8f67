import { describe, expect, test } from 'vitest'
import { createRevisions } from './revisions.ts'

describe('createRevisions', () => {
  test('gives no number twice, over several openings and small blocks (ST3)', () => {
    let blocks = 1
    const takeBlocks = (count: number): number => (blocks += count) - count
    const handles = [
      createRevisions(takeBlocks, 4),
      createRevisions(takeBlocks, 4),
      createRevisions(takeBlocks, 4),
    ]
    const seen: number[] = []
    for (let round = 0; round < 60; round++) {
      const { reserve, next } = handles[round % 3]!
      const count = 1 + (round % 11)
      reserve(count)
      for (let taken = 0; taken < count; taken++) seen.push(next())
    }
    expect(new Set(seen).size).toBe(seen.length)
    expect(Math.min(...seen)).toBeGreaterThan(0)
  })

  test('stays within the safe integers for half a billion openings (ST3)', () => {
    const { reserve, next } = createRevisions(() => 2 ** 29 - 1)
    reserve(1)
    expect(Number.isSafeInteger(next() + 2 ** 24 - 1)).toBe(true)
  })
})
