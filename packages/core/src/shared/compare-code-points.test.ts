import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { compareBytes } from './compare-bytes.ts'
import { compareCodePoints } from './compare-code-points.ts'
import { utf8Bytes } from './utf8-bytes.ts'

const text = fc.string({
  unit: fc.constantFrom('a', 'b', '\u0000', 'é', '\ud7ff', '\ue000', '\uffff', '😀', '\u{10ffff}'),
})

describe('compareCodePoints', () => {
  test('orders strings as their UTF-8 bytes are ordered (ST5)', () => {
    fc.assert(
      fc.property(text, text, (left, right) => {
        const expected = Math.sign(Buffer.compare(Buffer.from(left), Buffer.from(right)))
        expect(Math.sign(compareCodePoints(left, right))).toBe(expected)
        expect(Math.sign(compareBytes(Buffer.from(left), Buffer.from(right)))).toBe(expected)
      }),
    )
  })
})

describe('utf8Bytes', () => {
  test('encodes as the platform does (ST5)', () => {
    fc.assert(
      fc.property(text, (value) => {
        expect(utf8Bytes(value)).toEqual(new Uint8Array(Buffer.from(value)))
      }),
    )
  })
})
