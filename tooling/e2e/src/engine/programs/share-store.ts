/**
 * One of several processes on one store: counts a record up as often as it is told, saves as many notes of its own, and
 * syncs by itself meanwhile. Says `ready`, begins when told to, says `watched <n>` for every result of a live query over
 * the counter, `done` when all is saved, `settled` when nothing is unsent and the live query shows what all of them count
 * up to together, its last argument; it ends when told to.
 */
import { once } from 'node:events'
import { openClient, programArguments, say } from './engine-program.ts'

const [store, backend, name, times, total] = programArguments(
  'store',
  'backend',
  'name',
  'times',
  'total',
) as [string, string, string, string, string]
const db = await openClient({ store, backend })
db.on('error', ({ error }) => say(`error ${error.code} ${error.message}`))
const counters = db.collection('counters')
const watched = counters.watch('shared')
const shown = new Promise<void>((resolve) => {
  watched.subscribe((counter) => {
    say(`watched ${counter?.n}`)
    if (counter?.n === Number(total)) resolve()
  })
})
say('ready')
await once(process.stdin, 'data')
for (let n = 0; n < Number(times); n++) {
  await counters.update('shared', (draft) => {
    draft.n += 1
    draft.by[name] = (draft.by[name] ?? 0) + 1
  })
  await db.collection('notes').save({ id: `${name}-${n}`, text: 'One of many.', n })
}
say('done')
await once(process.stdin, 'data')
await db.sync()
await db.outbox.settled()
await shown
say(`settled ${JSON.stringify(db.status)}`)
await once(process.stdin, 'data')
await db.close()
process.stdin.destroy()
