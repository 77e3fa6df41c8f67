/**
 * Adds one to a row as often as its second argument says, against all others who do the same. Says that it is ready by an
 * entry named after itself, begins when there is an entry `go`, and prints how often it came too late.
 */
import { setImmediate as nextTurn, setTimeout as delay } from 'node:timers/promises'
import { noteRow, openStore } from './store-program.ts'

const times = Number(process.argv[3])
const storage = await openStore()
await storage.commit({ entries: [{ name: `ready/${process.pid}`, value: '' }] })
for (;;) {
  const [go] = await storage.readEntries(['go'])
  if (go !== undefined) break
  await delay(5)
}

let staleCount = 0
for (let done = 0; done < times;) {
  const [row] = await storage.read([{ collection: 'notes', id: 'n' }])
  if (row === undefined || 'damaged' in row) throw new Error('The row is not there.')
  // An app computes between reading and writing, and others get their turn.
  await nextTurn()
  const expectation = [{ collection: 'notes', id: 'n', revision: row.revision }]
  const { status } = await storage.commit(
    { records: [noteRow('n', String(Number(row.sync) + 1))] },
    expectation,
  )
  if (status === 'committed') done += 1
  else staleCount += 1
}
await storage.close()
process.stdout.write(`${staleCount}\n`)
