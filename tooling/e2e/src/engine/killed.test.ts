import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, expect, test } from 'vitest'
import { endChildren } from '../child.ts'
import { createLedger } from './ledger.ts'
import { liveAndDie } from './lives.ts'
import { balancesIn, expectOutcome, seedBackend, watchBalances } from './outcome.ts'
import { openClient } from './programs/engine-program.ts'
import { settleAll } from './settle.ts'
import { stretching } from '../wire/how-long.ts'

const folder = mkdtempSync(join(tmpdir(), 'synclayer-killed-'))
afterAll(() => rmSync(folder, { recursive: true }))
afterEach(endChildren)

const ENOUGH = { kills: 15, writes: 80, transfers: 5 }
const FOR_MS = 25_000
const NAMES = ['ada', 'bob', 'cleo'] as const

function storeOf(name: string): string {
  return join(folder, `${name}.db`)
}

test('three clients killed at any moment, over and over, lose nothing and apply nothing twice (I1, I2, I3, I8, W3, W14, ST1)', async () => {
  const seed = Number(process.env['SYNCLAYER_SEED'] ?? Math.floor(Math.random() * 2 ** 31))
  const backend = join(folder, 'backend.db')
  await seedBackend(backend)
  const ledgers = new Map(NAMES.map((name) => [name, createLedger()]))
  const expectWholeTransfers = watchBalances(balancesIn(backend))
  const stretched = stretching(FOR_MS)
  const lives = await Promise.all(
    NAMES.map((name, index) =>
      liveAndDie({
        name,
        store: storeOf(name),
        backend,
        seed: seed + index,
        ledger: ledgers.get(name)!,
        enough: ENOUGH,
        forMs: FOR_MS,
        longestMs: 240_000,
        lifeMs: () => stretched(2_000),
        restMs: 50,
        batchSize: 20,
      }),
    ),
  )
  await expectWholeTransfers()

  const clients = await Promise.all(
    NAMES.map((name) => openClient({ store: storeOf(name), backend, sync: { auto: false } })),
  )
  const rounds = await settleAll(clients)
  const kills = lives.reduce((sum, life) => sum + life.kills, 0)
  const writes = [...ledgers.values()].reduce((sum, ledger) => sum + ledger.acknowledged, 0)
  const summary = `seed ${seed}: ${kills} kills, ${writes} acknowledged writes, settled in ${rounds} rounds`
  process.stdout.write(`${summary}\n`)

  expect(
    lives.flatMap(({ errors }) => errors),
    summary,
  ).toEqual([])
  await expectOutcome(backend, clients, ledgers, summary)

  // Had they hardly lived, or hardly died, the test would show little.
  expect(kills).toBeGreaterThanOrEqual(NAMES.length * ENOUGH.kills)
  expect(writes).toBeGreaterThanOrEqual(NAMES.length * ENOUGH.writes)
  for (const life of lives) expect(life.killedInFirstSync).toBeGreaterThan(0)
  await Promise.all(clients.map((client) => client.close()))
}, 360_000)
