/** What the benchmark measures, in the page: SyncLayer over `dexieStorage`, and the same by Dexie alone. */
import { expose } from '@synclayer/browser-lab/page'
import { collection, createSyncLayer } from '@synclayer/core'
import { Dexie, type Table } from 'dexie'
import { dexieStorage } from '../index.ts'
import { idOf, type Todo, todo, todos } from './documents.ts'
import { feedAdapter, feedTexts } from './feed-adapter.ts'

/** How much is done. */
export interface Amounts {
  /** Saves, reads and queries, one at a time. */
  readonly singles: number
  /** Documents in one call. */
  readonly together: number
  /** Documents in the store that is queried. */
  readonly stored: number
}

/** What is compared; every figure is in milliseconds for the whole. */
export interface Side {
  readonly prepare: (amounts: Amounts) => Promise<void>
  readonly save: () => Promise<void>
  readonly saveAll: () => Promise<void>
  readonly fill: () => Promise<void>
  readonly get: () => Promise<void>
  readonly queryFew: () => Promise<number>
  readonly queryMany: () => Promise<number>
  readonly firstSync: () => Promise<number>
  readonly close: () => Promise<void>
}

export interface BenchPage {
  readonly run: (side: 'ours' | 'dexie', step: Exclude<keyof Side, 'prepare'>) => Promise<Measured>
  readonly prepare: (side: 'ours' | 'dexie', amounts: Amounts) => Promise<void>
}

export interface Measured {
  readonly ms: number
  /** What the step found: the same on both sides. */
  readonly found: number
}

const CHUNK = 10_000
const FEW = 50
let run = 0

async function openOurs(name: string, texts?: readonly string[]) {
  return createSyncLayer({
    storage: dexieStorage({ name, persist: false }),
    collections: { todos: collection<Todo>({ indexes: ['priority', 'userId'] }) },
    ...(texts === undefined ? {} : { adapter: feedAdapter(texts), sync: { auto: false } }),
  })
}

function ours(): Side {
  const name = `bench-${Date.now()}-${++run}`
  let client: Awaited<ReturnType<typeof openOurs>>
  let amounts: Amounts
  let texts: readonly string[]
  return {
    async prepare(given) {
      amounts = given
      texts = feedTexts(amounts.stored)
      client = await openOurs(name)
    },
    async save() {
      for (let at = 0; at < amounts.singles; at++)
        await client.collection('todos').save(todo(10_000_000 + at))
    },
    async saveAll() {
      await client.collection('todos').saveAll(todos(20_000_000, 20_000_000 + amounts.together))
    },
    async fill() {
      for (let from = 0; from < amounts.stored; from += CHUNK) {
        await client.collection('todos').saveAll(todos(from, Math.min(from + CHUNK, amounts.stored)))
      }
    },
    async get() {
      for (let at = 0; at < amounts.singles; at++) {
        await client.collection('todos').get(idOf((at * 7_919) % amounts.stored))
      }
    },
    async queryFew() {
      let found = 0
      for (let at = 0; at < amounts.singles; at++) {
        const query = client
          .collection('todos')
          .where({ priority: at % 100 })
          .limit(FEW)
        found += (await query.get()).length
      }
      return found
    },
    async queryMany() {
      let found = 0
      for (let priority = 0; priority < 10; priority++) {
        found += (await client.collection('todos').where({ priority }).get()).length
      }
      return found
    },
    async firstSync() {
      const fresh = await openOurs(`${name}-first`, texts)
      await fresh.sync()
      const found = await fresh.collection('todos').count()
      await fresh.close()
      return found
    },
    async close() {
      await client.close()
      for (const each of [name, `${name}-first`]) await Dexie.delete(`synclayer:${each}`)
    },
  }
}

function openDexie(name: string): { readonly db: Dexie; readonly table: Table<Todo, string> } {
  const db = new Dexie(name, { chromeTransactionDurability: 'relaxed' })
  db.version(1).stores({ todos: 'id, priority, userId' })
  return { db, table: db.table('todos') }
}

function dexie(): Side {
  const name = `bench-dexie-${Date.now()}-${++run}`
  const { db, table } = openDexie(name)
  let amounts: Amounts
  let texts: readonly string[]
  return {
    async prepare(given) {
      amounts = given
      texts = feedTexts(amounts.stored)
      await db.open()
    },
    async save() {
      for (let at = 0; at < amounts.singles; at++) await table.put(todo(10_000_000 + at))
    },
    async saveAll() {
      await table.bulkPut(todos(20_000_000, 20_000_000 + amounts.together))
    },
    async fill() {
      for (let from = 0; from < amounts.stored; from += CHUNK) {
        await table.bulkPut(todos(from, Math.min(from + CHUNK, amounts.stored)))
      }
    },
    async get() {
      for (let at = 0; at < amounts.singles; at++) await table.get(idOf((at * 7_919) % amounts.stored))
    },
    async queryFew() {
      let found = 0
      for (let at = 0; at < amounts.singles; at++) {
        found += (
          await table
            .where('priority')
            .equals(at % 100)
            .limit(FEW)
            .toArray()
        ).length
      }
      return found
    },
    async queryMany() {
      let found = 0
      for (let priority = 0; priority < 10; priority++) {
        found += (await table.where('priority').equals(priority).toArray()).length
      }
      return found
    },
    async firstSync() {
      const fresh = openDexie(`${name}-first`)
      for (let from = 0; from < texts.length; from += 2_000) {
        await fresh.table.bulkPut(texts.slice(from, from + 2_000).map((text) => JSON.parse(text) as Todo))
      }
      const found = await fresh.table.count()
      fresh.db.close()
      return found
    },
    async close() {
      db.close()
      for (const each of [name, `${name}-first`]) await Dexie.delete(each)
    },
  }
}

let sides: Record<'ours' | 'dexie', Side> = { ours: ours(), dexie: dexie() }

expose<BenchPage>({
  async prepare(side, amounts) {
    sides = { ...sides, [side]: side === 'ours' ? ours() : dexie() }
    await sides[side].prepare(amounts)
  },
  async run(side, step) {
    const began = performance.now()
    const found = await sides[side][step]()
    return { ms: performance.now() - began, found: found ?? 0 }
  },
})
