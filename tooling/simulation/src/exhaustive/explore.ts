/** Every run within some bounds, one after the other, depth first. */
import { nextRun } from './choices.ts'
import { Violation } from './oracle.ts'
import { type Bounds, type Counted, Run } from './run.ts'

export interface Exploration {
  readonly runs: number
  readonly counts: ReadonlyMap<Counted, number>
  readonly failure: Failure | null
}

export interface Failure {
  readonly choices: readonly number[]
  readonly trace: readonly string[]
  readonly why: string
}

/** Runs all, up to the first that breaks a rule. */
export async function explore(bounds: Bounds): Promise<Exploration> {
  const counts = new Map<Counted, number>()
  let runs = 0
  for (let given: readonly number[] | null = []; given !== null;) {
    const run = new Run(bounds, given)
    const failure = await attempt(run)
    runs += 1
    for (const name of run.counted) counts.set(name, (counts.get(name) ?? 0) + 1)
    if (failure !== null) return { runs, counts, failure }
    given = nextRun(run.choices.made)
  }
  return { runs, counts, failure: null }
}

/** The one run of these choices. */
export async function replay(
  bounds: Bounds,
  choices: readonly number[],
): Promise<Run & { readonly failure: Failure | null }> {
  const run = new Run(bounds, choices)
  return Object.assign(run, { failure: await attempt(run) })
}

async function attempt(run: Run): Promise<Failure | null> {
  try {
    await run.finish()
    return null
  } catch (error) {
    const choices = run.choices.made.map(({ taken }) => taken)
    const why = error instanceof Violation ? error.message : String((error as Error).stack ?? error)
    return { choices, trace: run.trace, why }
  }
}
