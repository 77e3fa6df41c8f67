/** Clients, the server, and the database itself, all of them real processes, all killed at any moment, over and over. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { TestDatabase } from '@synclayer/databases'
import { expect } from 'vitest'
import { createLedger, type Ledger } from '../engine/ledger.ts'
import { liveAndDie } from '../engine/lives.ts'
import { ACCOUNTS, expectEqual, judge, seedBackend, watchBalances } from '../engine/outcome.ts'
import { type Account, openClient } from '../engine/programs/engine-program.ts'
import { type Content, settleAll } from '../engine/settle.ts'
import { type HowLong, stretching } from '../wire/how-long.ts'
import { createFaultProxy } from '../wire/proxy/fault-proxy.ts'
import { serveAndDie } from '../wire/serve-and-die.ts'
import type { DatabaseLab, LabServer } from './lab.ts'
import { cutPower, type Power } from './power.ts'

const NAMES = ['ada', 'bob', 'cleo'] as const
/** Of each client: it goes on until it has had so many. */
const ENOUGH = { kills: 4, writes: 50, transfers: 8 }
/** A server is started again once its database is, which may take seconds. */
const SERVER_KILLS = 2
const SEEDED_NOTES = 200
/** Who has hardly come back shows little. */
const SERVER_UP_MS = 1_200
const DATABASE_UP_MS = 4_000

/** What has happened. */
export interface Killed {
  readonly clients: number
  readonly servers: number
  readonly databases: number
  /** Those that were acknowledged to the clients. */
  readonly writes: number
  /** Of those, what all write to at once. */
  readonly shared: number
}

/** The least that must have happened: had they hardly lived, or hardly died, the test would show little. */
export function leastKilled(lab: DatabaseLab): Killed {
  return {
    clients: NAMES.length * ENOUGH.kills,
    servers: SERVER_KILLS,
    databases: lab.host.server === null ? 0 : 1,
    writes: NAMES.length * ENOUGH.writes,
    shared: NAMES.length * ENOUGH.transfers,
  }
}

/**
 * Kills them all for as long as told, lets them come to rest, and expects that all are equal, that every acknowledged write is
 * there, and nothing is there twice: in the database's own rows.
 */
export async function killEverything(lab: DatabaseLab, { seed, forMs, longestMs }: HowLong): Promise<Killed> {
  const folder = mkdtempSync(join(tmpdir(), 'synclayer-all-killed-'))
  const database = await lab.database()
  const first = await lab.serve(database)
  await seedBackend(first.url, SEEDED_NOTES)
  const expectWholeTransfers = watchBalances(() => balancesOf(database))
  // One speaks to the server itself, the others through a network that fails as well.
  const proxy = await createFaultProxy(first.port, seed)
  const over = new AbortController()
  const stretched = stretching(forMs)
  const least = leastKilled(lab)
  const power = cutPower(lab.host.server, {
    seed: seed - 1,
    upMs: () => stretched(DATABASE_UP_MS),
    over: over.signal,
  })
  const serving = serveAndDie({
    first,
    startAgain: () => startOnPower(() => lab.serve(database, first.port), power),
    seed,
    lifeMs: () => stretched(SERVER_UP_MS),
    isOver: () => over.signal.aborted,
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
        isEnough: () => serving.kills >= least.servers && power.cuts >= least.databases,
        forMs,
        longestMs,
        lifeMs: () => stretched(3_500),
        restMs: 50,
        // Each is soon done with its first sync, and then all write to what they share.
        batchSize: 50,
      }),
    ),
  )
  over.abort()
  await proxy.close()
  const server = await serving.over
  await power.over
  await expectWholeTransfers()

  const clients = await Promise.all(
    NAMES.map((name) =>
      openClient({ store: join(folder, `${name}.db`), backend: server.url, sync: { auto: false } }),
    ),
  )
  const rounds = await settleAll(clients)
  const killed: Killed = {
    clients: lives.reduce((sum, life) => sum + life.kills, 0),
    servers: serving.kills,
    databases: power.cuts,
    writes: [...ledgers.values()].reduce((sum, ledger) => sum + ledger.acknowledged, 0),
    shared: [...ledgers.values()].reduce((sum, ledger) => sum + sharedWrites(ledger), 0),
  }
  const summary = `${database.product}, seed ${seed}: killed ${killed.clients} clients, ${killed.servers} servers, ${killed.databases} databases; ${killed.writes} acknowledged writes, ${killed.shared} of them to what all share, settled in ${rounds} rounds`
  process.stdout.write(`${summary}\n`)
  expect(
    lives.flatMap(({ errors }) => errors),
    summary,
  ).toEqual([])
  const stored = await contentIn(database)
  await expectEqual(clients, stored, summary)
  judge(stored, ledgers, SEEDED_NOTES)

  await Promise.all(clients.map((client) => client.close()))
  expect((await server.stop()).code).toBe(0)
  rmSync(folder, { recursive: true })
  return killed
}

/** A server that begins while its database is down says so and ends; it is started again, as whoever runs one would. */
async function startOnPower(start: () => Promise<LabServer>, power: Power): Promise<LabServer> {
  for (;;) {
    await power.up()
    const { cuts } = power
    try {
      return await start()
    } catch (error) {
      if (power.cuts === cuts) throw error
    }
  }
}

/** Null while the database is down. */
async function balancesOf(database: TestDatabase): Promise<number | null> {
  try {
    const accounts = (await database.documents('accounts')) as unknown as readonly Account[]
    return accounts.length < ACCOUNTS ? null : accounts.reduce((sum, { balance }) => sum + balance, 0)
  } catch {
    return null
  }
}

function sharedWrites(ledger: Ledger): number {
  const kinds = ['transfer', 'counter counter-0', 'counter counter-1', 'counter counter-2']
  return kinds.reduce((sum, kind) => sum + ledger.count(kind).acknowledged, 0)
}

/** What the database's own rows say. */
async function contentIn(database: TestDatabase): Promise<Content> {
  const notes = await database.documents('notes')
  const counters = await database.documents('counters')
  const accounts = await database.documents('accounts')
  return { notes, counters, accounts } as unknown as Content
}
