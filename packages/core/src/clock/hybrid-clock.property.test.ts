import fc from 'fast-check'
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
} from './hybrid-clock.ts'

const node = fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }).map((n) => n.toString(16).padStart(16, '0'))
const counter = fc.oneof(fc.nat(3), fc.integer({ min: 0xfffd, max: 0xffff }))
const hlc = fc.record({ ms: fc.oneof(fc.nat(10), fc.nat(2 ** 31)), counter, node }).map(formatHlc)
const reading = fc.oneof(fc.nat(10), fc.double(), fc.integer())

const order = (time: string): string => time.slice(0, 17)

describe('createHybridClock', () => {
  test('every time is above all before it and above what it follows, under jumping clocks (T1)', () => {
    const steps = fc.array(fc.tuple(reading, fc.option(hlc, { nil: undefined })), { minLength: 1 })
    fc.assert(
      fc.property(node, steps, (name, all) => {
        let now = 0
        const clock = createHybridClock({ clock: { now: () => now }, node: name })
        let last = ''
        for (const [wall, after] of all) {
          now = wall
          const time = clock.tick(after)
          expect(isHlc(time)).toBe(true)
          expect(parseHlc(time).node).toBe(name)
          const stuck = last.startsWith('ffffffffffff-ffff')
          if (!stuck) expect(order(time) > order(last)).toBe(true)
          if (after !== undefined) expect(order(time) > order(after)).toBe(true)
          last = time
        }
      }),
    )
  })

  test('two clocks that hear of each other never go back (T1)', () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.boolean(), fc.nat(1000)), { minLength: 2 }), (edits) => {
        let now = 0
        const clocks = ['a', 'b'].map((digit) =>
          createHybridClock({ clock: { now: () => now }, node: digit.repeat(16) }),
        )
        const times: string[] = []
        for (const [first, wall] of edits) {
          now = wall
          times.push(clocks[first ? 0 : 1]!.tick(times.at(-1)))
        }
        expect([...new Set(times)].sort(compareHlc)).toEqual(times)
      }),
    )
  })
})

describe('correctTime', () => {
  test('is a time, after atLeast, and exact where atLeast allows (T2)', () => {
    const offset = fc.integer({ min: -(10 ** 9), max: 10 ** 9 })
    fc.assert(
      fc.property(hlc, offset, fc.option(hlc, { nil: undefined }), (time, offsetMs, atLeast) => {
        const corrected = correctTime(time, offsetMs, atLeast)
        expect(isHlc(corrected)).toBe(true)
        expect(parseHlc(corrected).node).toBe(parseHlc(time).node)
        if (atLeast !== undefined) expect(order(corrected) > order(atLeast)).toBe(true)
        else expect(parseHlc(corrected).ms).toBe(Math.max(0, parseHlc(time).ms + offsetMs))
      }),
    )
  })

  test('the same offset keeps the order of one device (T2)', () => {
    fc.assert(
      fc.property(hlc, hlc, fc.nat(10 ** 9), (a, b, offsetMs) => {
        expect(compareHlc(correctTime(a, offsetMs), correctTime(b, offsetMs))).toBe(compareHlc(a, b))
      }),
    )
  })
})

describe('the written form', () => {
  test('orders as its parts do, and reads back (T1, T5)', () => {
    fc.assert(
      fc.property(hlc, hlc, (a, b) => {
        const [x, y] = [parseHlc(a), parseHlc(b)]
        const byParts =
          x.ms - y.ms || x.counter - y.counter || (x.node < y.node ? -1 : x.node > y.node ? 1 : 0)
        expect(compareHlc(a, b)).toBe(Math.sign(byParts))
        expect(formatHlc(x)).toBe(a)
        expect(latest(a, b)).toBe(latest(b, a))
      }),
    )
  })

  test('clamping never raises a time and never leaves one beyond the bound (T4)', () => {
    fc.assert(
      fc.property(hlc, fc.nat(2 ** 31), (time, maxMs) => {
        const clamped = clampTime(time, maxMs)
        expect(clamped <= time).toBe(true)
        expect(parseHlc(clamped).ms).toBeLessThanOrEqual(maxMs)
        expect(clampTime(clamped, maxMs)).toBe(clamped)
      }),
    )
  })
})
