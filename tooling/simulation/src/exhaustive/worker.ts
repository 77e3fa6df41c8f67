/** A thread of the explorer: runs the parts it is sent, and sends back what came of them. */
import { parentPort } from 'node:worker_threads'
import { explore, type Part } from './explore.ts'

parentPort!.on('message', (part: Part) => {
  void explore(part).then((exploration) => parentPort!.postMessage(exploration))
})
