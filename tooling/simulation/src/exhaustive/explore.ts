/** Every run within some bounds, depth first; or a part of them, which another thread may look at. */
import type { Bounds } from './bounds.ts'
import { nextRun } from './choices.ts'
import { type Run, runChoices } from './run.ts'
import type { Counted } from './world.ts'

/** The runs within some bounds that begin with these choices. */
export interface Part {
  readonly bounds: Bounds
  readonly begin: readonly number[]
}

export interface Exploration {
  readonly runs: number
  readonly counts: ReadonlyMap<Counted, number>
  /** The first run that broke a rule. */
  readonly failure: Run | null
}

/** How many choices the runs of one part have in common. */
const BEGINNING = 4

/** The parts that all runs within the bounds fall into. */
export async function partsOf(bounds: Bounds): Promise<readonly Part[]> {
  let begins: readonly (readonly number[])[] = [[]]
  for (let length = 0; length < BEGINNING; length += 1) {
    const longer: (readonly number[])[] = []
    for (const begin of begins) {
      const { choices } = await runChoices(bounds, begin)
      const next = choices[length]
      if (next === undefined) longer.push(begin)
      else for (let taken = 0; taken < next.of; taken += 1) longer.push([...begin, taken])
    }
    begins = longer
  }
  return begins.map((begin) => ({ bounds, begin }))
}

/** Runs all of a part, up to the first that breaks a rule. */
export async function explore({ bounds, begin }: Part): Promise<Exploration> {
  const counts = new Map<Counted, number>()
  let runs = 0
  for (let given: readonly number[] | null = begin; given !== null;) {
    const run = await runChoices(bounds, given)
    runs += 1
    for (const name of run.counted) counts.set(name, (counts.get(name) ?? 0) + 1)
    if (run.why !== null) return { runs, counts, failure: run }
    given = nextRun(run.choices, begin.length)
  }
  return { runs, counts, failure: null }
}
