import fc from 'fast-check'
import { describe, test } from 'vitest'
import { toHex, utf8ByteLength } from './bytes.ts'

describe('utf8ByteLength', () => {
  test('counts what an encoder writes, also for lone surrogates', () => {
    const text = fc.oneof(
      fc.string({ unit: 'binary' }),
      fc.string({ unit: fc.nat(0xffff).map((u) => String.fromCharCode(u)) }),
    )
    fc.assert(fc.property(text, (value) => utf8ByteLength(value) === Buffer.byteLength(value, 'utf8')))
  })
})

describe('toHex', () => {
  test('writes two lower-case digits for each byte', () => {
    fc.assert(fc.property(fc.uint8Array(), (bytes) => toHex(bytes) === Buffer.from(bytes).toString('hex')))
  })
})
