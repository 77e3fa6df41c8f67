import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { restAdapter } from '@synclayer/adapter-rest'
import { createSyncLayer, type SyncLayer } from '@synclayer/core'
import { sqliteStorage } from '@synclayer/storage-sqlite'
import type { Figure } from '../compare.ts'
import { todoAt } from '../documents.ts'
import type { OtherClientMessage } from '../programs/other-client.ts'
import { startServer } from '../server-process.ts'

const CHANGES = 1_000
const WARM_UP = 300
/** Each change finds everyone at rest. */
const REST_MS = 5

type Client = SyncLayer<readonly ['todos']>

/**
 * From the call of save on one client to the call of the other's listener, on loopback: saved here, sent, saved there,
 * told, and saved at the other client. Both clients and the server are processes of their own.
 */
export async function toTheOtherClient(folder: string): Promise<readonly Figure[]> {
  const figures: Figure[] = []
  for (const durability of ['process', 'power'] as const) {
    const server = await startServer(join(folder, `wire-${durability}.db`), durability)
    const there = startOther(join(folder, `there-${durability}.db`), server.url, durability)
    const here = await createSyncLayer({
      storage: sqliteStorage({ path: join(folder, `here-${durability}.db`) }),
      adapter: restAdapter({ url: server.url }),
      collections: ['todos'] as const,
      durability,
    })
    await Promise.all([connected(here), told(there, (message) => 'connected' in message)])
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
    const ended = once(there, 'exit')
    there.disconnect()
    await Promise.all([here.close(), ended])
    await server.stop()
  }
  return figures
}

function startOther(path: string, url: string, durability: string): ChildProcess {
  const program = fileURLToPath(new URL('../programs/other-client.js', import.meta.url))
  return fork(program, [path, url, durability])
}

/** Resolves with the first message that is the one. */
function told(
  there: ChildProcess,
  isIt: (message: OtherClientMessage) => boolean,
): Promise<OtherClientMessage> {
  return new Promise((resolve, reject) => {
    const hear = (message: OtherClientMessage): void => {
      if (!isIt(message)) return
      there.off('message', hear)
      there.off('exit', fail)
      resolve(message)
    }
    const fail = (): void => reject(new Error('The other client has ended.'))
    there.on('message', hear)
    there.once('exit', fail)
  })
}

async function connected(client: Client): Promise<void> {
  await new Promise<void>((resolve) => client.on('realtimeConnected', () => resolve()))
  await client.sync()
}

/** Milliseconds of each change, in ascending order. */
async function measure(here: Client, there: ChildProcess): Promise<readonly number[]> {
  const waits: number[] = []
  for (let turn = 0; turn < WARM_UP + CHANGES; turn += 1) {
    const todo = todoAt(turn)
    const seen = told(there, (message) => 'id' in message && message.id === todo.id)
    const begun = process.hrtime.bigint()
    await here.collection('todos').save(todo)
    const message = await seen
    if ('atNs' in message && turn >= WARM_UP) waits.push(Number(BigInt(message.atNs) - begun) / 1e6)
    await here.outbox.settled()
    await delay(REST_MS)
  }
  return waits.sort((a, b) => a - b)
}

function at(sorted: readonly number[], share: number): number {
  return sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))]!
}
