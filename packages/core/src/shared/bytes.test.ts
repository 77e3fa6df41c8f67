import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { toHex, utf8ByteLength } from './bytes.ts'

describe('utf8ByteLength', () => {
  test('counts what an encoder writes, also for lone surrogates', () => {
    const units = fc.array(fc.nat(0xffff)).map((codes) => String.fromCharCode(...codes))
    const points = fc.array(fc.nat(0x10ffff)).map((codes) => String.fromCodePoint(...codes))
    const text = fc.oneof(fc.string(), units, points)
    fc.assert(
      fc.property(text, (value) => {
        expect(utf8ByteLength(value)).toBe(Buffer.byteLength(value, 'utf8'))
      }),
    )
  })
})

describe('toHex', () => {
  test('writes two lower-case digits for each byte', () => {
    fc.assert(
      fc.property(fc.uint8Array(), (bytes) => {
        expect(toHex(bytes)).toBe(Buffer.from(bytes).toString('hex'))
      }),
    )
  })
})
