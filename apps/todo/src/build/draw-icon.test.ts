import { inflateSync } from 'node:zlib'
import { describe, expect, test } from 'vitest'
import { drawIcon } from './draw-icon.ts'

/** The pixels of a PNG with one IDAT and no filters, as this app writes them. */
function decode(png: Uint8Array): (x: number, y: number) => readonly number[] {
  const bytes = Buffer.from(png)
  const size = bytes.readUInt32BE(16)
  const at = bytes.indexOf('IDAT')
  const rows = inflateSync(bytes.subarray(at + 4, at + 4 + bytes.readUInt32BE(at - 4)))
  expect(rows.length).toBe(size * (size * 4 + 1))
  return (x, y) => [...rows.subarray(y * (size * 4 + 1) + 1 + x * 4).subarray(0, 4)]
}

const WHITE = [255, 255, 255, 255]

describe('drawIcon', () => {
  test('has round corners that are clear, and a white tick', () => {
    const pixel = decode(drawIcon({ size: 64, isMaskable: false }))
    expect(pixel(0, 0)[3]).toBe(0)
    expect(pixel(63, 63)[3]).toBe(0)
    expect(pixel(32, 2)[3]).toBe(255)
    expect(pixel(28, 42)).toEqual(WHITE)
  })

  test('where the system cuts it to a shape, it fills the square, and the sign keeps to its middle', () => {
    const pixel = decode(drawIcon({ size: 64, isMaskable: true }))
    expect(pixel(0, 0)[3]).toBe(255)
    const middle = (at: number): boolean =>
      Math.hypot((at % 64) - 31.5, Math.floor(at / 64) - 31.5) < 64 * 0.4
    for (let at = 0; at < 64 * 64; at += 1) {
      if (!middle(at)) expect(pixel(at % 64, Math.floor(at / 64))).not.toEqual(WHITE)
    }
  })
})
