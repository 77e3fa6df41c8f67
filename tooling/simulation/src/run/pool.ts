/** Spreads seeds over threads, one for each core. What comes of a seed does not depend on the thread it runs in. */
import { availableParallelism } from 'node:os'
import { Worker } from 'node:worker_threads'
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
  const threads = Math.min(availableParallelism(), Math.ceil(seeds.count / CHUNK))
  await Promise.all(Array.from({ length: threads }, () => runThread(take, onWork)))
}

async function runThread(
  take: () => Seeds | null,
  onWork: (work: Work, seeds: Seeds) => void,
): Promise<void> {
  const worker = new Worker(new URL('./worker.js', import.meta.url))
  try {
    for (let seeds = take(); seeds !== null; seeds = take()) {
      const part = seeds
      worker.postMessage(part)
      const work = await new Promise<Work>((resolve, reject) => {
        worker.once('message', resolve)
        worker.once('error', reject)
      })
      worker.removeAllListeners('error')
      onWork(work, part)
    }
  } finally {
    await worker.terminate()
  }
}
