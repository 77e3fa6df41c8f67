/** Work spread over threads, one for each core. */
import { availableParallelism } from 'node:os'
import { Worker } from 'node:worker_threads'

/**
 * Gives tasks to threads that run `worker`, one at a time each, until `take` gives none, and tells of each result as it
 * comes in. At most `most` threads are started.
 */
export async function runThreads<Task, Result>(
  worker: URL,
  most: number,
  take: () => Task | null,
  onResult: (result: Result, task: Task) => void,
): Promise<void> {
  const threads = Math.min(availableParallelism(), most)
  await Promise.all(Array.from({ length: threads }, () => runThread(worker, take, onResult)))
}

async function runThread<Task, Result>(
  file: URL,
  take: () => Task | null,
  onResult: (result: Result, task: Task) => void,
): Promise<void> {
  const worker = new Worker(file)
  try {
    for (let task = take(); task !== null; task = take()) {
      worker.postMessage(task)
      const result = await new Promise<Result>((resolve, reject) => {
        worker.once('message', resolve)
        worker.once('error', reject)
      })
      worker.removeAllListeners('error')
      onResult(result, task)
    }
  } finally {
    await worker.terminate()
  }
}
