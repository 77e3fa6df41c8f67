import type { Client } from '../clients.ts'
import type { Demonstration } from '../demonstration.ts'
import { formatCount, formatRate, formatSeconds } from '../terminal.ts'

/** Ben, on a new device, fetches everything. */
export async function firstSync({ terminal, clients }: Demonstration): Promise<Client> {
  terminal.step(
    'Ben opens the app on a new device',
    'The first sync decides whether people stay. It comes in pages, each saved together with its place in the feed, so that one that breaks off goes on where it was, and what is there can be used at once.',
  )
  const bar = terminal.progress('received')
  const startedAt = performance.now()
  const ben = await clients.open('Ben')
  const stop = ben.db.status.subscribe(({ progress }) => {
    if (progress !== null && progress.remaining !== null)
      bar.update(progress.done, progress.done + progress.remaining)
  })
  await ben.db.sync()
  const ms = performance.now() - startedAt
  stop()
  bar.end()

  const cities = ben.db.collection('cities')
  const total = (await cities.count()) + (await ben.db.collection('countries').count())
  terminal.done(`${formatCount(total)} records received in ${formatSeconds(ms)}: ${formatRate(total, ms)}`)

  const askedAt = performance.now()
  const first = await cities.where('country', '==', 'JP').orderBy('visits', 'desc').first()
  const queryMs = performance.now() - askedAt
  terminal.done(
    `From now on he need not ask anyone: the most visited city of Japan is ${first?.name ?? 'unknown'}, found in ${queryMs.toFixed(1)} ms`,
  )
  return ben
}
