/** Shows a failure so that a person can begin to think: seed and commit, the rules broken, a short trace, how to see more. */
import { execFileSync } from 'node:child_process'
import { mkdirSync, writeFileSync } from 'node:fs'
import { generateScenario } from '../scenario/generate.ts'
import type { Scenario } from '../scenario/scenario.ts'
import { runScenario } from './run-scenario.ts'
import { ruleOf, shrink } from './shrink.ts'

/** Lines of trace that are shown; the file has the scenario, and a replay shows all. */
const MOST_LINES = 60

export async function tellSeedFailure(
  seed: number,
  violations: readonly string[],
  print: (line: string) => void,
): Promise<void> {
  print(`\nSEED ${seed} of commit ${commit()} breaks ${violations.length === 1 ? 'a rule' : 'rules'}:`)
  for (const violation of violations.slice(0, 5)) print(`  ${violation}`)
  if ((await runScenario(generateScenario(seed))).violations.length === 0) {
    print(
      'Run again by itself it keeps every rule: something besides the seed has decided. That is a fault of the simulator.',
    )
    return
  }
  const rule = ruleOf(violations[0]!)
  const short = await shrink(generateScenario(seed), async (candidate) => {
    const outcome = await runScenario(candidate)
    return outcome.violations.some((violation) => ruleOf(violation) === rule)
  })
  const file = save(short)
  await tellTrace(short, print)
  print(`\nAgain, shrunk to ${short.steps.length} steps:  pnpm simulate --replay ${file}`)
  print(`Again, as it was:  pnpm simulate --seed ${seed}`)
}

/** The end of the trace of a scenario. */
async function tellTrace(
  scenario: Scenario,
  print: (line: string) => void,
  most = MOST_LINES,
): Promise<void> {
  const lines: string[] = []
  await runScenario(scenario, (line) => void lines.push(line))
  if (lines.length > most) print(`  … ${lines.length - most} lines before`)
  for (const line of lines.slice(-most)) print(`  ${line}`)
}

function save(scenario: Scenario): string {
  mkdirSync('.reports', { recursive: true })
  const file = `.reports/seed-${scenario.seed}.json`
  writeFileSync(file, `${JSON.stringify({ commit: commit(), scenario }, null, 2)}\n`)
  return file
}

/** The commit checked out; `unknown` outside of a repository. */
function commit(): string {
  try {
    return execFileSync('git', ['rev-parse', '--short', 'HEAD'], { encoding: 'utf8' }).trim()
  } catch {
    return 'unknown'
  }
}
