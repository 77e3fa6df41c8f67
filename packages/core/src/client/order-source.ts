/** Places in the outbox: whole numbers that rise, also over restarts and clocks that jump back. */
import type { Clock } from '../ports/clock.ts'
import type { Lane, Storage } from '../ports/storage.ts'

const LANES: readonly Lane[] = ['waiting', 'sending', 'parked']
const PAGE = 1_000

/** Leaves room for a thousand edits a millisecond, and stays a safe integer until the year 2255. */
const PER_MS = 1_000

/** Gives places above all those in the storage's outbox, and above all it gave before. */
export async function createOrderSource(storage: Storage, clock: Clock): Promise<() => number> {
  let last = clock.now() * PER_MS
  // Only places beyond now matter: what is below is passed by the clock anyway.
  for (const lane of LANES) last = Math.max(last, await largest(storage, lane, last))
  return () => {
    last = Math.max(last + 1, Math.floor(clock.now() * PER_MS))
    return last
  }
}

async function largest(storage: Storage, lane: Lane, from: number): Promise<number> {
  let after = from
  for (;;) {
    const rows = await storage.outbox({ lane, scope: null, after, limit: PAGE })
    for (const { order } of rows) after = Math.max(after, order)
    if (rows.length < PAGE) return after
  }
}
