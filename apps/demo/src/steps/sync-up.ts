import type { Demonstration } from '../demonstration.ts'
import type { Client } from '../processes/client-process.ts'
import { formatBytes, formatCount, formatRate, formatSeconds } from '../terminal.ts'

/** Ada comes online, and all she has goes to the server. */
export async function syncUp({ terminal }: Demonstration, ada: Client): Promise<void> {
  terminal.step(
    'Ada comes online and sends it all',
    'Each change has a number of its own. Where an answer is lost it is sent again, and the backend knows it: it is applied once. Kill the process half way, and the next start goes on where it was.',
  )
  const bar = terminal.progress('sent')
  const { records, ms, bytes, pending, parked } = await ada.ask('sendAll', null, bar.update)
  bar.end()
  terminal.done(
    `${formatCount(records)} changes accepted by the server in ${formatSeconds(ms)}: ${formatRate(records, ms)}`,
  )
  terminal.done(
    `${formatBytes(bytes)} went over the wire; ${formatCount(pending)} changes wait, ${formatCount(parked)} were refused`,
  )
}
