/**
 * Creates as many records as its third argument says, in pushes of 1 to 200, and changes some of them again. Arguments:
 * path, name of the client, number of records. Prints how often it changed a record.
 */
import { createPusher, creation, openBackend, versionOf, waitForStart } from './backend-program.ts'

const clientId = process.argv[3] ?? 'writer'
const count = Number(process.argv[4])
const adapter = await openBackend()
const pusher = await createPusher(adapter, clientId)
await waitForStart()

let changes = 0
let next = count
for (let done = 0; done < count;) {
  const size = Math.min(1 + Math.floor(Math.random() * 200), count - done)
  const batch = Array.from({ length: size }, (_, index) => creation(clientId, done + index))
  const results = await pusher.push(batch)
  const [first] = batch
  const base = versionOf(results[0])
  for (const result of results) versionOf(result)
  done += size
  if (first === undefined || Math.random() < 0.7) continue
  // An update moves its record to the feed's end, past readers that may be on their way to it.
  const change = { ...first, id: `${clientId}.${next++}`, base }
  versionOf((await pusher.push([change]))[0])
  changes += 1
}
await adapter.close()
process.stdout.write(`${changes}\n`)
