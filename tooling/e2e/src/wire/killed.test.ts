import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, expect, test } from 'vitest'
import { endChildren } from '../child.ts'
import { createLedger } from '../engine/ledger.ts'
import { liveAndDie } from '../engine/lives.ts'
import { balancesIn, expectOutcome, seedBackend, watchBalances } from '../engine/outcome.ts'
import { openClient } from '../engine/programs/engine-program.ts'
import { settleAll } from '../engine/settle.ts'
import { howLong, stretching } from './how-long.ts'
import { createFaultProxy } from './proxy/fault-proxy.ts'
import { serveAndDie } from './serve-and-die.ts'
import { startServer } from './server-process.ts'

const folder = mkdtempSync(join(tmpdir(), 'synclayer-server-killed-'))
afterAll(() => rmSync(folder, { recursive: true }))
afterEach(endChildren)

const { seed, forMs, longestMs, timeoutMs } = howLong({ forMs: 20_000, longestMs: 240_000 })
const NAMES = ['ada', 'bob', 'cleo'] as const
const ENOUGH = { kills: 6, writes: 60, transfers: 5 }
const SERVER_KILLS = 6
/** Of these a first sync takes many pages, though not so many that a server which is hardly there never gives them all. */
const SEEDED_NOTES = 300

test(
  'a server and its clients, all killed at any moment, over and over, lose nothing and apply nothing twice (I1, I2, I3, I8, W3, W14)',
  async () => {
    const file = join(folder, 'backend.db')
    await seedBackend(file, SEEDED_NOTES)
    const expectWholeTransfers = watchBalances(balancesIn(file))
    const first = await startServer({ file })
    // One speaks to the server itself, the others through a network that fails as well.
    const proxy = await createFaultProxy(first.port, seed)
    let isOver = false
    const stretched = stretching(forMs)
    const serving = serveAndDie({
      first,
      startAgain: () => startServer({ file, port: first.port }),
      seed,
      lifeMs: () => stretched(1_000),
      isOver: () => isOver,
    })
    const ledgers = new Map(NAMES.map((name) => [name, createLedger()]))
    const lives = await Promise.all(
      NAMES.map((name, index) =>
        liveAndDie({
          name,
          store: join(folder, `${name}.db`),
          backend: name === 'ada' ? first.url : proxy.url,
          seed: seed + 1 + index,
          ledger: ledgers.get(name)!,
          enough: ENOUGH,
          isEnough: () => serving.kills >= SERVER_KILLS,
          forMs,
          longestMs,
          lifeMs: () => stretched(3_000),
          restMs: 50,
          batchSize: 20,
        }),
      ),
    )
    isOver = true
    await proxy.close()
    const server = await serving.over
    await expectWholeTransfers()

    const clients = await Promise.all(
      NAMES.map((name) =>
        openClient({ store: join(folder, `${name}.db`), backend: server.url, sync: { auto: false } }),
      ),
    )
    const rounds = await settleAll(clients)
    const kills = lives.reduce((sum, life) => sum + life.kills, 0)
    const writes = [...ledgers.values()].reduce((sum, ledger) => sum + ledger.acknowledged, 0)
    const summary = `seed ${seed}: ${serving.kills} kills of the server, ${kills} of clients, ${writes} acknowledged writes, settled in ${rounds} rounds`
    process.stdout.write(`${summary}\n`)
    expect(
      lives.flatMap(({ errors }) => errors),
      summary,
    ).toEqual([])
    await expectOutcome(server.url, clients, ledgers, summary, SEEDED_NOTES)

    // Had they hardly lived, or hardly died, the test would show little.
    expect(serving.kills, summary).toBeGreaterThanOrEqual(SERVER_KILLS)
    expect(kills, summary).toBeGreaterThanOrEqual(NAMES.length * ENOUGH.kills)
    expect(writes, summary).toBeGreaterThanOrEqual(NAMES.length * ENOUGH.writes)
    await Promise.all(clients.map((client) => client.close()))
    expect(await server.stop()).toMatchObject({ code: 0, errors: '' })
  },
  timeoutMs,
)
