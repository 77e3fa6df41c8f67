/**
 * Order of strings by code point, which is also the order of their UTF-8 bytes. JavaScript's own `<` compares UTF-16
 * code units, where the surrogates of U+10000 and above come before U+E000 to U+FFFF.
 */
export function compareCodePoints(left: string, right: string): number {
  if (left === right) return 0
  const length = Math.min(left.length, right.length)
  for (let index = 0; index < length; index++) {
    const difference = left.charCodeAt(index) - right.charCodeAt(index)
    if (difference === 0) continue
    const bothHigh = left.charCodeAt(index) >= 0xd800 && right.charCodeAt(index) >= 0xd800
    return bothHigh ? place(left.charCodeAt(index)) - place(right.charCodeAt(index)) : difference
  }
  return left.length - right.length
}

/** Moves the surrogates above all other code units. */
function place(unit: number): number {
  return unit <= 0xdfff ? unit + 0x10000 : unit
}
