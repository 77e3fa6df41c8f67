/** What the backend begins with where clients are killed or cut off, and what must be true of it in the end. */
import Database from 'better-sqlite3'
import { setTimeout as delay } from 'node:timers/promises'
import { expect } from 'vitest'
import type { Ledger } from './ledger.ts'
import { type EngineClient, openClient } from './programs/engine-program.ts'
import { contentOf } from './settle.ts'

const SEEDED_NOTES = 1_500
const ACCOUNTS = 4
const BALANCE = 1_000

/** Puts notes, counters and accounts on the backend. */
export async function seedBackend(backend: string): Promise<void> {
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

/**
 * Looks at the backend's own rows, at one moment, while everyone is at work and at dying. The returned function ends
 * it, and checks that transfers were there whole or not at all whenever it looked.
 */
export function watchBalances(file: string): () => Promise<void> {
  const database = new Database(file, { readonly: true })
  const sum = database
    .prepare<[], number>(
      `SELECT sum(json_extract(document, '$.balance')) FROM synclayer_record WHERE collection = 'accounts'`,
    )
    .pluck()
  const seen = new Set<number>()
  let isOver = false
  const looking = (async () => {
    while (!isOver) {
      seen.add(sum.get()!)
      await delay(20)
    }
    database.close()
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
): Promise<void> {
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
  await newcomer.close()
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
