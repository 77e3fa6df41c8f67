import { join } from 'node:path'
import { createSyncLayer } from '@synclayer/core'
import { sqliteStorage } from '@synclayer/storage-sqlite'
import { compare, type Figure } from '../compare.ts'
import { idAt, todoAt } from '../documents.ts'
import { plainDatabase } from '../plain-database.ts'

const STORED = 10_000

/** One document by its id. */
export async function reads(folder: string): Promise<readonly Figure[]> {
  const plain = plainDatabase(folder, 'reads-plain', 'NORMAL')
  const db = await createSyncLayer({
    storage: sqliteStorage({ path: join(folder, 'reads.db') }),
    collections: ['todos'],
  })
  const todos = db.collection('todos')
  const documents = Array.from({ length: STORED }, (_, index) => todoAt(index))
  for (const document of documents) plain.insert.run(document.id, JSON.stringify(document))
  await todos.saveAll(documents)
  let at = 0
  const nextId = (): string => idAt((at += 7919) % STORED)
  const figure = await compare({
    name: 'get by id',
    durability: 'does not matter',
    aim: 'a few µs more',
    kind: 'single',
    rounds: 7,
    plain: {
      name: 'get and JSON.parse',
      operations: 1,
      run: () => JSON.parse(plain.get.get(nextId())!) as unknown,
    },
    ours: { name: 'await todos.get(id)', operations: 1, run: async () => todos.get(nextId()) },
  })
  plain.database.close()
  await db.close()
  return [figure]
}
