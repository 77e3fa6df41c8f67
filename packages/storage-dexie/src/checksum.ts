/** Checksums over texts: quick, since each text that is read or written is run through one. */

/** Where a checksum begins. */
export const START = 0x811c9dc5

/**
 * Goes on with a text. One changed unit always changes the result: every step is a bijection of the state. The length
 * goes in first, so that what stands at the end of one text and at the beginning of the next is told apart.
 */
export function addText(state: number, text: string): number {
  let mixed = addNumber(state, text.length)
  for (let at = 0; at < text.length; at++) mixed = Math.imul(mixed ^ text.charCodeAt(at), 0x01000193)
  return finish(mixed)
}

/** Goes on with a safe integer, both halves of it. */
export function addNumber(state: number, value: number): number {
  const low = Math.imul(state ^ (value >>> 0), 0x9e3779b1)
  return finish(Math.imul(low ^ Math.floor(value / 0x1_0000_0000), 0x85ebca6b))
}

/** Spreads what the last units changed over all bits. */
function finish(state: number): number {
  const spread = Math.imul(state ^ (state >>> 16), 0x45d9f3b)
  return (spread ^ (spread >>> 15)) >>> 0
}
