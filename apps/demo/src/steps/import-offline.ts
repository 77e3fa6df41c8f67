import type { Client } from '../clients.ts'
import type { Demonstration } from '../demonstration.ts'
import { formatCount, formatRate, formatSeconds } from '../terminal.ts'

const CHUNK = 1000

/** Ada, who has no network yet, imports everything. */
export async function importOffline({ terminal, dataSet, clients }: Demonstration): Promise<Client> {
  terminal.step(
    'Ada imports everything, without a network',
    'An app must not wait for a server. A write is done once it is on this device, together with the fact that it is still to be sent: both survive a crash.',
  )
  const ada = await clients.open('Ada')
  ada.db.pause()

  const cities = ada.db.collection('cities')
  const total = dataSet.cities.length + dataSet.countries.length
  const bar = terminal.progress('saved')
  const startedAt = performance.now()
  await ada.db.collection('countries').saveAll(dataSet.countries)
  for (let from = 0; from < dataSet.cities.length; from += CHUNK) {
    await cities.saveAll(dataSet.cities.slice(from, from + CHUNK))
    bar.update(dataSet.countries.length + from, total)
  }
  const ms = performance.now() - startedAt
  bar.end()

  terminal.done(`${formatCount(total)} records saved in ${formatSeconds(ms)}: ${formatRate(total, ms)}`)
  terminal.done(`${formatCount(ada.db.status.pending)} of them wait to be sent`)
  return ada
}
