/** Walks through all states of a world, all those that are as many steps from the start before those that are further. */
import type { Bounds } from './bounds.ts'
import { type Expansion, type Place, startOf } from './expand.ts'
import { runThreads } from '../run/threads.ts'
import { Visited } from './visited.ts'

/** Work for one thread. */
export interface Places {
  readonly bounds: Bounds
  readonly places: readonly Place[]
}

export interface Walk {
  /** Ways from one state to the next. */
  readonly steps: number
  /** Different states at rest. */
  readonly states: number
  /** The choices that lead to the first rule that was broken: nearest to the start, and always the same. */
  readonly failure: readonly number[] | null
}

/** So many states are looked at in one go. */
const PLACES = 40

export async function walk(
  bounds: Bounds,
  onCounts: (counts: Expansion['counts']) => void,
  onLevel: (sofar: { readonly steps: number; readonly states: number; readonly left: number }) => void,
): Promise<Walk> {
  const visited = new Visited()
  let [steps, states] = [0, 1]
  const start = { state: JSON.stringify(await startOf(bounds)), choices: [] }
  for (let level: readonly Place[] = [start]; level.length > 0;) {
    const next: Place[] = []
    for (const expansion of await expandAll(bounds, level)) {
      steps += expansion.steps
      onCounts(expansion.counts)
      if (expansion.failure !== null) return { steps, states, failure: expansion.failure }
      for (const { key, budget, state, choices } of expansion.reached)
        if (visited.add(key, budget)) next.push({ state, choices })
    }
    states += next.length
    level = next
    onLevel({ steps, states, left: level.length })
  }
  return { steps, states, failure: null }
}

/** What each part of the places leads to, in order, up to the first that breaks a rule; on all threads. */
async function expandAll(bounds: Bounds, places: readonly Place[]): Promise<readonly Expansion[]> {
  const parts: Places[] = []
  for (let at = 0; at < places.length; at += PLACES)
    parts.push({ bounds, places: places.slice(at, at + PLACES) })
  const expansions: Expansion[] = []
  let [taken, failed] = [0, false]
  const worker = new URL('./walk-worker.js', import.meta.url)
  await runThreads<Places, Expansion>(
    worker,
    parts.length,
    () => (failed ? null : (parts[taken++] ?? null)),
    (expansion, part) => {
      failed ||= expansion.failure !== null
      expansions[parts.indexOf(part)] = expansion
    },
  )
  return expansions
}
