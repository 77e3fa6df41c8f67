/**
 * A fingerprint of a text: 64 bits as 16 lower-case hex digits. It tells apart what differs by accident, not by intent:
 * it is no cryptographic hash. After cyrb53 by bryc: two lanes, mixed in the end as MurmurHash3 does.
 */
export function fingerprint(text: string): string {
  let first = 0xdeadbeef
  let second = 0x41c6ce57
  for (let at = 0; at < text.length; at += 1) {
    const unit = text.charCodeAt(at)
    first = Math.imul(first ^ unit, 0x9e3779b1)
    second = Math.imul(second ^ unit, 0x5f356495)
  }
  first = mixed(first, second)
  second = mixed(second, first)
  return hex(first) + hex(second)
}

function mixed(lane: number, other: number): number {
  return Math.imul(lane ^ (lane >>> 16), 0x85ebca6b) ^ Math.imul(other ^ (other >>> 13), 0xc2b2ae35)
}

function hex(lane: number): string {
  return (lane >>> 0).toString(16).padStart(8, '0')
}
