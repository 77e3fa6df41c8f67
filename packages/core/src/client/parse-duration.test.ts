import { describe, expect, test } from 'vitest'
import { parseDuration } from './parse-duration.ts'

describe('parseDuration', () => {
  test.each([
    [250, 250],
    ['250ms', 250],
    ['1.5s', 1_500],
    ['30s', 30_000],
    ['5m', 300_000],
    ['12h', 43_200_000],
    ['90d', 7_776_000_000],
  ])('%j is %d ms (D12, D17)', (value, ms) => {
    expect(parseDuration(value, 'interval')).toBe(ms)
  })

  test.each([
    '',
    '5',
    'm',
    '5 m',
    '5 minutes',
    '-5s',
    '1e3s',
    Number.NaN,
    Number.POSITIVE_INFINITY,
    0,
    -1,
    null,
    undefined,
    {},
    true,
  ])('%j is none, and the option is named (D12, D17)', (value) => {
    expect(() => parseDuration(value, 'sync.interval')).toThrow('sync.interval')
  })

  test('0 where it may be (D12)', () => {
    expect(parseDuration(0, 'x', 0)).toBe(0)
  })
})
