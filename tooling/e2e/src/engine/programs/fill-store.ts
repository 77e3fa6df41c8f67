/**
 * Saves large notes until the disk takes no more, and says (`full …`) with which code and what is there; told that there
 * is room, it saves ten more, syncs, and says what became of that.
 */
import { once } from 'node:events'
import { isSyncError } from '@synclayer/core'
import { openClient, programArguments, say } from './engine-program.ts'

const [store, backend] = programArguments('store', 'backend') as [string, string]
const db = await openClient({ store, backend, sync: { auto: false } })
const notes = db.collection('notes')
const text = 'x'.repeat(50_000)
let acknowledged = 0
let code: string | undefined
while (code === undefined) {
  try {
    await notes.save({ id: `note-${acknowledged}`, text, n: acknowledged })
    acknowledged += 1
  } catch (error) {
    code = isSyncError(error) ? error.code : String(error)
  }
}
const readable = (await notes.getAll()).filter((note) => note.text === text).length
say(`full ${JSON.stringify({ code, acknowledged, readable })}`)
await once(process.stdin, 'data')
for (let more = 0; more < 10; more++) await notes.save({ id: `more-${more}`, text, n: acknowledged++ })
await db.sync()
say(`after ${JSON.stringify({ acknowledged, pending: db.status.pending })}`)
await db.close()
process.stdin.destroy()
