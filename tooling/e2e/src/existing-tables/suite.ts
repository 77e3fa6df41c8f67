/** Tables that were there before, edited from both sides at the same moment: equal in the end, and nothing lost. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, onTestFinished, test } from 'vitest'
import { dice } from '../engine/programs/engine-program.ts'
import { openShopClient, type ShopClient, workInApp } from './shop-app.ts'
import { workInShop } from './shop-programs.ts'
import { type Program, SHOP_ROWS, SHOP_SCHEMA, SHOP_TABLES, type ShopKind } from './shop.ts'

const TRANSACTIONS = 80
const EDITS = 60
const MOST_ROUNDS = 100

type CollectionName = keyof typeof SHOP_TABLES
const NAMES = Object.keys(SHOP_TABLES) as CollectionName[]

export function existingTablesSuite(kind: ShopKind): void {
  const folder = mkdtempSync(join(tmpdir(), 'synclayer-shop-clients-'))
  afterAll(() => rmSync(folder, { recursive: true }))

  describe(`tables that were there before, on ${kind.adapter}`, () => {
    test('are edited from both sides, are equal in the end, and no update of anybody is lost', async () => {
      const seed = Number(process.env['SYNCLAYER_SEED'] ?? Math.floor(Math.random() * 2 ** 31))
      const shop = await kind.open()
      onTestFinished(() => shop.remove())
      const programs = await Promise.all([1, 2, 3].map(() => shop.connect()))
      onTestFinished(async () => void (await Promise.all(programs.map((each) => each.close()))))
      const [first] = programs as [Program, ...Program[]]
      await first.transaction(
        SHOP_SCHEMA.map((sql) => ({ sql, values: [] })),
        true,
      )
      await first.transaction(SHOP_ROWS, true)
      const clients = await Promise.all(
        ['ada', 'bob', 'cleo'].map((name) =>
          openShopClient(join(folder, `${name}-${seed}.db`), shop.createAdapter()),
        ),
      )
      onTestFinished(async () => void (await Promise.all(clients.map((client) => client.close()))))
      await Promise.all(clients.map((client) => client.sync()))
      for (const client of clients) expect(await client.collection('tracks').count()).toBe(20)

      const [shopLedgers, appLedgers] = await Promise.all([
        Promise.all(programs.map((each, n) => workInShop(each, 11 + n, dice(seed + n), TRANSACTIONS))),
        Promise.all(clients.map((each, n) => workInApp(each, 21 + n, dice(seed - 1 - n), EDITS))),
      ])
      const rounds = await settle(clients)

      const stored = await contentOf(first)
      const likes = sum(appLedgers.map((ledger) => ledger.likes))
      const plays = sum(shopLedgers.map((ledger) => ledger.plays))
      const summary = `${shop.product}, seed ${seed}: ${plays} plays by SQL, ${likes} likes by clients, settled in ${rounds} rounds`
      process.stdout.write(`${summary}\n`)
      for (const client of clients) {
        expect(await client.outbox.list(), summary).toEqual([])
        for (const name of NAMES) {
          expect(plain(await client.collection(name).getAll()), `${name}, ${summary}`).toEqual(stored[name])
        }
      }
      expect(sum(stored.tracks.map((track) => Number(track['plays']))), summary).toBe(plays)
      expect(sum(stored.tracks.map((track) => Number(track['likes']))), summary).toBe(likes)
      const idsOf = (name: CollectionName): readonly string[] => stored[name].map(({ id }) => id)
      for (const { customers } of shopLedgers) {
        expect(idsOf('customers'), summary).toEqual(expect.arrayContaining([...customers].map(String)))
      }
      for (const { albums, invoices } of appLedgers) {
        expect(idsOf('albums'), summary).toEqual(expect.arrayContaining([...albums]))
        expect(idsOf('invoices'), summary).toEqual(expect.arrayContaining([...invoices]))
      }
    }, 240_000)
  })
}

/**
 * Syncs all until none has anything to send or to take; answers how many rounds that took. They also sync by themselves: what
 * one has sent between two of these turns shows only in the round after.
 */
async function settle(clients: readonly ShopClient[]): Promise<number> {
  let quiet = 0
  for (let round = 1; round <= MOST_ROUNDS; round++) {
    let moved = 0
    for (const client of clients) {
      const { pushed, pulled } = await client.sync()
      moved += pushed + pulled + client.status.pending
    }
    quiet = moved === 0 ? quiet + 1 : 0
    if (quiet === 2) return round
  }
  throw new Error(`The clients have not settled in ${MOST_ROUNDS} rounds.`)
}

type Documents = readonly (Readonly<Record<string, unknown>> & { readonly id: string })[]

/** What the tables say, by the fields of the collections. */
async function contentOf(program: Program): Promise<Readonly<Record<CollectionName, Documents>>> {
  const content: [CollectionName, Documents][] = []
  for (const name of NAMES) {
    const { table, id, fields } = SHOP_TABLES[name]
    const columns = Object.entries(fields).map(([field, column]) => `"${column}" AS "${field}"`)
    const rows = await program.query(`SELECT "${id}" AS "id", ${columns.join(', ')} FROM "${table}"`)
    content.push([name, plain(rows)])
  }
  return Object.fromEntries(content) as Record<CollectionName, Documents>
}

/** In the order of their ids; numbers as texts, since databases differ in what decimal numbers are in JSON. */
function plain(documents: readonly object[]): Documents {
  return documents
    .map((document) =>
      Object.fromEntries(
        Object.entries(document).map(([field, value]) => [
          field,
          field === 'price' || field === 'total'
            ? Number(value)
            : field === 'id'
              ? String(value)
              : (value as unknown),
        ]),
      ),
    )
    .toSorted((a, b) => Number(a['id']) - Number(b['id'])) as unknown as Documents
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((all, each) => all + each, 0)
}
