/**
 * Ids and names as IndexedDB keys. IndexedDB compares texts by UTF-16 unit, the contract by code point: the two differ
 * from U+D800 on, where surrogates (of code points above all others) come before U+E000 to U+FFFF. So the two blocks
 * change places. Ids without such units, nearly all, are keys as they are.
 */

const HIGH_UNIT = /[\ud800-\uffff]/
const LARGEST_CODE_POINT = 0x10ffff
/** Above the first unit of every code point, as it is in a key. */
export const ABOVE_ALL = '\uffff'

/** The key of an id: keys compared by unit are ids compared by code point. */
export function toIdKey(id: string): string {
  return HIGH_UNIT.test(id) ? mapHighUnits(id, (unit) => (unit >= 0xe000 ? unit - 0x800 : unit + 0x2000)) : id
}

/** The id of a key. */
export function fromIdKey(key: string): string {
  return HIGH_UNIT.test(key)
    ? mapHighUnits(key, (unit) => (unit >= 0xf800 ? unit - 0x2000 : unit + 0x800))
    : key
}

function mapHighUnits(text: string, map: (unit: number) => number): string {
  let mapped = ''
  for (let at = 0; at < text.length; at++) {
    const unit = text.charCodeAt(at)
    mapped += String.fromCharCode(unit < 0xd800 ? unit : map(unit))
  }
  return mapped
}

/** Where bytes stand among keys. */
export interface KeyBound {
  /** The key of these bytes; where no id has them, the first key that an id above them could have. */
  readonly key: string
  readonly isExact: boolean
}

/** Bounds on ids are bytes, perhaps not even UTF-8. */
export function toKeyBound(bytes: Uint8Array): KeyBound {
  let length = bytes.length
  let text = decode(bytes)
  while (text === null) text = decode(bytes.subarray(0, --length))
  const prefix = toIdKey(text)
  if (length === bytes.length) return { key: prefix, isExact: true }
  const next = firstAbove(bytes.subarray(length))
  return { key: prefix + (next === null ? ABOVE_ALL : toIdKey(String.fromCodePoint(next))), isExact: false }
}

function decode(bytes: Uint8Array): string | null {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes)
  } catch {
    return null
  }
}

/** The lowest code point whose UTF-8 is above bytes that begin with none; null where there is no such. */
function firstAbove(bytes: Uint8Array): number | null {
  const encoder = new TextEncoder()
  let low = 0
  let high = LARGEST_CODE_POINT + 1
  while (low < high) {
    const middle = (low + high) >> 1
    // Half a code point has no UTF-8; the one before the surrogates stands for them.
    const whole = middle >= 0xd800 && middle <= 0xdfff ? 0xd7ff : middle
    if (isAbove(encoder.encode(String.fromCodePoint(whole)), bytes)) high = middle
    else low = middle + 1
  }
  return high > LARGEST_CODE_POINT ? null : high
}

function isAbove(one: Uint8Array, other: Uint8Array): boolean {
  for (let at = 0; at < Math.min(one.length, other.length); at++) {
    if (one[at] !== other[at]) return one[at]! > other[at]!
  }
  return one.length > other.length
}
