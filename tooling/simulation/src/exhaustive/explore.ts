/** Every run within some bounds, one after the other, depth first. */
import type { Bounds } from './bounds.ts'
import { nextRun } from './choices.ts'
import { type Run, runChoices } from './run.ts'
import type { Counted } from './world.ts'

export interface Exploration {
  readonly runs: number
  readonly counts: ReadonlyMap<Counted, number>
  /** The first run that broke a rule. */
  readonly failure: Run | null
}

/** Runs all, up to the first that breaks a rule. */
export async function explore(bounds: Bounds): Promise<Exploration> {
  const counts = new Map<Counted, number>()
  let runs = 0
  for (let given: readonly number[] | null = []; given !== null;) {
    const run = await runChoices(bounds, given)
    runs += 1
    for (const name of run.counted) counts.set(name, (counts.get(name) ?? 0) + 1)
    if (run.why !== null) return { runs, counts, failure: run }
    given = nextRun(run.choices)
  }
  return { runs, counts, failure: null }
}
