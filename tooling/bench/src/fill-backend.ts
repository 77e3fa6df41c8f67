/**
 * Fills a SQLite backend from a thread of its own, whose memory goes with it: what is measured afterwards starts as a new
 * process would, with nothing of the filling left to be collected.
 */
import { fileURLToPath } from 'node:url'
import { isMainThread, Worker, workerData } from 'node:worker_threads'
import { sqliteAdapter } from '@synclayer/adapter-sqlite'
import { createSyncLayer } from '@synclayer/core'
import { todoAt } from './documents.ts'

interface Filling {
  readonly backend: string
  readonly count: number
}

/** Resolves once the backend holds `count` documents. */
export function fillBackend(backend: string, count: number): Promise<void> {
  const data: Filling = { backend, count }
  const worker = new Worker(fileURLToPath(import.meta.url), { workerData: data })
  return new Promise((resolve, reject) => {
    worker.on('error', reject)
    worker.on('exit', (code) =>
      code === 0 ? resolve() : reject(new Error(`The filling ended with ${code}.`)),
    )
  })
}

async function fill({ backend, count }: Filling): Promise<void> {
  const source = await createSyncLayer({
    adapter: sqliteAdapter({ path: backend }),
    collections: ['todos'],
    sync: { auto: false },
  })
  await source.collection('todos').saveAll(Array.from({ length: count }, (_, index) => todoAt(index)))
  await source.sync()
  await source.close()
}

if (!isMainThread) await fill(workerData as Filling)
