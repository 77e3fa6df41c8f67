/**
 * Commits without end: batch n writes `n` into 40 rows, an entry, and one new row, and removes the new row of batch n - 2.
 * Prints n once the batch is acknowledged, by a write that has reached the pipe when it returns.
 */
import { writeSync } from 'node:fs'
import { noteRow, openStore } from './store-program.ts'

const storage = await openStore()
const [last] = await storage.readEntries(['n'])
for (let n = Number(last?.value ?? 0) + 1; ; n++) {
  const shared = Array.from({ length: 40 }, (_, index) => noteRow(`shared-${index}`, String(n)))
  await storage.commit({
    records: [...shared, noteRow(`own-${n}`, String(n))],
    removals: [{ collection: 'notes', id: `own-${n - 2}` }],
    entries: [{ name: 'n', value: String(n) }],
    flush: n % 50 === 0,
  })
  writeSync(1, `${n}\n`)
}
