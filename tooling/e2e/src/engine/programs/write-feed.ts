/**
 * Creates as many notes as it is told, in chunks of the size it is told, which it sends at once; with each chunk it changes some older ones, so
 * that they move in the feed, and makes and deletes one that nobody needs. Says in the end how often it changed one.
 */
import { dice, openClient, programArguments, say } from './engine-program.ts'

const [backend, name, count, size] = programArguments('backend', 'name', 'count', 'chunk') as [
  string,
  string,
  string,
  string,
]
const roll = dice(count.length + name.length)
const db = await openClient({ backend, sync: { auto: false, batchSize: 5_000 } })
const notes = db.collection('notes')
await db.sync()
let made = 0
let changed = 0
for (let chunk = 0; made < Number(count); chunk++) {
  const first = made
  made = Math.min(first + Number(size), Number(count))
  const ids = Array.from({ length: made - first }, (_, index) => `${name}-${first + index}`)
  await notes.saveAll(ids.map((id) => ({ id, text: 'A note of some length, as notes are.', n: 0 })))
  await notes.save({ id: `${name}-passing-${chunk}`, text: 'Soon gone.', n: 0 })
  await db.sync()
  const older = new Set(Array.from({ length: 10 }, () => `${name}-${Math.floor(roll() * made)}`))
  for (const id of older) await notes.update(id, (draft) => (draft.n += 1))
  changed += older.size
  await notes.delete(`${name}-passing-${chunk}`)
}
await db.sync()
say(String(changed))
await db.close()
