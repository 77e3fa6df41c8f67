import { join } from 'node:path'
import { createSyncLayer } from '@synclayer/core'
import { sqliteStorage } from '@synclayer/storage-sqlite'
import { compare, type Figure } from '../compare.ts'
import { bodyAt, todoAt } from '../documents.ts'
import { plainDatabase } from '../plain-database.ts'

const COUNT = 10_000

/** Ten thousand documents in one call and one commit. */
export async function bulkSaves(folder: string): Promise<readonly Figure[]> {
  const plain = plainDatabase(folder, 'bulk-plain', 'NORMAL')
  const db = await createSyncLayer({
    storage: sqliteStorage({ path: join(folder, 'bulk.db') }),
    collections: ['todos'],
  })
  const todos = db.collection('todos')
  let next = 0
  const insertAll = plain.database.transaction((from: number) => {
    for (let index = from; index < from + COUNT; index += 1) {
      const document = todoAt(index)
      plain.insert.run(document.id, JSON.stringify(document))
    }
  })
  const figure = await compare({
    name: 'saveAll of 10,000',
    durability: 'process (synchronous = NORMAL)',
    aim: 'at most 3',
    kind: 'long',
    rounds: 9,
    plain: {
      name: 'one transaction',
      operations: COUNT,
      run: () => {
        insertAll(next)
        next += COUNT
      },
    },
    ours: {
      name: 'await todos.saveAll(documents)',
      operations: COUNT,
      run: () => todos.saveAll(Array.from({ length: COUNT }, (_, index) => bodyAt(next + index))),
    },
  })
  plain.database.close()
  await db.close()
  return [figure]
}
