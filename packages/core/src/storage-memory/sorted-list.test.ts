import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { SortedList } from './sorted-list.ts'

const compare = (left: number, right: number): number => left - right

describe('SortedList', () => {
  test('equals a sorted array of distinct numbers after any adding and removing (ST5)', () => {
    const step = fc.tuple(fc.boolean(), fc.integer({ min: 0, max: 3_000 }))
    fc.assert(
      fc.property(
        fc.array(step, { maxLength: 6_000, minLength: 2_000 }),
        fc.integer({ min: -1, max: 3_001 }),
        (steps, at) => {
          const list = new SortedList<number>(compare)
          const model = new Set<number>()
          for (const [isAdded, value] of steps) {
            if (isAdded) {
              list.add(value)
              model.add(value)
            } else {
              list.delete(value)
              model.delete(value)
            }
          }
          const sorted = [...model].sort(compare)
          expect(list.size).toBe(sorted.length)
          expect([...list.from((value) => value < at)]).toEqual(sorted.filter((value) => value >= at))
          expect(list.rank((value) => value < at)).toBe(sorted.filter((value) => value < at).length)
          expect(list.lastBefore((value) => value < at)).toBe(sorted.findLast((value) => value < at))
        },
      ),
      { numRuns: 30 },
    )
  })

  test('stays fast with 100,000 items in any order', () => {
    const list = new SortedList<number>(compare)
    for (let index = 0; index < 100_000; index++) list.add((index * 7_919) % 100_003)
    expect(list.size).toBe(100_000)
    expect(
      [...list.from(() => false)].every((value, index, all) => index === 0 || all[index - 1]! < value),
    ).toBe(true)
  })
})
