/**
 * Two ways of doing one thing, measured in turns so that whatever else the machine does disturbs both alike. Single
 * operations are timed by mitata; long ones, which cannot be repeated at will, once a round.
 */
import { measure } from 'mitata'

/** Each call is a sample of its own: mitata would else repeat a quick one thousands of times, and fill the database. */
export const SAMPLING = {
  batch_threshold: 0,
  min_samples: 3_000,
  max_samples: 6_000,
  min_cpu_time: 100e6,
} as const

export interface Contender {
  readonly name: string
  /** Operations in one call of `run`. */
  readonly operations: number
  readonly run: () => unknown
}

export interface Comparison {
  readonly name: string
  readonly durability: string
  readonly aim: string
  readonly plain: Contender
  readonly ours: Contender
  /** `single`: sampled by mitata. `long`: one call a round. */
  readonly kind: 'single' | 'long'
  readonly rounds: number
  /** Before each call of a long contender. */
  readonly before?: () => unknown
}

export interface Figure {
  readonly name: string
  readonly durability: string
  readonly aim: string
  /** Microseconds an operation, the median over the rounds. */
  readonly plainUs: number
  readonly oursUs: number
  /** How many times plain takes: the median over the rounds of the ratio within a round. */
  readonly ratio: number
  readonly least: number
  readonly most: number
}

export async function compare(comparison: Comparison): Promise<Figure> {
  const { plain, ours, rounds, name, durability, aim } = comparison
  const plainUs: number[] = []
  const oursUs: number[] = []
  for (let round = 0; round < rounds; round += 1) {
    plainUs.push(await time(comparison, plain))
    oursUs.push(await time(comparison, ours))
  }
  const ratios = oursUs.map((us, round) => us / plainUs[round]!)
  return {
    name,
    durability,
    aim,
    plainUs: median(plainUs),
    oursUs: median(oursUs),
    ratio: median(ratios),
    least: Math.min(...ratios),
    most: Math.max(...ratios),
  }
}

async function time(comparison: Comparison, contender: Contender): Promise<number> {
  if (comparison.kind === 'single') {
    const stats = await measure(contender.run, SAMPLING)
    return stats.p50 / 1_000 / contender.operations
  }
  await comparison.before?.()
  const from = process.hrtime.bigint()
  await contender.run()
  return Number(process.hrtime.bigint() - from) / 1_000 / contender.operations
}

function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b)
  const middle = Math.floor(sorted.length / 2)
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2
}
