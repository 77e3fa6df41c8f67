import type { Demonstration, Pair } from '../demonstration.ts'
import { formatCount, formatRate, formatSeconds } from '../terminal.ts'

/** Compares all three; false where something is not as it must be. */
export async function compare({ terminal, processes }: Demonstration, { ada, ben }: Pair): Promise<boolean> {
  terminal.step(
    'Is everything the same everywhere?',
    'A digest over every record, in one order. The server is read by a third client that has never seen any of it.',
  )
  const fresh = await processes.freshClient()
  const received = await fresh.ask('receiveAll', null)
  const digests = [
    { what: 'Ada’s store', ...(await ada.ask('digest')) },
    { what: 'Ben’s store', ...(await ben.ask('digest')) },
    { what: 'The server ', ...(await fresh.ask('digest')) },
  ]
  const { records: count, ms } = received
  terminal.done(
    `The third client, in memory, received ${formatCount(count)} records in ${formatSeconds(ms)}: ${formatRate(count, ms)}`,
  )
  for (const { what, records, sha256 } of digests) {
    terminal.line(
      `     ${what}  ${formatCount(records)} records  ${terminal.style('dim', `sha256 ${sha256.slice(0, 32)}…`)}`,
    )
  }
  const equal = new Set(digests.map(({ sha256 }) => sha256)).size === 1
  if (equal) terminal.done('All three are equal.')
  else
    terminal.failed(
      'They differ: that must never happen. Please report it, with the kept files: `npm run demo -- --keep`.',
    )

  const wrong = await fresh.ask('unexpected')
  if (wrong.length === 0) terminal.done('Every edit of both is in, and merged as said.')
  for (const what of wrong) terminal.failed(`${what} is not as it must be.`)
  return equal && wrong.length === 0
}
