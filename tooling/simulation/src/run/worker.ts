/** A thread of the pool: runs the seeds it is sent, and sends back what came of them. */
import { parentPort } from 'node:worker_threads'
import { runSeeds, type Seeds } from './work.ts'

parentPort!.on('message', (seeds: Seeds) => {
  void runSeeds(seeds).then((work) => parentPort!.postMessage(work))
})
