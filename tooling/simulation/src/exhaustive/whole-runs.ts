/** Every run within some bounds, spread over threads. */
import type { Bounds } from './bounds.ts'
import { type Exploration, type Part, partsOf } from './explore.ts'
import { runThreads } from '../run/threads.ts'
import type { Run } from './run.ts'

export interface WholeRuns {
  readonly runs: number
  /** Of several that break a rule the first, as if there were one thread. */
  readonly failure: Run | null
}

export async function exploreWhole(
  bounds: Bounds,
  onCounts: (counts: Exploration['counts']) => void,
): Promise<WholeRuns> {
  const parts = await partsOf(bounds)
  const failures = new Map<number, Run>()
  let [runs, next] = [0, 0]
  const take = (): Part | null => (failures.size > 0 ? null : (parts[next++] ?? null))
  const worker = new URL('./worker.js', import.meta.url)
  await runThreads<Part, Exploration>(worker, parts.length, take, (exploration, part) => {
    runs += exploration.runs
    onCounts(exploration.counts)
    if (exploration.failure !== null) failures.set(parts.indexOf(part), exploration.failure)
  })
  return { runs, failure: failures.get(Math.min(...failures.keys())) ?? null }
}
