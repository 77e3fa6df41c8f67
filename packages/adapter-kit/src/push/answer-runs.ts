/**
 * Answers are remembered by runs (A3): mutations of one client with consecutive numbers, accepted in one transaction at
 * consecutive positions, are one row. So a push of a hundred new documents remembers its answers by one row.
 *
 *   accepted   c.7 at 31   c.8 at 32   c.9 at 33   d.1 at 34   c.11 at 35
 *   runs       c 7..9, version of 31               d 1..1      c 11..11
 *
 * Under the feed's lock no number ever comes into two runs: of the runs of a client the one with the lowest `last` at or
 * above a number is the only one that may hold it.
 */
import type { Version } from '@synclayer/core/adapter'
import { versionAfter } from '../feed/version.ts'

/** An accepted mutation, remembered (A3). */
export interface StoredAnswer {
  /** Tells the mutation from another with the same id. Holds no control characters. */
  readonly identity: string
  readonly version: Version
}

/** Answers as they are stored. */
export interface AnswerRun {
  readonly clientId: string
  /** The number of the first mutation; those up to `last` are all in the run. */
  readonly first: number
  readonly last: number
  /** Of the first. The others were written at the positions that follow, in the same epoch and under the same mark. */
  readonly version: Version
  /** The identity of each, in the order of the numbers, one a line. */
  readonly identities: string
}

/** A mutation as it was accepted. */
export interface AcceptedMutation extends StoredAnswer {
  readonly clientId: string
  readonly n: number
  readonly position: number
}

// So that a run is read in no time and fits any column of text: even with the longest of ids it is a few 100 kB.
const LONGEST_RUN = 500

/** The runs that remember what was accepted in one transaction, given in the order of positions. */
export function runsOf(accepted: Iterable<AcceptedMutation>): readonly AnswerRun[] {
  const runs: AnswerRun[] = []
  let run: AcceptedMutation[] = []
  const end = (): void => {
    const [first] = run
    if (first === undefined) return
    const { clientId, n, version } = first
    const identities = run.map(({ identity }) => identity).join('\n')
    runs.push({ clientId, first: n, last: n + run.length - 1, version, identities })
    run = []
  }
  for (const mutation of accepted) {
    if (!continues(run, mutation)) end()
    run.push(mutation)
  }
  end()
  return runs
}

function continues(run: readonly AcceptedMutation[], { clientId, n, position }: AcceptedMutation): boolean {
  const before = run.at(-1)
  return (
    before !== undefined &&
    run.length < LONGEST_RUN &&
    before.clientId === clientId &&
    before.n + 1 === n &&
    before.position + 1 === position
  )
}

/** Answers by runs that were loaded: by all that hold a number of the mutations at hand. */
export function answersIn(
  runs: Iterable<AnswerRun>,
): (clientId: string, n: number) => StoredAnswer | undefined {
  const runsOfClient = new Map<
    string,
    { readonly run: AnswerRun; readonly identities: readonly string[] }[]
  >()
  for (const run of runs) {
    const known = { run, identities: run.identities.split('\n') }
    const others = runsOfClient.get(run.clientId)
    if (others === undefined) runsOfClient.set(run.clientId, [known])
    else others.push(known)
  }
  return (clientId, n) => {
    const found = runsOfClient.get(clientId)?.find(({ run: { first, last } }) => first <= n && n <= last)
    if (found === undefined) return undefined
    const { run, identities } = found
    return {
      identity: identities[n - run.first] as string,
      version: versionAfter(run.version, n - run.first),
    }
  }
}

/** Numbers of one client that are asked for together: the runs with `last >= from` and `first <= to` hold them. */
export interface NumberRange {
  readonly clientId: string
  readonly from: number
  readonly to: number
}

// An outbox leaves few numbers out. Whoever leaves out many does not make everything between them be read.
const WIDEST_GAP = 16

/** The ranges to load the runs of, for what was sent. Mutations without a sound number, which is -1, are in none. */
export function rangesOf(
  sent: Iterable<{ readonly clientId: string; readonly n: number }>,
): readonly NumberRange[] {
  const numbersOfClient = new Map<string, number[]>()
  for (const { clientId, n } of sent) {
    if (n < 0) continue
    const numbers = numbersOfClient.get(clientId)
    if (numbers === undefined) numbersOfClient.set(clientId, [n])
    else numbers.push(n)
  }
  return [...numbersOfClient].flatMap(([clientId, numbers]) => rangesOfClient(clientId, numbers))
}

function rangesOfClient(clientId: string, numbers: number[]): readonly NumberRange[] {
  const ranges: { clientId: string; from: number; to: number }[] = []
  for (const n of numbers.sort((a, b) => a - b)) {
    const range = ranges.at(-1)
    if (range === undefined || n - range.to > WIDEST_GAP) ranges.push({ clientId, from: n, to: n })
    else range.to = n
  }
  return ranges
}
