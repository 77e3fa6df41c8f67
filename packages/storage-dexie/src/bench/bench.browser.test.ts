/**
 * SyncLayer in a browser beside Dexie alone, with the same documents, indexes and durability. As a test it does little, and
 * holds that both find the same; `SYNCLAYER_BENCH=100000 npx vitest run packages/storage-dexie/src/bench` measures, with so
 * many documents stored, and prints the figures.
 */
import path from 'node:path'
import { callsTo, type LabBrowser, launchBrowser, servePage } from '@synclayer/browser-lab'
import { expect, test } from 'vitest'
import type { Amounts, BenchPage, Side } from './bench-page.ts'

const stored = Number(process.env['SYNCLAYER_BENCH'] ?? 0)
const isMeasured = stored > 0
const AMOUNTS: Amounts = isMeasured
  ? { singles: 500, together: 10_000, stored }
  : { singles: 20, together: 200, stored: 1_000 }
const ROUNDS = isMeasured ? 3 : 1
const TIMEOUT_MS = isMeasured ? 3_600_000 : 120_000
const STEPS = ['save', 'saveAll', 'fill', 'get', 'queryFew', 'queryMany', 'firstSync', 'close'] as const

test(
  'does what Dexie alone does, and finds the same',
  async () => {
    const served = await servePage({
      entry: path.join(import.meta.dirname, 'bench-page.ts'),
      mode: 'production',
    })
    const browser = await launchBrowser()
    try {
      const calls = callsTo<BenchPage>(await browser.newPage(served.url))
      const times: Record<string, { readonly ours: number[]; readonly dexie: number[] }> = {}
      const used = await cpuOf(browser)
      for (let round = 0; round < ROUNDS; round++) {
        const found = {
          ours: {} as Partial<Record<keyof Side, number>>,
          dexie: {} as Partial<Record<keyof Side, number>>,
        }
        for (const side of ['ours', 'dexie'] as const) {
          await calls.prepare(side, AMOUNTS)
          for (const step of STEPS) {
            const before = await used()
            const measured = await calls.run(side, step)
            if (isMeasured) process.stdout.write(`${side} ${step} ${measured.ms.toFixed(0)} ms\n`)
            found[side][step] = measured.found
            const figures = (times[step] ??= { ours: [], dexie: [] })
            figures[side].push(measured.ms)
            const cpu = (times[`${step} (CPU)`] ??= { ours: [], dexie: [] })
            cpu[side].push((await used()) - before)
          }
        }
        expect(found.ours).toEqual(found.dexie)
        expect(found.ours.firstSync).toBe(AMOUNTS.stored)
      }
      if (isMeasured) process.stdout.write(table(times))
    } finally {
      await browser.close()
      await served.close()
    }
  },
  TIMEOUT_MS,
)

/** Milliseconds of processor time that all processes of the browser have used. */
async function cpuOf({ context }: LabBrowser): Promise<() => Promise<number>> {
  const session = await context.browser()!.newBrowserCDPSession()
  return async () => {
    const { processInfo } = await session.send('SystemInfo.getProcessInfo')
    return processInfo.reduce((sum, { cpuTime }) => sum + cpuTime * 1_000, 0)
  }
}

function table(
  times: Readonly<Record<string, { readonly ours: number[]; readonly dexie: number[] }>>,
): string {
  const rows = Object.entries(times).map(([what, { ours, dexie }]) => {
    const [our, their] = [median(ours), median(dexie)]
    return `${what.padEnd(20)} ours ${our.toFixed(0).padStart(7)} ms   Dexie ${their.toFixed(0).padStart(7)} ms   ${(our / their).toFixed(2)}`
  })
  return `${rows.join('\n')}\n`
}

function median(figures: readonly number[]): number {
  return figures.toSorted((one, other) => one - other)[figures.length >> 1]!
}
