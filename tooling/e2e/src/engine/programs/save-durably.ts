/** Saves notes one by one with the durability `power`, and says how many are acknowledged, until it is killed. */
import { openClient, programArguments, say } from './engine-program.ts'

const [store, backend] = programArguments('store', 'backend') as [string, string]
const db = await openClient({ store, backend, sync: { auto: false }, options: { durability: 'power' } })
for (let n = 1; ; n++) {
  await db.collection('notes').save({ id: `note-${n}`, text: 'Kept.', n })
  say(String(n))
}
