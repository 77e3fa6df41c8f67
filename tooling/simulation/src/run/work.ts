/** Runs many seeds in this thread. */
import { generateScenario } from '../scenario/generate.ts'
import { addCounts, type Counts, noCounts } from '../world/counts.ts'
import { runScenario } from './run-scenario.ts'

export interface Seeds {
  readonly first: number
  readonly count: number
}

export interface Work {
  readonly counts: Counts
  readonly steps: number
  readonly failures: readonly { readonly seed: number; readonly violations: readonly string[] }[]
}

export async function runSeeds({ first, count }: Seeds): Promise<Work> {
  const counts = noCounts()
  const failures: { seed: number; violations: readonly string[] }[] = []
  let steps = 0
  for (let seed = first; seed < first + count; seed += 1) {
    const scenario = generateScenario(seed)
    const outcome = await runScenario(scenario)
    addCounts(counts, outcome.counts)
    steps += scenario.steps.length
    if (outcome.violations.length > 0) failures.push({ seed, violations: outcome.violations })
  }
  return { counts, steps, failures }
}
