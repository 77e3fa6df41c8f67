/** Bytes and text, by the language alone. */

/** How many bytes the text has in UTF-8. A lone surrogate counts as U+FFFD, which is what encoders make of it. */
export function utf8ByteLength(text: string): number {
  const length = text.length
  let bytes = length
  for (let index = 0; index < length; index++) {
    const unit = text.charCodeAt(index)
    if (unit < 0x80) continue
    if (unit < 0x800) {
      bytes += 1
    } else if (isHigh(unit) && index + 1 < length && isLow(text.charCodeAt(index + 1))) {
      bytes += 2
      index++
    } else {
      bytes += 2
    }
  }
  return bytes
}

/** Lower-case hex, two digits for each byte, or for each from one place up to another. */
export function toHex(bytes: Uint8Array, from = 0, to: number = bytes.length): string {
  let hex = ''
  for (let at = from; at < to; at++) hex += HEX_BY_BYTE[bytes[at]!]!
  return hex
}

const HEX_BY_BYTE: readonly string[] = Array.from({ length: 256 }, (_, byte) =>
  byte.toString(16).padStart(2, '0'),
)

function isHigh(unit: number): boolean {
  return unit >= 0xd800 && unit <= 0xdbff
}

function isLow(unit: number): boolean {
  return unit >= 0xdc00 && unit <= 0xdfff
}
