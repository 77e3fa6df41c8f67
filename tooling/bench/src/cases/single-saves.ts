import { randomUUID } from 'node:crypto'
import { join } from 'node:path'
import { createSyncLayer } from '@synclayer/core'
import { sqliteStorage } from '@synclayer/storage-sqlite'
import { compare, type Figure } from '../compare.ts'
import { bodyAt } from '../documents.ts'
import { plainDatabase } from '../plain-database.ts'

/** One awaited save after the other, each durable when it resolves. */
export async function singleSaves(folder: string): Promise<readonly Figure[]> {
  const figures: Figure[] = []
  for (const durability of ['process', 'power'] as const) {
    const synchronous = durability === 'power' ? 'FULL' : 'NORMAL'
    const plain = plainDatabase(folder, `single-${durability}-plain`, synchronous)
    const db = await createSyncLayer({
      storage: sqliteStorage({ path: join(folder, `single-${durability}.db`) }),
      collections: ['todos'],
      durability,
    })
    const todos = db.collection('todos')
    let at = 0
    figures.push(
      await compare({
        name: 'save, one at a time',
        durability: `${durability} (synchronous = ${synchronous})`,
        aim: 'at most 2',
        kind: 'single',
        rounds: 7,
        plain: {
          name: 'insert in its own transaction',
          operations: 1,
          run: () => {
            const id = randomUUID()
            plain.insert.run(id, JSON.stringify({ ...bodyAt((at += 1)), id }))
          },
        },
        ours: {
          name: 'await todos.save(document)',
          operations: 1,
          run: async () => todos.save(bodyAt((at += 1))),
        },
      }),
    )
    plain.database.close()
    await db.close()
  }
  return figures
}
