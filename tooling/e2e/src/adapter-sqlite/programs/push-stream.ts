/**
 * Pushes creations without end, three to a push, every other push a group. Arguments: path, name of the client, number of
 * the first push. Prints the number and the versions of each push that was acknowledged, by a write that has reached the
 * pipe when it returns.
 */
import { writeSync } from 'node:fs'
import { createPusher, creation, openBackend, versionOf } from './backend-program.ts'

const clientId = process.argv[3] ?? 'writer'
const adapter = await openBackend()
const pusher = await createPusher(adapter, clientId)
for (let n = Number(process.argv[4]); ; n++) {
  const group = n % 2 === 0 ? {} : { group: `g${n}` }
  const batch = [0, 1, 2].map((index) => ({ ...creation(clientId, n * 3 + index), ...group }))
  const versions = (await pusher.push(batch)).map(versionOf)
  writeSync(1, `${JSON.stringify({ n, versions })}\n`)
}
