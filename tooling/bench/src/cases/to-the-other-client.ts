import { once } from 'node:events'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { restAdapter } from '@synclayer/adapter-rest'
import { createSyncLayer, type SyncLayer } from '@synclayer/core'
import { sqliteStorage } from '@synclayer/storage-sqlite'
import type { Figure } from '../compare.ts'
import { todoAt } from '../documents.ts'
import { startServer } from '../server-process.ts'

const CHANGES = 1_000
const WARM_UP = 200
/** Each change finds everyone at rest. */
const REST_MS = 5

type Client = SyncLayer<readonly ['todos']>

/**
 * From the call of save on one client to the call of the other's listener, through a server in a process of its own, on
 * loopback: saved here, sent, saved there, told, and saved at the other client.
 */
export async function toTheOtherClient(folder: string): Promise<readonly Figure[]> {
  const figures: Figure[] = []
  for (const durability of ['process', 'power'] as const) {
    const server = await startServer(join(folder, `wire-${durability}.db`), durability)
    const open = (name: string): Promise<Client> =>
      createSyncLayer({
        storage: sqliteStorage({ path: join(folder, `${name}-${durability}.db`) }),
        adapter: restAdapter({ url: server.url }),
        collections: ['todos'] as const,
        durability,
      })
    const [here, there] = await Promise.all([open('here'), open('there')])
    await Promise.all([connected(here), connected(there)])
    const waits = await measure(here, there)
    figures.push({
      name: `save to the other client's live query, over HTTP and WebSocket (p99 ${at(waits, 0.99).toFixed(2)} ms)`,
      durability: `${durability}, on both clients and on the server`,
      aim: 'median 2 ms, p99 8 ms',
      plainUs: Number.NaN,
      oursUs: at(waits, 0.5) * 1_000,
      ratio: Number.NaN,
      least: Number.NaN,
      most: Number.NaN,
    })
    await Promise.all([here.close(), there.close()])
    await server.stop()
  }
  return figures
}

async function connected(client: Client): Promise<void> {
  const emitter = new EventTarget()
  const told = once(emitter, 'connected')
  const stop = client.on('realtimeConnected', () => emitter.dispatchEvent(new Event('connected')))
  await told
  stop()
  await client.sync()
}

/** Milliseconds of each change, in ascending order. */
async function measure(here: Client, there: Client): Promise<readonly number[]> {
  const waits: number[] = []
  const live = there
    .collection('todos')
    .where('done', 'in', [true, false])
    .orderBy('createdAt', 'desc')
    .limit(1)
    .watch()
  let told = (): void => undefined
  let wanted = ''
  live.subscribe(([newest]) => {
    if (newest?.id === wanted) told()
  })
  for (let turn = 0; turn < WARM_UP + CHANGES; turn += 1) {
    const todo = todoAt(turn)
    wanted = todo.id
    const seen = new Promise<void>((resolve) => (told = resolve))
    const begun = performance.now()
    await here.collection('todos').save(todo)
    await seen
    const ms = performance.now() - begun
    if (turn >= WARM_UP) waits.push(ms)
    await here.outbox.settled()
    await delay(REST_MS)
  }
  live.close()
  return waits.sort((a, b) => a - b)
}

function at(sorted: readonly number[], share: number): number {
  return sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))]!
}
