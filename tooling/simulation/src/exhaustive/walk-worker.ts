/** A thread of the walk: makes the steps from the places it is sent, and sends back what came of them. */
import { parentPort } from 'node:worker_threads'
import { expand } from './expand.ts'
import { Healed } from './healed.ts'
import type { Places } from './walk.ts'

const healed = new Healed()

parentPort!.on('message', ({ bounds, places }: Places) => {
  void expand(bounds, places, healed).then((expansion) => parentPort!.postMessage(expansion))
})
