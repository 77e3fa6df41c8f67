import { describe, expect, test } from 'vitest'
import { MOST_WAVES, numberOfWave, Tally } from './tally.ts'

const RECORD = 'items/a'

/** So many edits of each wave, all acknowledged, by disks 0, 1 and so on. */
function tallyOf(...edits: readonly number[]): Tally {
  const tally = new Tally()
  edits.forEach((many, wave) => {
    for (let disk = 0; disk < many; disk += 1)
      tally.attempted(RECORD, numberOfWave(wave), disk, 0).acknowledged = true
  })
  return tally
}

function judged(tally: Tally, hits: number | undefined, mayRepeat = false): readonly string[] {
  return tally.judge(RECORD, hits === undefined ? undefined : { id: 'a', hits }, mayRepeat)
}

describe('the tally', () => {
  test('has every edit there once, of the last wave too', () => {
    expect(judged(tallyOf(2, 0, 3), 2 + 3 * numberOfWave(2))).toEqual([])
    const last = new Tally()
    last.attempted(RECORD, numberOfWave(MOST_WAVES - 1), 0, 0).acknowledged = true
    expect(judged(last, numberOfWave(MOST_WAVES - 1))).toEqual([])
    expect(judged(last, 0)).toHaveLength(1)
  })

  test('misses one of two that added the same (I2)', () => {
    expect(judged(tallyOf(2, 1), 1 + numberOfWave(1))).toEqual([
      'I2: of at least 2 edits that added 1 to items/a, 1 are there',
    ])
    expect(judged(tallyOf(1), undefined)).toEqual([
      'I2: of at least 1 edits that added 1 to items/a, 0 are there',
    ])
  })

  test('counts one that came twice (I3), unless that may be', () => {
    expect(judged(tallyOf(1, 1), 2 + numberOfWave(1))).toEqual([
      'I3: of at most 1 edits that added 1 to items/a, 2 are there',
    ])
    expect(judged(tallyOf(1, 1), 2 + numberOfWave(1), true)).toEqual([])
    expect(judged(tallyOf(1), -1)).toEqual(['I3: items/a counts -1, which no edits add up to'])
  })

  test('takes one that its process died of for there or not, and one that was refused for not there', () => {
    const tally = tallyOf(1)
    const unknown = tally.attempted(RECORD, 1, 1, 0)
    expect([judged(tally, 1), judged(tally, 2)]).toEqual([[], []])
    tally.refused(unknown)
    expect(judged(tally, 2)).toHaveLength(1)
  })

  test('excuses as many as were deleted, and no more', () => {
    const tally = tallyOf(3)
    tally.gone(RECORD, { id: 'a', hits: 2 })
    expect([judged(tally, 1), judged(tally, 3)]).toEqual([[], []])
    expect(judged(tally, 0)).toHaveLength(1)
  })

  test('excuses what a restore took, but for what it left', () => {
    const tally = tallyOf(3)
    tally.gone(RECORD, { id: 'a', hits: 3 }, { id: 'a', hits: 2 })
    expect(judged(tally, 2)).toEqual([])
    expect(judged(tally, 1)).toHaveLength(1)
  })

  test('excuses what a disk that was put back did not hold yet', () => {
    const tally = tallyOf(1)
    const kept = new Set(tally.acknowledged)
    tally.attempted(RECORD, numberOfWave(1), 0, 0).acknowledged = true
    tally.rolledBack(0, kept)
    expect(judged(tally, 1)).toEqual([])
    expect(judged(tally, 0)).toHaveLength(1)
  })

  test('takes what two copies of a store do alike in one moment for one', () => {
    const counted = (moments: readonly [number, number]): readonly string[] => {
      const tally = new Tally()
      tally.copied(1, 0)
      moments.forEach((atMs, disk) => (tally.attempted(RECORD, 1, disk, atMs).acknowledged = true))
      return judged(tally, 1)
    }
    expect(counted([5, 5])).toEqual([])
    expect(counted([5, 6])).toHaveLength(1)
  })

  test('excuses what was taken away from a document that never had it, and nothing else', () => {
    const tally = new Tally()
    tally.attempted(RECORD, 1, 0, 0).acknowledged = true
    tally.attempted(RECORD, numberOfWave(1), 1, 0).acknowledged = true
    tally.gone(RECORD, { id: 'a', hits: numberOfWave(1) })
    const borrowed = tally.attempted(RECORD, numberOfWave(2), 1, 1)
    borrowed.acknowledged = true
    const sum = 1 + numberOfWave(2) - numberOfWave(1)
    expect(judged(tally, sum)).not.toEqual([])
    tally.mayTakeAway(RECORD, { id: 'a', hits: numberOfWave(1) })
    expect(judged(tally, sum)).toEqual([])
    expect(tally.hasOf(borrowed, { id: 'a', hits: sum })).toBe(true)
    expect(judged(tally, sum - numberOfWave(2))).not.toEqual([])
  })
})
