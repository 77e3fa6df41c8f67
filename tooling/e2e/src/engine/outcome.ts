/** What the backend begins with where clients are killed or cut off, and what must be true of it in the end. */
import { setTimeout as delay } from 'node:timers/promises'
import { expect } from 'vitest'
import type { Ledger } from './ledger.ts'
import { type Account, type Counter, type EngineClient, openClient } from './programs/engine-program.ts'
import { type Content, contentOf } from './settle.ts'
import { ask } from './with-backend.ts'

const SEEDED_NOTES = 1_500
const COUNTERS = 3
export const ACCOUNTS = 4
const BALANCE = 1_000

/** Puts notes, counters and accounts on the backend. */
export async function seedBackend(backend: string, seeded: number = SEEDED_NOTES): Promise<void> {
  const db = await openClient({ backend, sync: { auto: false } })
  const notes = Array.from({ length: seeded }, (_, n) => ({ id: `seed-${n}`, text: 'From before.', n }))
  await db.collection('notes').saveAll(notes)
  for (let n = 0; n < COUNTERS; n++)
    await db.collection('counters').save({ id: `counter-${n}`, n: 0, by: {}, last: '' })
  for (let n = 0; n < ACCOUNTS; n++) {
    await db.collection('accounts').save({ id: `account-${n}`, balance: BALANCE, moves: 0, by: {} })
  }
  await db.sync()
  await db.close()
}

/** The sum of all balances in the file of a SQLite backend, at one moment. */
export function balancesIn(file: string): () => Promise<number> {
  const sql = `SELECT sum(json_extract(document, '$.balance')) FROM synclayer_record WHERE collection = 'accounts'`
  return () => Promise.resolve(ask(file, sql)[0] as number)
}

/**
 * Looks at the backend's own rows while everyone is at work and at dying. The returned function ends it, and checks that
 * transfers were there whole or not at all whenever it looked.
 *
 * @param sumBalances the sum at one moment; null where nobody can tell just now
 */
export function watchBalances(sumBalances: () => Promise<number | null>): () => Promise<void> {
  const seen = new Set<number>()
  let isOver = false
  const looking = (async () => {
    while (!isOver) {
      const sum = await sumBalances()
      if (sum !== null) seen.add(sum)
      await delay(20)
    }
  })()
  return async () => {
    isOver = true
    await looking
    expect(seen).toEqual(new Set([ACCOUNTS * BALANCE]))
  }
}

/** All clients hold what the backend has, nothing acknowledged is missing, and nothing was applied twice. */
export async function expectOutcome(
  backend: string,
  clients: readonly EngineClient[],
  ledgers: ReadonlyMap<string, Ledger>,
  summary: string,
  seeded: number = SEEDED_NOTES,
): Promise<void> {
  // A client that never had anything shows what the backend has.
  const newcomer = await openClient({ backend, sync: { auto: false } })
  await newcomer.sync()
  const truth = await contentOf(newcomer)
  await newcomer.close()
  await expectEqual(clients, truth, summary)
  judge(truth, ledgers, seeded)
}

/** All clients hold just that, and have nothing left to send. */
export async function expectEqual(
  clients: readonly EngineClient[],
  truth: Content,
  summary: string,
): Promise<void> {
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
}

/** Nothing acknowledged is missing, and nothing was applied twice: by what the programs have said, and nothing else. */
export function judge(
  { notes, counters, accounts }: Content,
  ledgers: ReadonlyMap<string, Ledger>,
  seeded: number = SEEDED_NOTES,
): void {
  const found = new Map(notes.map(({ id, n }) => [id, n]))
  for (const ledger of ledgers.values()) checkNotes(found, ledger)
  for (let n = 0; n < seeded; n++) expect(found.get(`seed-${n}`)).toBe(n)
  checkCounters(counters, ledgers)
  checkAccounts(accounts, ledgers)
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
function checkCounters(counters: readonly Counter[], ledgers: ReadonlyMap<string, Ledger>): void {
  expect(counters).toHaveLength(COUNTERS)
  for (const { id, n, by } of counters) {
    expect(n, id).toBe(Object.values(by).reduce((sum, each) => sum + each, 0))
    for (const [name, ledger] of ledgers) expectBetween(by[name] ?? 0, ledger.count(`counter ${id}`))
  }
}

function checkAccounts(accounts: readonly Account[], ledgers: ReadonlyMap<string, Ledger>): void {
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
