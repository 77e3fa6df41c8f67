/** A thread of the pool: runs the seeds it is sent, and sends back what came of them. */
import { parentPort } from 'node:worker_threads'
import { runSeeds, type Seeds } from './work.ts'

// Errors are part of every run, and nobody reads where they came from: what fails is run again by itself.
Error.stackTraceLimit = 0

parentPort!.on('message', (seeds: Seeds) => {
  void runSeeds(seeds).then((work) => parentPort!.postMessage(work))
})
