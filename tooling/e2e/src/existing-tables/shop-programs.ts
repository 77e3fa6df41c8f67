/** The shop's own programs: plain SQL, in transactions of which some are undone. */
import type { Program, Statement } from './shop.ts'
import { LASTING } from './shop.ts'

/** What was committed. */
export interface ShopLedger {
  plays: number
  /** Customers created and not removed again. */
  readonly customers: Set<number>
  transactions: number
}

/** Works for so many transactions. Numbers of new rows are `index` million and more. */
export async function workInShop(
  program: Program,
  index: number,
  roll: () => number,
  transactions: number,
): Promise<ShopLedger> {
  const ledger: ShopLedger = { plays: 0, customers: new Set(), transactions: 0 }
  const pick = (most: number): number => 1 + Math.floor(roll() * most)
  let n = index * 1_000_000
  for (let round = 0; round < transactions; round++) {
    const isKept = roll() < 0.75
    const statements: Statement[] = []
    const settle: (() => void)[] = []
    // Always in one order, so that the programs do not lock each other out.
    const tracks = [pick(LASTING.tracks), pick(LASTING.tracks)].toSorted((a, b) => a - b)
    for (const track of tracks) {
      statements.push({
        sql: `UPDATE "Track" SET "Plays" = "Plays" + 1 WHERE "TrackId" = ?`,
        values: [track],
      })
      settle.push(() => (ledger.plays += 1))
    }
    if (roll() < 0.4) {
      const id = ++n
      statements.push(
        { sql: `INSERT INTO "Customer" VALUES (?, ?)`, values: [id, `${id}@example.com`] },
        { sql: `INSERT INTO "Invoice" VALUES (?, ?, ?)`, values: [id, id, '3.96'] },
      )
      settle.push(() => ledger.customers.add(id))
    }
    const [oldest] = ledger.customers
    if (oldest !== undefined && roll() < 0.3) {
      statements.push({ sql: `DELETE FROM "Customer" WHERE "CustomerId" = ?`, values: [oldest] })
      settle.push(() => ledger.customers.delete(oldest))
    }
    if (roll() < 0.2) {
      const artist = pick(LASTING.artists)
      statements.push({
        sql: `UPDATE "Artist" SET "Name" = ? WHERE "ArtistId" = ?`,
        values: [`Artist ${artist}, by the shop, ${round}`, artist],
      })
    }
    await program.transaction(statements, isKept)
    ledger.transactions += 1
    if (isKept) for (const each of settle) each()
    await new Promise((resolve) => setImmediate(resolve))
  }
  return ledger
}
