/** `--exhaustive`: walks through every run within the bounds, says how many, and shows the first that breaks a rule. */
import { type Bounds, boundsToName, boundsUpTo, DEEPEST, isRunWhole, nameToBounds } from './bounds.ts'
import { followChoices } from './expand.ts'
import { type Checked, writeReport } from '../run/report.ts'
import { type Run, runChoices } from './run.ts'
import { walk } from './walk.ts'
import { exploreWhole } from './whole-runs.ts'
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
  const began = performance.now()
  for (const bounds of all) {
    const explore = isRunWhole(bounds) ? runWhole : walkStates
    const { size, failure } = await explore(bounds, totals, print)
    checks.push({ title: `every run of ${describe(bounds)}`, passed: failure === null })
    if (failure !== null) {
      await tellFailure(bounds, failure, print)
      return false
    }
    print(`${describe(bounds)}: ${size}`)
  }
  const seconds = ((performance.now() - began) / 1_000).toFixed(1)
  print(`Every rule was kept, in ${seconds} s. Faults among all this:`)
  for (const [name, count] of [...totals].sort((a, b) => b[1] - a[1])) print(`  ${count} ${name}`)
  return true
}

/** What came of some bounds. */
interface Explored {
  /** How much there was to it. */
  readonly size: string
  /** Where the first rule was broken, and the choices that lead there. */
  readonly failure: { readonly where: string; readonly choices: readonly number[] } | null
}

type Explore = (
  bounds: Bounds,
  totals: Map<Counted, number>,
  print: (line: string) => void,
) => Promise<Explored>

const runWhole: Explore = async (bounds, totals) => {
  const { runs, failure } = await exploreWhole(bounds, (counts) => addCounts(totals, counts))
  const choices = failure?.choices.map(({ taken }) => taken)
  return { size: `${runs} runs`, failure: choices === undefined ? null : { where: `run ${runs}`, choices } }
}

const walkStates: Explore = async (bounds, totals, print) => {
  let toldAt = performance.now()
  const { steps, states, failure } = await walk(
    bounds,
    (counts) => addCounts(totals, counts),
    ({ steps, states, left }) => {
      if (performance.now() - toldAt < TOLD_EVERY_MS || left === 0) return
      print(`${describe(bounds)}: ${steps} steps from ${states - left} states so far, ${left} states next`)
      toldAt = performance.now()
    },
  )
  const where = `step ${steps}`
  return {
    size: `${steps} steps from ${states} states`,
    failure: failure === null ? null : { where, choices: failure },
  }
}

function addCounts(totals: Map<Counted, number>, counts: ReadonlyMap<Counted, number>): void {
  for (const [name, count] of counts) totals.set(name, (totals.get(name) ?? 0) + count)
}

async function replayOne(text: string, print: (line: string) => void): Promise<boolean> {
  const [name = '', choices = ''] = text.split(':')
  const bounds = nameToBounds(name)
  const taken = choices === '' ? [] : choices.split('.').map(Number)
  if (bounds === null || !taken.every((choice) => Number.isInteger(choice)))
    throw new RangeError(`--replay takes what a failure printed, such as 2-1-0-new:0.0.3.`)
  const { trace, why } = await doAgain(bounds, taken)
  for (const line of trace) print(line)
  print(why === null ? 'Every rule was kept.' : `BROKEN: ${why}`)
  return why === null
}

function doAgain(bounds: Bounds, choices: readonly number[]): Promise<Pick<Run, 'trace' | 'why'>> {
  return isRunWhole(bounds) ? runChoices(bounds, choices) : followChoices(bounds, choices)
}

async function tellFailure(
  bounds: Bounds,
  { where, choices }: NonNullable<Explored['failure']>,
  print: (line: string) => void,
): Promise<void> {
  const { trace, why } = await doAgain(bounds, choices)
  print(`${describe(bounds)}: a rule was broken in ${where}:`)
  for (const line of trace) print(`  ${line}`)
  print(`BROKEN: ${why ?? ''}`)
  print(`Again: pnpm simulate --exhaustive --replay ${boundsToName(bounds)}:${choices.join('.')}`)
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
