/** Ids for new documents: UUIDs of version 7 (RFC 9562), which sort by the time they were made. */
import type { Clock } from '../ports/clock.ts'
import type { Random } from '../ports/random.ts'
import { toHex } from '../shared/bytes.ts'

const MAX_MS = 2 ** 48 - 1
const MAX_COUNTER = 0xfff
/** 8 bytes for the id and one to begin the counter. Asking for many at a time costs a fraction of asking for few. */
const ID_BYTES = 9
const POOL_BYTES = 64 * ID_BYTES

/**
 * Makes a function that gives new ids, each above all it gave before: within one millisecond by a counter that begins
 * at random (RFC 9562, 6.2, method 1), and also when the wall clock jumps back.
 */
export function createIdFactory(deps: { readonly clock: Clock; readonly random: Random }): () => string {
  let pool: Uint8Array = new Uint8Array(0)
  let used = 0
  let lastMs = -1
  let counter = 0
  return () => {
    if (used + ID_BYTES > pool.length) {
      pool = deps.random.bytes(POOL_BYTES)
      used = 0
    }
    const at = used
    used += ID_BYTES
    const now = wholeMs(deps.clock.now())
    if (now > lastMs) {
      lastMs = now
      // The upper half stays free, so that many ids fit into one millisecond.
      counter = pool[at + 8]! << 3
    } else if (counter < MAX_COUNTER) {
      counter++
    } else {
      lastMs = Math.min(lastMs + 1, MAX_MS)
      counter = 0
    }
    return formatUuid7(lastMs, counter, pool, at)
  }
}

/**
 * One id from its parts: milliseconds, the 12 bits after the version, and the 8 random bytes at a place, of which 62 bits
 * are used.
 */
export function formatUuid7(ms: number, counter: number, random: Uint8Array, at = 0): string {
  const time = wholeMs(ms).toString(16).padStart(12, '0')
  const tail = toHex(random, at, at + 8)
  const variant = (8 + (random[at]! >> 6)).toString(16)
  return (
    `${time.slice(0, 8)}-${time.slice(8)}-7${counter.toString(16).padStart(3, '0')}-` +
    `${variant}${tail.slice(1, 4)}-${tail.slice(4)}`
  )
}

function wholeMs(ms: number): number {
  return Number.isNaN(ms) ? 0 : Math.min(Math.max(Math.floor(ms), 0), MAX_MS)
}
