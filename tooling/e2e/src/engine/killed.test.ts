import Database from 'better-sqlite3'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { afterAll, afterEach, expect, test } from 'vitest'
import { endChildren, start } from './child.ts'
import { createLedger, type Ledger } from './ledger.ts'
import { dice, type EngineClient, openClient } from './programs/engine-program.ts'
import { contentOf, settleAll } from './settle.ts'

const folder = mkdtempSync(join(tmpdir(), 'synclayer-killed-'))
afterAll(() => rmSync(folder, { recursive: true }))
afterEach(endChildren)

const KILLING_MS = 25_000
/** A busy machine is given more time, until there was enough of both. */
const LONGEST_MS = 75_000
const ENOUGH = { kills: 15, writes: 80 }
const NAMES = ['ada', 'bob', 'cleo'] as const
const SEEDED_NOTES = 1_500
const ACCOUNTS = 4
const BALANCE = 1_000

interface Life {
  readonly kills: number
  readonly killedInFirstSync: number
  readonly errors: readonly string[]
}

/** Lets a program run and kills it, over and over; a first sync is first interrupted as soon as a part of it is in. */
async function liveAndDie(name: string, backend: string, seed: number, ledger: Ledger): Promise<Life> {
  const roll = dice(seed)
  const begun = performance.now()
  const errors: string[] = []
  let kills = 0
  let killedInFirstSync = 0
  let isSynced = false
  const isOver = (): boolean => {
    const ms = performance.now() - begun
    const enough = kills >= ENOUGH.kills && ledger.acknowledged >= ENOUGH.writes
    return ms > LONGEST_MS || (enough && ms > KILLING_MS)
  }
  for (let life = 1; !isOver(); life++) {
    const args = [storeOf(name), backend, name, String(life), String(Math.floor(roll() * 2 ** 31))]
    const child = start('save-and-sync', args, (line) => {
      ledger.note(line)
      if (line === 'c') isSynced = true
      if (line.startsWith('e ')) errors.push(line)
    })
    const [kind, wait] = [roll(), roll()]
    if (!isSynced && life <= 4) {
      await Promise.race([child.line((line) => line === 'p' || line === 'c'), child.ended])
      if (!isSynced) killedInFirstSync += 1
    } else {
      // Mostly at work; some while they start and open the store.
      if (kind > 0.15) await child.line((line) => line === 'ready')
      await delay(wait * (kind > 0.15 ? 160 : 200))
    }
    child.kill()
    const ending = await child.ended
    expect(ending, ending.errors).toMatchObject({ code: null, signal: 'SIGKILL' })
    kills += 1
  }
  return { kills, killedInFirstSync, errors }
}

function storeOf(name: string): string {
  return join(folder, `${name}.db`)
}

async function seedBackend(backend: string): Promise<void> {
  const db = await openClient({ backend, sync: { auto: false } })
  const notes = Array.from({ length: SEEDED_NOTES }, (_, n) => ({ id: `seed-${n}`, text: 'From before.', n }))
  await db.collection('notes').saveAll(notes)
  for (let n = 0; n < 3; n++)
    await db.collection('counters').save({ id: `counter-${n}`, n: 0, by: {}, last: '' })
  for (let n = 0; n < ACCOUNTS; n++) {
    await db.collection('accounts').save({ id: `account-${n}`, balance: BALANCE, moves: 0, by: {} })
  }
  await db.sync()
  await db.close()
}

/** Looks at the backend's own rows, at one moment, while everyone is at work and at dying. */
async function watchBalances(backend: string, isOver: () => boolean): Promise<readonly number[]> {
  const database = new Database(backend, { readonly: true })
  const sum = database
    .prepare<[], number>(
      `SELECT sum(json_extract(document, '$.balance')) FROM synclayer_record WHERE collection = 'accounts'`,
    )
    .pluck()
  const seen: number[] = []
  while (!isOver()) {
    seen.push(sum.get()!)
    await delay(20)
  }
  database.close()
  return seen
}

function checkNotes(found: ReadonlyMap<string, number>, ledger: Ledger): void {
  const wrong: unknown[] = []
  for (const [id, possible] of ledger.notes()) {
    const is = found.get(id) ?? null
    if (!possible.includes(is)) wrong.push({ id, is, possible })
  }
  for (const [id, acknowledged] of ledger.pairs()) {
    const halves = ['left', 'right'].filter((half) => found.has(`${id}-${half}`))
    if (halves.length === 1 || (acknowledged && halves.length === 0)) wrong.push({ id, halves, acknowledged })
  }
  expect(wrong).toEqual([])
}

/** Every addition counted once: what was added, by what each client says it added, by what was acknowledged. */
async function checkCounters(db: EngineClient, ledgers: ReadonlyMap<string, Ledger>): Promise<void> {
  for (const { id, n, by } of await db.collection('counters').getAll()) {
    expect(n, id).toBe(Object.values(by).reduce((sum, each) => sum + each, 0))
    for (const [name, ledger] of ledgers) expectBetween(by[name] ?? 0, ledger.count(`counter ${id}`))
  }
}

async function checkAccounts(db: EngineClient, ledgers: ReadonlyMap<string, Ledger>): Promise<void> {
  const accounts = await db.collection('accounts').getAll()
  expect(accounts).toHaveLength(ACCOUNTS)
  expect(accounts.reduce((sum, { balance }) => sum + balance, 0)).toBe(ACCOUNTS * BALANCE)
  for (const { moves, by } of accounts)
    expect(moves).toBe(Object.values(by).reduce((sum, each) => sum + each, 0))
  for (const [name, ledger] of ledgers) {
    // Each transfer moves something in two accounts.
    const moves = accounts.reduce((sum, { by }) => sum + (by[name] ?? 0), 0)
    expectBetween(moves / 2, ledger.count('transfer'))
  }
}

function expectBetween(value: number, count: ReturnType<Ledger['count']>): void {
  expect(value).toBeGreaterThanOrEqual(count.acknowledged)
  expect(value).toBeLessThanOrEqual(count.begun)
}

test('three clients killed at any moment, over and over, lose nothing and apply nothing twice (I1, I2, I3, I8, W3, W14, ST1)', async () => {
  const seed = Number(process.env['SYNCLAYER_SEED'] ?? Math.floor(Math.random() * 2 ** 31))
  const backend = join(folder, 'backend.db')
  await seedBackend(backend)
  const ledgers = new Map(NAMES.map((name) => [name, createLedger()]))
  let isOver = false
  const balances = watchBalances(backend, () => isOver)
  const lives = await Promise.all(
    NAMES.map((name, index) => liveAndDie(name, backend, seed + index, ledgers.get(name)!)),
  )
  isOver = true

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
  expect(new Set(await balances), summary).toEqual(new Set([ACCOUNTS * BALANCE]))
  // A client that never had anything shows what the backend has.
  const newcomer = await openClient({ backend, sync: { auto: false } })
  await newcomer.sync()
  const truth = await contentOf(newcomer)
  for (const client of clients) {
    expect(client.status, summary).toMatchObject({ pending: 0, parked: 0 })
    expect(await contentOf(client), summary).toEqual(truth)
    expect(await client.verify()).toMatchObject({
      missingHere: [],
      missingThere: [],
      different: [],
      damaged: [],
    })
  }
  const found = new Map((await newcomer.collection('notes').getAll()).map(({ id, n }) => [id, n]))
  for (const ledger of ledgers.values()) checkNotes(found, ledger)
  for (let n = 0; n < SEEDED_NOTES; n++) expect(found.get(`seed-${n}`)).toBe(n)
  await checkCounters(newcomer, ledgers)
  await checkAccounts(newcomer, ledgers)

  // Had they hardly lived, or hardly died, the test would show little.
  expect(kills).toBeGreaterThanOrEqual(NAMES.length * ENOUGH.kills)
  expect(writes).toBeGreaterThanOrEqual(NAMES.length * ENOUGH.writes)
  for (const life of lives) expect(life.killedInFirstSync).toBeGreaterThan(0)
  await Promise.all([...clients, newcomer].map((client) => client.close()))
}, 180_000)
