const QUOTE = 0x22
const BACKSLASH = 0x5c

/** Whether JSON text has more levels than that, found without parsing it. What is no JSON gets any answer. */
export function isDeeperThan(json: Uint8Array, levels: number): boolean {
  const { length } = json
  let depth = 0
  for (let at = 0; at < length; at++) {
    switch (json[at]) {
      case QUOTE:
        for (at++; at < length && json[at] !== QUOTE; at++) if (json[at] === BACKSLASH) at++
        break
      case 0x5b: // [
      case 0x7b: // {
        depth += 1
        if (depth > levels) return true
        break
      case 0x5d: // ]
      case 0x7d: // }
        depth -= 1
        break
      default:
    }
  }
  return false
}
