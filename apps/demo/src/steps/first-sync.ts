import type { Demonstration } from '../demonstration.ts'
import type { Client } from '../processes/client-process.ts'
import { formatCount, formatRate, formatSeconds } from '../terminal.ts'

/** Ben, on a new device, fetches everything. */
export async function firstSync({ terminal, processes }: Demonstration): Promise<Client> {
  terminal.step(
    'Ben opens the app on a new device',
    'The first sync decides whether people stay. It comes in pages, each saved together with its place in the feed, so that one that breaks off goes on where it was, and what is there can be used at once.',
  )
  const bar = terminal.progress('received')
  const ben = await processes.client('Ben')
  const { records, ms } = await ben.ask('receiveAll', null, bar.update)
  bar.end()
  terminal.done(
    `${formatCount(records)} records received in ${formatSeconds(ms)}: ${formatRate(records, ms)}`,
  )

  const first = await ben.ask('mostVisitedOf', 'JP')
  terminal.done(
    `From now on he need not ask anyone: the most visited city of Japan is ${first.name}, found in ${first.ms.toFixed(1)} ms`,
  )
  return ben
}
