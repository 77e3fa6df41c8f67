import { describe, expect, test } from 'vitest'
import { isHlc } from '../document/is-hlc.ts'
import {
  clampTime,
  compareHlc,
  correctTime,
  createHybridClock,
  formatHlc,
  latest,
  parseHlc,
  ZERO_TIME,
} from './hybrid-clock.ts'

const node = '00112233445566aa'
const other = 'ffffffffffffffff'
const at = (ms: number, counter = 0, by = node): string => formatHlc({ ms, counter, node: by })

describe('formatHlc and parseHlc', () => {
  test('write 12, 4 and 16 lower-case hex digits (T1, T5)', () => {
    expect(at(0x18f3c2a9b10, 10)).toBe('018f3c2a9b10-000a-00112233445566aa')
    expect(parseHlc('018f3c2a9b10-000a-00112233445566aa')).toEqual({ ms: 0x18f3c2a9b10, counter: 10, node })
  })

  test.each([
    '',
    'now',
    '018F3C2A9B10-000A-00112233445566AA',
    '018f3c2a9b10-000a-00112233445566aa\n',
    '1-0-0',
  ])('%j is none (T1, T5)', (text) => {
    expect(isHlc(text)).toBe(false)
    expect(() => parseHlc(text)).toThrow('hybrid time')
  })
})

describe('createHybridClock', () => {
  test('takes the wall clock while that rises, and counts while it does not (T1)', () => {
    const readings = [1000, 1000, 999, 5, 1001.7, Number.NaN]
    const clock = createHybridClock({ clock: { now: () => readings.shift()! }, node })
    const times = Array.from({ length: 6 }, () => clock.tick())
    expect(times).toEqual([at(1000), at(1000, 1), at(1000, 2), at(1000, 3), at(1001), at(1001, 1)])
  })

  test('passes the time of the version it edits, whoever made that (T1)', () => {
    const clock = createHybridClock({ clock: { now: () => 1000 }, node })
    expect(clock.tick(at(5000, 7, other))).toBe(at(5000, 8))
    expect(clock.tick(at(20))).toBe(at(5000, 9))
  })

  test('a full counter goes over into the milliseconds (T1)', () => {
    const clock = createHybridClock({ clock: { now: () => 0 }, node })
    expect(clock.tick(at(5000, 0xffff))).toBe(at(5001))
  })

  test('stands still at the end of time instead of breaking (T1, T5)', () => {
    const clock = createHybridClock({ clock: { now: () => Infinity }, node })
    const end = at(2 ** 48 - 1, 0xffff)
    expect(clock.tick(at(2 ** 48 - 1, 0xffff, other))).toBe(end)
    expect(clock.tick()).toBe(end)
  })

  test('refuses a node that would spoil the order (T1)', () => {
    expect(() => createHybridClock({ clock: { now: () => 0 }, node: 'me' })).toThrow('node')
  })
})

describe('correctTime', () => {
  test('shifts by the offset to the backend, keeping counter and node (T2)', () => {
    expect(correctTime(at(1000, 3), 500)).toBe(at(1500, 3))
    expect(correctTime(at(1000, 3), -400.4)).toBe(at(600, 3))
    expect(correctTime(at(1000), -5000)).toBe(at(0))
  })

  test('is later than the time of the version it was made on (T2)', () => {
    expect(correctTime(at(1000), 0, at(1000, 0, other))).toBe(at(1000, 1))
    expect(correctTime(at(1000), -999, at(1000, 0xffff, other))).toBe(at(1001))
    expect(correctTime(at(1000), 0, at(999, 9, other))).toBe(at(1000))
  })
})

describe('clampTime', () => {
  test('keeps a time up to the moment, and brings a later one down to it (T4)', () => {
    expect(clampTime(at(1000, 5), 1000)).toBe(at(1000, 5))
    expect(clampTime(at(1001, 5), 1000.9)).toBe(at(1000, 5))
  })
})

describe('latest and compareHlc', () => {
  test('order by time, counter, node (T3)', () => {
    const rising = [ZERO_TIME, at(1), at(1, 1), at(1, 1, other), at(2), at(16)]
    expect([...rising].reverse().sort(compareHlc)).toEqual(rising)
    expect(latest(at(1), at(2))).toBe(at(2))
    expect(latest(at(2), at(1))).toBe(at(2))
  })
})
