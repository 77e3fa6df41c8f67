import type { Client } from '../clients.ts'
import type { Demonstration } from '../demonstration.ts'
import { formatCount, formatRate, formatSeconds } from '../terminal.ts'

/** Ada comes online, and all she has goes to the backend. */
export async function syncUp({ terminal }: Demonstration, ada: Client): Promise<void> {
  terminal.step(
    'Ada comes online and sends it all',
    'Each change has a number of its own. Where an answer is lost it is sent again, and the backend knows it: it is applied once. Kill the process half way, and the next start goes on where it was.',
  )
  const { db } = ada
  const total = db.status.pending
  const bar = terminal.progress('sent')
  const stop = db.status.subscribe(({ pending }) => bar.update(total - pending, total))
  const startedAt = performance.now()
  db.resume()
  const { pushed } = await db.sync()
  const ms = performance.now() - startedAt
  stop()
  bar.end()
  terminal.done(
    `${formatCount(pushed)} changes accepted by the backend in ${formatSeconds(ms)}: ${formatRate(pushed, ms)}`,
  )
  terminal.done(`${formatCount(db.status.pending)} wait, ${formatCount(db.status.parked)} were refused`)
}
