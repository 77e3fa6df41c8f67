/**
 * Creates notes, which it sends at once: first as many as its third argument says, in large chunks; then it says `begun`
 * and, twice, waits until it is told to go on and makes half of what its fourth says, in small ones. With each chunk it
 * changes some older notes, so that they move in the feed, and makes and deletes one that nobody needs. Says in the end
 * how often it changed one.
 */
import { once } from 'node:events'
import { dice, openClient, programArguments, say } from './engine-program.ts'

const [backend, name, before, after] = programArguments('backend', 'name', 'before', 'after') as [
  string,
  string,
  string,
  string,
]
const roll = dice(name.length)
const db = await openClient({ backend, sync: { auto: false, batchSize: 5_000 } })
const notes = db.collection('notes')
let made = 0
let changed = 0
await write(Number(before), 5_000)
say('begun')
for (const share of [0.5, 1]) {
  await once(process.stdin, 'data')
  await write(Number(before) + share * Number(after), 200)
}
say(String(changed))
await db.close()
process.stdin.destroy()

async function write(until: number, size: number): Promise<void> {
  while (made < until) {
    const first = made
    made = Math.min(first + size, until)
    const ids = Array.from({ length: made - first }, (_, index) => `${name}-${first + index}`)
    const passing = `${name}-passing-${made}`
    await notes.saveAll(ids.map((id) => ({ id, text: 'A note of some length, as notes are.', n: 0 })))
    await notes.save({ id: passing, text: 'Soon gone.', n: 0 })
    await db.sync()
    const older = new Set(Array.from({ length: 10 }, () => `${name}-${Math.floor(roll() * made)}`))
    for (const id of older) await notes.update(id, (draft) => (draft.n += 1))
    changed += older.size
    await notes.delete(passing)
  }
  await db.sync()
}
