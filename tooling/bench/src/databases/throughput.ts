/** How much is done in a time by several at once, and how long each time takes: ours and plain in turns, in one run. */

export interface Throughput {
  readonly database: string
  readonly work: string
  /** Rows a second: the median over the rounds. */
  readonly ours: number
  readonly plain: number
  /** How much of plain ours is: the median over the rounds of the ratio within a round. */
  readonly share: number
  /** Milliseconds of one call. */
  readonly oursMs: Percentiles
  readonly plainMs: Percentiles
  /** Microseconds of processor time of this process for a row; the database's own are not in it. */
  readonly oursCpuUs: number
  readonly plainCpuUs: number
}

export interface Percentiles {
  readonly p50: number
  readonly p99: number
}

/** One call, by one of those who work at once; gives how many rows it has done. */
export type Call = (client: number) => Promise<number>

export interface ThroughputOptions {
  readonly database: string
  readonly work: string
  readonly clients: number
  readonly ours: Call
  readonly plain: Call
  /** How long each side works in a round. */
  readonly roundMs: number
  readonly rounds: number
}

interface Side {
  readonly rates: number[]
  readonly waits: number[]
  readonly cpusUs: number[]
}

export async function measureThroughput(options: ThroughputOptions): Promise<Throughput> {
  const { database, work, rounds, clients, roundMs } = options
  const plain: Side = { rates: [], waits: [], cpusUs: [] }
  const ours: Side = { rates: [], waits: [], cpusUs: [] }
  // The first round warms up both, and does not count.
  for (let round = 0; round <= rounds; round += 1) {
    for (const [side, call] of [
      [plain, options.plain],
      [ours, options.ours],
    ] as const) {
      const { rate, waits, cpuUs } = await workFor(roundMs, clients, call)
      if (round === 0) continue
      side.rates.push(rate)
      side.cpusUs.push(cpuUs)
      for (const wait of waits) side.waits.push(wait)
    }
  }
  return {
    database,
    work,
    ours: at(ours.rates, 0.5),
    plain: at(plain.rates, 0.5),
    share: at(
      ours.rates.map((rate, round) => rate / plain.rates[round]!),
      0.5,
    ),
    oursMs: { p50: at(ours.waits, 0.5), p99: at(ours.waits, 0.99) },
    plainMs: { p50: at(plain.waits, 0.5), p99: at(plain.waits, 0.99) },
    oursCpuUs: at(ours.cpusUs, 0.5),
    plainCpuUs: at(plain.cpusUs, 0.5),
  }
}

interface Round {
  readonly rate: number
  readonly waits: readonly number[]
  readonly cpuUs: number
}

async function workFor(roundMs: number, clients: number, call: Call): Promise<Round> {
  const waits: number[] = []
  let rows = 0
  const cpu = process.cpuUsage()
  const begun = performance.now()
  await Promise.all(
    Array.from({ length: clients }, async (_, client) => {
      for (let from = performance.now(); from < begun + roundMs;) {
        const done = await call(client)
        rows += done
        const now = performance.now()
        waits.push(now - from)
        from = now
      }
    }),
  )
  const { user, system } = process.cpuUsage(cpu)
  return { rate: rows / ((performance.now() - begun) / 1_000), waits, cpuUs: (user + system) / rows }
}

function at(values: readonly number[], share: number): number {
  const sorted = [...values].sort((a, b) => a - b)
  return sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))]!
}

const COLUMNS = [18, 24, 11, 11, 7, 15, 15, 13] as const

export const THROUGHPUT_HEAD: string = row([
  'database',
  'work',
  'ours /s',
  'plain /s',
  'share',
  'p50, p99 ms',
  'plain p50, p99',
  'CPU us a row',
])

export function throughputRow(figures: Throughput): string {
  const { database, work, ours, plain, share, oursMs, plainMs, oursCpuUs, plainCpuUs } = figures
  const perSecond = (rate: number): string => Math.round(rate).toLocaleString('en')
  const ms = ({ p50, p99 }: Percentiles): string => `${p50.toFixed(1)}, ${p99.toFixed(1)}`
  const cpu = `${oursCpuUs.toFixed(0)}, ${plainCpuUs.toFixed(0)}`
  return row([
    database,
    work,
    perSecond(ours),
    perSecond(plain),
    share.toFixed(2),
    ms(oursMs),
    ms(plainMs),
    cpu,
  ])
}

function row(cells: readonly string[]): string {
  return cells
    .map((cell, index) => cell.padEnd(COLUMNS[index]!))
    .join('')
    .trimEnd()
}
