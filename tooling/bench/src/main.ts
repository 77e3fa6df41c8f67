/**
 * `pnpm bench`: what SyncLayer costs over plain better-sqlite3, and `pnpm bench servers`: over the plain driver of each database,
 * both in one run on one machine. Figures of one run may be
 * compared with each other, never with those of another machine.
 */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { availableParallelism, cpus, loadavg, tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { bulkSaves } from './cases/bulk-saves.ts'
import { clickToTheOtherWindow } from './cases/click-to-the-other-window.ts'
import { firstSync } from './cases/first-sync.ts'
import { firstSyncOverHttp } from './cases/first-sync-over-http.ts'
import { liveQueries } from './cases/live-queries.ts'
import { reads } from './cases/reads.ts'
import { singleSaves } from './cases/single-saves.ts'
import { toTheOtherClient } from './cases/to-the-other-client.ts'
import { servers } from './cases/servers.ts'
import type { Figure } from './compare.ts'
import type { Throughput } from './databases/throughput.ts'

const CASES: Readonly<Record<string, (folder: string) => Promise<readonly Figure[]>>> = {
  saves: singleSaves,
  bulk: bulkSaves,
  reads,
  live: liveQueries,
  first: firstSync,
  wire: toTheOtherClient,
  firstOverHttp: firstSyncOverHttp,
  browser: clickToTheOtherWindow,
}

/** Those that take long, and print their tables themselves: run where they are named. */
const TABLES: Readonly<Record<string, () => Promise<readonly Throughput[]>>> = { servers }

const REPORT = join(dirname(fileURLToPath(import.meta.url)), '../../../.reports/bench.json')

async function main(wanted: readonly string[]): Promise<void> {
  const names = Object.keys({ ...CASES, ...TABLES })
  const unknown = wanted.filter((name) => !names.includes(name))
  if (unknown.length > 0) {
    throw new Error(`There is no case ${unknown.join(', ')}. There are: ${names.join(', ')}.`)
  }
  const machine = `${cpus()[0]?.model ?? 'unknown'}, ${availableParallelism()} cores, Node ${process.version}`
  console.log(`${machine}, load ${loadavg()[0]!.toFixed(1)} at the start\n`)
  const folder = mkdtempSync(join(tmpdir(), 'synclayer-bench-'))
  const figures: (Figure | Throughput)[] = []
  try {
    for (const [name, run] of Object.entries(CASES)) {
      if (wanted.length > 0 && !wanted.includes(name)) continue
      for (const figure of await run(folder)) {
        figures.push(figure)
        console.log(line(figure))
      }
    }
    for (const [name, run] of Object.entries(TABLES)) {
      if (wanted.includes(name)) figures.push(...(await run()))
    }
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
  mkdirSync(dirname(REPORT), { recursive: true })
  writeFileSync(REPORT, `${JSON.stringify({ machine, figures }, null, 2)}\n`)
}

function line({ name, durability, aim, plainUs, oursUs, ratio, least, most }: Figure): string {
  const us = (value: number): string => `${value.toFixed(value < 100 ? 2 : 0)} µs`
  const beside = Number.isNaN(ratio)
    ? us(oursUs)
    : `plain ${us(plainUs)}, ours ${us(oursUs)}: ${ratio.toFixed(2)} times (${least.toFixed(2)} to ${most.toFixed(2)})`
  return `${name}\n  ${beside}\n  durability: ${durability}; aim: ${aim}\n`
}

await main(process.argv.slice(2))
