/** `--exhaustive`: walks through every run within the bounds, says how many, and shows the first that breaks a rule. */
import { type Bounds, boundsToName, boundsUpTo, DEEPEST, nameToBounds } from './bounds.ts'
import { type Exploration, type Part, partsOf } from './explore.ts'
import { type Checked, writeReport } from '../run/report.ts'
import { runThreads } from '../run/threads.ts'
import { type Run, runChoices } from './run.ts'
import type { Counted } from './world.ts'

export interface ExhaustiveOptions {
  /** 1 unless told: how far to go. */
  readonly depth?: number
  /** Only what is within these bounds, by their name: `4-1-0-new` is 4 operations and 1 fault. */
  readonly bounds?: string
  /** The one run to do again, as a failure names it. */
  readonly replay?: string
  /** Where a test report goes. */
  readonly report?: string
  readonly print: (line: string) => void
}

/** What takes long says how far it is. */
const TOLD_EVERY_MS = 60_000

/** True where no rule was broken. Throws a RangeError for options that mean nothing. */
export async function runExhaustive(options: ExhaustiveOptions): Promise<boolean> {
  const { depth = 1, print } = options
  if (options.replay !== undefined) return replayOne(options.replay, print)
  const chosen = options.bounds === undefined ? chosenByDepth(depth) : [chosenByName(options.bounds)]
  const checks: Checked[] = []
  const passed = await exploreAll(chosen, checks, print)
  if (options.report !== undefined) writeReport(options.report, checks)
  return passed
}

function chosenByDepth(depth: number): readonly Bounds[] {
  if (!Number.isInteger(depth) || depth < 1 || depth > DEEPEST)
    throw new RangeError(`--depth must be 1 to ${DEEPEST}.`)
  return boundsUpTo(depth)
}

function chosenByName(name: string): Bounds {
  const bounds = nameToBounds(name)
  if (bounds === null)
    throw new RangeError('--bounds takes operations-faults-switches-new or -shared, such as 4-1-0-new.')
  return bounds
}

async function exploreAll(
  all: readonly Bounds[],
  checks: Checked[],
  print: (line: string) => void,
): Promise<boolean> {
  const totals = new Map<Counted, number>()
  let total = 0
  const began = performance.now()
  for (const bounds of all) {
    const { runs, failure } = await exploreBounds(bounds, totals, print)
    total += runs
    checks.push({ title: `every run of ${describe(bounds)}`, passed: failure === null })
    if (failure !== null) {
      tellFailure(bounds, failure, runs, print)
      return false
    }
    print(`${describe(bounds)}: ${runs} runs`)
  }
  const seconds = ((performance.now() - began) / 1_000).toFixed(1)
  print(`All ${total} runs keep every rule, in ${seconds} s. Faults among them:`)
  for (const [name, count] of [...totals].sort((a, b) => b[1] - a[1])) print(`  ${count} ${name}`)
  return true
}

/** Spreads the runs over threads. Of several that break a rule the first is given, as if there were one thread. */
async function exploreBounds(
  bounds: Bounds,
  totals: Map<Counted, number>,
  print: (line: string) => void,
): Promise<Pick<Exploration, 'runs' | 'failure'>> {
  const parts = await partsOf(bounds)
  const failures = new Map<number, Run>()
  let [runs, next, ended, toldAt] = [0, 0, 0, performance.now()]
  const take = (): Part | null => (failures.size > 0 ? null : (parts[next++] ?? null))
  const worker = new URL('./worker.js', import.meta.url)
  await runThreads<Part, Exploration>(worker, parts.length, take, (exploration, part) => {
    runs += exploration.runs
    ended += 1
    if (performance.now() - toldAt > TOLD_EVERY_MS && ended < parts.length) {
      print(`${describe(bounds)}: ${runs} runs so far, ${ended} of ${parts.length} parts`)
      toldAt = performance.now()
    }
    for (const [name, count] of exploration.counts) totals.set(name, (totals.get(name) ?? 0) + count)
    if (exploration.failure !== null) failures.set(parts.indexOf(part), exploration.failure)
  })
  const first = Math.min(...failures.keys())
  return { runs, failure: failures.get(first) ?? null }
}

async function replayOne(text: string, print: (line: string) => void): Promise<boolean> {
  const [name = '', choices = ''] = text.split(':')
  const bounds = nameToBounds(name)
  const taken = choices === '' ? [] : choices.split('.').map(Number)
  if (bounds === null || !taken.every((choice) => Number.isInteger(choice)))
    throw new RangeError(`--replay takes what a failure printed, such as 2-1-0-new:0.0.3.`)
  const { trace, why } = await runChoices(bounds, taken)
  for (const line of trace) print(line)
  print(why === null ? 'Every rule was kept.' : `BROKEN: ${why}`)
  return why === null
}

function tellFailure(bounds: Bounds, failure: Run, runs: number, print: (line: string) => void): void {
  print(`${describe(bounds)}: a rule was broken in run ${runs}:`)
  for (const line of failure.trace) print(`  ${line}`)
  print(`BROKEN: ${failure.why ?? ''}`)
  print(
    `Again: pnpm simulate --exhaustive --replay ${boundsToName(bounds)}:${failure.choices.map(({ taken }) => taken).join('.')}`,
  )
}

function describe({ operations, faults, switches, shared }: Bounds): string {
  const few = (count: number, one: string, many: string): string => `${count} ${count === 1 ? one : many}`
  const parts = [
    few(operations, 'operation', 'operations'),
    few(faults, 'fault', 'faults'),
    few(switches, 'switch during a request', 'switches during requests'),
  ]
  return `${parts.join(', ')}, ${shared ? 'on a record both have' : 'from nothing'}`
}
