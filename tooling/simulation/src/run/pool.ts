/** Spreads seeds over threads. What comes of a seed does not depend on the thread it runs in. */
import { runThreads } from './threads.ts'
import type { Seeds, Work } from './work.ts'

/** So many seeds go to a thread at a time. */
const CHUNK = 50

/**
 * Runs seeds from `first` on, until `count` are done or `until` says that it is enough, and tells of each part as it comes
 * in.
 */
export async function runPool(
  seeds: Seeds,
  until: () => boolean,
  onWork: (work: Work, seeds: Seeds) => void,
): Promise<void> {
  const end = seeds.first + seeds.count
  let next = seeds.first
  const take = (): Seeds | null => {
    if (next >= end || until()) return null
    const chunk = { first: next, count: Math.min(CHUNK, end - next) }
    next += chunk.count
    return chunk
  }
  await runThreads(new URL('./worker.js', import.meta.url), Math.ceil(seeds.count / CHUNK), take, onWork)
}
