import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { afterAll, afterEach, expect, test } from 'vitest'
import { type Child, endChildren, start } from '../child.ts'
import { createLedger, type Ledger } from '../engine/ledger.ts'
import { balancesIn, expectOutcome, seedBackend, watchBalances } from '../engine/outcome.ts'
import { openClient } from '../engine/programs/engine-program.ts'
import { settleAll } from '../engine/settle.ts'
import { FRAME_FATES, HTTP_FATES } from './proxy/fates.ts'
import { createFaultProxy } from './proxy/fault-proxy.ts'
import { howLong } from './how-long.ts'
import { startServer } from './server-process.ts'

const folder = mkdtempSync(join(tmpdir(), 'synclayer-faults-'))
afterAll(() => rmSync(folder, { recursive: true }))
afterEach(endChildren)

const { seed, forMs, longestMs, timeoutMs } = howLong({ forMs: 15_000, longestMs: 240_000 })
const NAMES = ['ada', 'bob', 'cleo'] as const
const WRITES = 60
/** Between what a client saves at a time. */
const REST_MS = 50
const BATCH_SIZE = 4

test(
  'clients behind a network that loses, doubles, delays, cuts and reorders lose nothing and apply nothing twice (I1, I2, I3, I8)',
  async () => {
    const file = join(folder, 'backend.db')
    await seedBackend(file)
    const server = await startServer({ file })
    const proxy = await createFaultProxy(server.port, seed)
    const ledgers = new Map(NAMES.map((name) => [name, createLedger()]))
    const expectWholeTransfers = watchBalances(balancesIn(file))
    const errors: string[] = []
    const children = NAMES.map((name, index) => {
      const numbers = [1, seed + index, REST_MS, BATCH_SIZE]
      const args = [join(folder, `${name}.db`), proxy.url, name, ...numbers.map(String)]
      return start('engine/programs/save-and-sync', args, (line) => {
        ledgers.get(name)!.note(line)
        if (line.startsWith('e ')) errors.push(line)
      })
    })
    const begun = performance.now()
    const isEnough = (): boolean =>
      [...HTTP_FATES].every((fate) => proxy.tally.has(`http ${fate}`)) &&
      [...FRAME_FATES].every((fate) => proxy.tally.has(`frame ${fate}`)) &&
      [...ledgers.values()].every(({ acknowledged }) => acknowledged >= WRITES)
    for (let ms = 0; ms < longestMs && !(isEnough() && ms >= forMs); ms = performance.now() - begun)
      await delay(50)
    await endAll(children)
    await expectWholeTransfers()

    proxy.calm()
    const clients = await Promise.all(
      NAMES.map((name) =>
        openClient({ store: join(folder, `${name}.db`), backend: proxy.url, sync: { auto: false } }),
      ),
    )
    const rounds = await settleAll(clients)
    const summary = `seed ${seed}: ${writesOf(ledgers)} acknowledged writes, settled in ${rounds} rounds, ${tallyOf(proxy.tally)}`
    process.stdout.write(`${summary}\n`)
    expect(errors, summary).toEqual([])
    await expectOutcome(server.url, clients, ledgers, summary)
    // Had hardly anything gone wrong, or been written, the test would show little.
    expect(isEnough(), summary).toBe(true)
    await Promise.all(clients.map((client) => client.close()))
    await proxy.close()
    expect(await server.stop()).toMatchObject({ code: 0, errors: '' })
  },
  timeoutMs,
)

async function endAll(children: readonly Child[]): Promise<void> {
  for (const child of children) child.kill()
  await Promise.all(children.map(({ ended }) => ended))
}

function writesOf(ledgers: ReadonlyMap<string, Ledger>): number {
  return [...ledgers.values()].reduce((sum, { acknowledged }) => sum + acknowledged, 0)
}

function tallyOf(tally: ReadonlyMap<string, number>): string {
  return [...tally]
    .sort(([left], [right]) => (left < right ? -1 : 1))
    .map(([fate, count]) => `${count} ${fate}`)
    .join(', ')
}
