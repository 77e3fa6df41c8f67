import { join } from 'node:path'
import { measure } from 'mitata'
import { createSyncLayer } from '@synclayer/core'
import { sqliteStorage } from '@synclayer/storage-sqlite'
import { type Figure, SAMPLING } from '../compare.ts'
import { type Todo, todoAt } from '../documents.ts'

const COUNT = 100_000

/** One change while a live query holds 100,000 documents: from the call of save to the listener's call, all in. */
export async function liveQueries(folder: string): Promise<readonly Figure[]> {
  const db = await createSyncLayer({
    storage: sqliteStorage({ path: join(folder, 'live.db') }),
    collections: ['todos'],
  })
  const todos = db.collection('todos')
  await todos.saveAll(Array.from({ length: COUNT }, (_, index) => todoAt(index)))
  const figures: Figure[] = []
  let turn = 0
  for (const sorted of [false, true]) {
    const query = sorted
      ? todos.orderBy('priority', 'desc').orderBy('createdAt')
      : todos.where('done', 'in', [true, false])
    const live = query.watch()
    let waiting: (() => void)[] = []
    const nextCall = (): Promise<void> => new Promise((resolve) => waiting.push(resolve))
    live.subscribe(() => {
      const told = waiting
      waiting = []
      for (const resolve of told) resolve()
    })
    await nextCall()
    const stats = await measure(
      async () => {
        turn += 1
        const called = nextCall()
        const changed: Todo = {
          ...todoAt((turn * 7919) % COUNT),
          priority: turn % 11,
          note: `changed ${turn}`,
        }
        await todos.save(changed)
        await called
      },
      { ...SAMPLING, min_samples: 1_000, max_samples: 2_000 },
    )
    live.close()
    figures.push({
      name: `one change to a live query over 100,000${sorted ? ', sorted' : ''} (p99 ${(stats.p99 / 1e6).toFixed(2)} ms)`,
      durability: 'process (synchronous = NORMAL)',
      aim: 'under 1,000 µs',
      plainUs: Number.NaN,
      oursUs: stats.p50 / 1_000,
      ratio: Number.NaN,
      least: Number.NaN,
      most: Number.NaN,
    })
  }
  await db.close()
  return figures
}
