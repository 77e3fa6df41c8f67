/** `pnpm simulate`: first what broke once, then that a seed always gives the same trace, then seeds upon seeds. */
import { generateScenario } from './scenario/generate.ts'
import type { Scenario } from './scenario/scenario.ts'
import { addCounts, COUNTED, type Counts, noCounts } from './world/counts.ts'
import { digestOfTrace } from './run/digest.ts'
import { runPool } from './run/pool.ts'
import { readRegressions, readScenario } from './run/regressions.ts'
import { type Checked, writeReport } from './run/report.ts'
import { runScenario } from './run/run-scenario.ts'
import { tellSeedFailure } from './run/tell-failure.ts'

export interface SimulateOptions {
  /** 1,000 unless told. */
  readonly seeds?: number
  /** As many seeds as fit into so many minutes. */
  readonly minutes?: number
  /** The first seed; 1 unless told, or, with `minutes`, one that hardly anyone has run before. */
  readonly first?: number
  /** Just this one, with its whole trace. */
  readonly seed?: number
  /** A scenario written by a failure, with its whole trace. */
  readonly replay?: string
  /** Where a test report goes. */
  readonly report?: string
  readonly print: (line: string) => void
}

/** With fewer seeds a rare fault may well not come. */
const SEEDS_FOR_EVERY_FAULT = 1_000
/** Failures that are shown in full. */
const MOST_TOLD = 3
const MANY = Number.MAX_SAFE_INTEGER / 4
const TRACED_TWICE = [1, 2, 3, 4, 5]

/** True where every rule was kept. */
export async function simulate(options: SimulateOptions): Promise<boolean> {
  const { print, seed, replay } = options
  if (replay !== undefined) return replayOne(readScenario(replay), print)
  if (seed !== undefined) return replayOne(generateScenario(seed), print)
  const checks = [
    ...(await runRegressions(print)),
    await checkDeterminism(print),
    ...(await runMany(options)),
  ]
  if (options.report !== undefined) writeReport(options.report, checks)
  return checks.every(({ passed }) => passed)
}

async function replayOne(scenario: Scenario, print: (line: string) => void): Promise<boolean> {
  const { violations } = await runScenario(scenario, print)
  print(violations.length === 0 ? 'Every rule was kept.' : `${violations.length} rules were broken.`)
  return violations.length === 0
}

async function runRegressions(print: (line: string) => void): Promise<readonly Checked[]> {
  const checks: Checked[] = []
  for (const { name, scenario } of readRegressions()) {
    const { violations } = await runScenario(scenario)
    checks.push({ title: `regression ${name}`, passed: violations.length === 0 })
    for (const violation of violations) print(`regressions/${name}: ${violation}`)
  }
  return checks
}

/** The same seed gives the same trace, byte for byte. */
async function checkDeterminism(print: (line: string) => void): Promise<Checked> {
  let passed = true
  const digests = new Map<number, string>()
  for (const seed of [...TRACED_TWICE, ...TRACED_TWICE.toReversed()]) {
    const digest = await digestOfTrace(generateScenario(seed))
    if ((digests.get(seed) ?? digest) === digest) digests.set(seed, digest)
    else {
      passed = false
      print(`Seed ${seed} does not give the same trace twice.`)
    }
  }
  return { title: 'the same seed gives the same trace', passed }
}

async function runMany(options: SimulateOptions): Promise<readonly Checked[]> {
  const { print, minutes } = options
  const began = performance.now()
  const first = options.first ?? (minutes === undefined ? 1 : 1_000_000 + (Date.now() % 1_000_000_000))
  const count = minutes === undefined ? (options.seeds ?? SEEDS_FOR_EVERY_FAULT) : MANY
  const until = (): boolean => minutes !== undefined && performance.now() - began > minutes * 60_000
  const counts = noCounts()
  const failures: { seed: number; violations: readonly string[] }[] = []
  let [done, steps] = [0, 0]
  await runPool({ first, count }, until, (work, part) => {
    addCounts(counts, work.counts)
    done += part.count
    steps += work.steps
    failures.push(...work.failures)
  })
  const seconds = (performance.now() - began) / 1_000
  failures.sort((a, b) => a.seed - b.seed)
  for (const { seed, violations } of failures.slice(0, MOST_TOLD))
    await tellSeedFailure(seed, violations, print)
  if (failures.length > MOST_TOLD)
    print(
      `\nBroken too: ${failures
        .slice(MOST_TOLD, 40)
        .map(({ seed, violations }) => `${seed} ${violations[0]!.slice(0, 3)}`)
        .join(', ')}`,
    )
  print(
    `\n${done} seeds from ${first}, ${steps} steps, in ${seconds.toFixed(1)} s: ${(done / seconds).toFixed(0)} seeds a second. ${failures.length} broke a rule.`,
  )
  for (const name of COUNTED) print(`  ${String(counts[name]).padStart(10)}  ${name}`)
  return [
    { title: `${done} seeds keep every rule`, passed: failures.length === 0 },
    ...(done >= SEEDS_FOR_EVERY_FAULT ? [checkFaults(counts, print)] : []),
  ]
}

/** A fault that never strikes proves nothing. */
function checkFaults(counts: Counts, print: (line: string) => void): Checked {
  const absent = COUNTED.filter((name) => counts[name] === 0)
  for (const name of absent) print(`NEVER HAPPENED: ${name}`)
  return { title: 'every fault really happened', passed: absent.length === 0 }
}
