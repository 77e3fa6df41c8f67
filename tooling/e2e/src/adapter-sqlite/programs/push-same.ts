/**
 * Pushes the same mutations as every other run of it, at the same moment: rounds of five, of one client. Arguments: path,
 * number of rounds. Prints the versions it was answered with, as JSON.
 */
import { createPusher, creation, openBackend, versionOf, waitForStart } from './backend-program.ts'

const rounds = Number(process.argv[3])
const adapter = await openBackend()
const pusher = await createPusher(adapter, 'twin')
await waitForStart()

const versions: string[] = []
for (let round = 0; round < rounds; round++) {
  const group = round % 2 === 0 ? {} : { group: `g${round}` }
  const batch = [0, 1, 2, 3, 4].map((index) => ({ ...creation('twin', round * 5 + index), ...group }))
  for (const result of await pusher.push(batch)) versions.push(versionOf(result))
}
await adapter.close()
process.stdout.write(JSON.stringify(versions))
