import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { Random } from '../ports/random.ts'
import { createIdFactory, formatUuid7 } from './id-factory.ts'

const UUID7 = /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/

/** Bytes that differ from call to call. */
function countingRandom(fill = 0): Random {
  let next = fill
  return {
    bytes: (length) => Uint8Array.from({ length }, () => (next = (next * 5 + 17) & 255)),
    next: () => 0,
  }
}

describe('formatUuid7', () => {
  test('lays out the example of RFC 9562, appendix A.6 (D3)', () => {
    const random = Uint8Array.from([0x18, 0xc4, 0xdc, 0x0c, 0x0c, 0x07, 0x39, 0x8f])
    expect(formatUuid7(0x017f22e279b0, 0xcc3, random)).toBe('017f22e2-79b0-7cc3-88c4-dc0c0c07398f')
  })
})

describe('createIdFactory', () => {
  test('gives version 7 ids that rise, whatever the wall clock does (D3, D15)', () => {
    const times = fc.array(fc.oneof(fc.nat(5), fc.double(), fc.integer()), { minLength: 1 })
    fc.assert(
      fc.property(times, fc.nat(255), (readings, seed) => {
        let at = 0
        const newId = createIdFactory({
          clock: { now: () => readings[at++ % readings.length]! },
          random: countingRandom(seed),
        })
        let last = ''
        for (let n = 0; n < readings.length * 2; n++) {
          const id = newId()
          expect(id).toMatch(UUID7)
          expect(id > last).toBe(true)
          last = id
        }
      }),
    )
  })

  test('goes on into the next millisecond when one is full (D3)', () => {
    const newId = createIdFactory({ clock: { now: () => 1000 }, random: countingRandom() })
    const ids = Array.from({ length: 10_000 }, newId)
    expect(new Set(ids).size).toBe(ids.length)
    expect([...ids].sort()).toEqual(ids)
  })
})
