import type { Demonstration } from '../demonstration.ts'
import type { Client } from '../processes/client-process.ts'
import { formatCount, formatRate, formatSeconds } from '../terminal.ts'

/** Ada, who has no network yet, imports everything. */
export async function importOffline({ terminal, options, processes }: Demonstration): Promise<Client> {
  terminal.step(
    'Ada imports everything, without a network',
    'An app must not wait for a server. A write is done once it is on this device, together with the fact that it is still to be sent: both survive a crash.',
  )
  const ada = await processes.client('Ada', { offline: true })
  const bar = terminal.progress('saved')
  const { records, ms, pending } = await ada.ask('importEverything', options.records, bar.update)
  bar.end()

  terminal.done(`${formatCount(records)} records saved in ${formatSeconds(ms)}: ${formatRate(records, ms)}`)
  terminal.done(`${formatCount(pending)} of them wait to be sent`)
  return ada
}
