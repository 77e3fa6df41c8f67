import { utf8Bytes } from './utf8-bytes.ts'

/** The 64-bit prime is 2^40 and this. */
const PRIME_LOW = 0x1b3
const TWO_TO_32 = 0x1_0000_0000

/**
 * A fingerprint of a text: 64 bits as 16 lower-case hex digits. It tells apart what differs by accident, not by intent:
 * it is no cryptographic hash. FNV-1a of the text's UTF-8 (Fowler, Noll and Vo), in two halves of 32 bits.
 */
export function fingerprint(text: string): string {
  let high = 0xcbf29ce4
  let low = 0x84222325
  for (const byte of utf8Bytes(text)) {
    low = (low ^ byte) >>> 0
    // Below 2^42, so exact. The rest of the prime moves the lower half up by 40 bits.
    const product = low * PRIME_LOW
    high = (Math.imul(high, PRIME_LOW) + Math.floor(product / TWO_TO_32) + (low << 8)) >>> 0
    low = product >>> 0
  }
  return hex(high) + hex(low)
}

function hex(half: number): string {
  return half.toString(16).padStart(8, '0')
}
