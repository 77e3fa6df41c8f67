/**
 * Commits batches until the disk takes no more, then says what became of them: the code of the error, the batches that were
 * acknowledged, and what is there afterwards.
 */
import { isSyncError } from '@synclayer/core/storage'
import { noteRow, openStore } from './store-program.ts'

const text = 'x'.repeat(10_000)
const storage = await openStore()
let acknowledged = 0
let code: string | undefined
while (code === undefined) {
  const records = Array.from({ length: 20 }, (_, index) => noteRow(`n${acknowledged}-${index}`, text))
  try {
    await storage.commit({ records, entries: [{ name: 'acknowledged', value: String(acknowledged + 1) }] })
    acknowledged += 1
  } catch (error) {
    code = isSyncError(error) ? error.code : String(error)
  }
}
const count = await storage.count({ collection: 'notes', index: null })
const [entry] = await storage.readEntries(['acknowledged'])
await storage.close()
process.stdout.write(JSON.stringify({ code, acknowledged, count, entry: Number(entry?.value) }))
