import { join } from 'node:path'
import { sqliteAdapter } from '@synclayer/adapter-sqlite'
import { createSyncLayer } from '@synclayer/core'
import { sqliteStorage } from '@synclayer/storage-sqlite'
import { compare, type Figure } from '../compare.ts'
import { type Todo, todoAt } from '../documents.ts'
import { fillBackend } from '../fill-backend.ts'
import { plainDatabase } from '../plain-database.ts'

const COUNT = 100_000
const PER_TRANSACTION = 500

/** A new client takes 100,000 records from an SQLite backend. Plain: parse the same JSON and insert it, page by page. */
export async function firstSync(folder: string): Promise<readonly Figure[]> {
  const backend = join(folder, 'backend.db')
  await fillBackend(backend, COUNT)
  const texts = Array.from({ length: COUNT }, (_, index) => JSON.stringify(todoAt(index)))
  let runs = 0
  const peaks: number[] = []
  const figure = await compare({
    name: 'first sync of 100,000',
    durability: 'process (synchronous = NORMAL)',
    aim: 'at most 3',
    kind: 'long',
    rounds: 5,
    before: () => {
      runs += 1
    },
    plain: {
      name: 'parse and insert, 500 to a transaction',
      operations: COUNT,
      run: () => {
        const plain = plainDatabase(folder, `first-plain-${runs}`, 'NORMAL')
        for (let from = 0; from < COUNT; from += PER_TRANSACTION) {
          plain.database.transaction(() => {
            for (const text of texts.slice(from, from + PER_TRANSACTION)) {
              plain.insert.run((JSON.parse(text) as Todo).id, text)
            }
          })()
        }
        plain.database.close()
      },
    },
    ours: {
      name: 'createSyncLayer, await db.sync()',
      operations: COUNT,
      run: async () => {
        const client = await createSyncLayer({
          storage: sqliteStorage({ path: join(folder, `first-${runs}.db`) }),
          adapter: sqliteAdapter({ path: backend }),
          collections: ['todos'],
          sync: { auto: false },
        })
        const before = process.memoryUsage().rss
        let peak = before
        const stop = client.status.subscribe(() => {
          peak = Math.max(peak, process.memoryUsage().rss)
        })
        await client.sync()
        stop()
        peaks.push(peak - before)
        await client.close()
      },
    },
  })
  const grown = Math.max(...peaks) / 1_000_000
  return [{ ...figure, name: `${figure.name} (memory grew by ${grown.toFixed(0)} MB at most)` }]
}
