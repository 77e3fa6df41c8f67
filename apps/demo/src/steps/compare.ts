import type { Client } from '../clients.ts'
import { cityNamed } from '../data-set.ts'
import type { Demonstration, Pair } from '../demonstration.ts'
import { digestOf } from '../digest.ts'
import { formatCount, formatRate, formatSeconds } from '../terminal.ts'
import { EXPECTED_VISITS, NUSANTARA } from './edit-apart.ts'

/** Compares all three; false where something is not as it must be. */
export async function compare(demonstration: Demonstration, { ada, ben }: Pair): Promise<boolean> {
  const { terminal, clients } = demonstration
  terminal.step(
    'Is everything the same everywhere?',
    'A digest over every record, in one order. The backend is read by a third client that has never seen any of it.',
  )
  const startedAt = performance.now()
  const fresh = await clients.openFresh()
  await fresh.db.sync()
  const ms = performance.now() - startedAt
  const digests = [
    { what: 'Ada’s store', ...(await digestOf(ada.db)) },
    { what: 'Ben’s store', ...(await digestOf(ben.db)) },
    { what: 'The backend', ...(await digestOf(fresh.db)) },
  ]
  const count = digests.at(-1)?.records ?? 0
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
      'They differ: that must never happen. Please report it, with the kept files: `npm start -- --keep`.',
    )

  const wrong = await unexpected(demonstration, fresh)
  if (wrong.length === 0) terminal.done('Every edit of both is in, and merged as said.')
  for (const what of wrong) terminal.failed(`${what} is not as it must be.`)
  return equal && wrong.length === 0
}

/** What the edits must have come to. */
async function unexpected({ dataSet }: Demonstration, { db }: Client): Promise<readonly string[]> {
  const cities = db.collection('cities')
  const countries = db.collection('countries')
  const city = (name: string): Promise<Record<string, unknown> | undefined> =>
    cities.get(cityNamed(dataSet, name).id)
  const japan = await countries.get('JPN')
  const greece = await countries.get('GRC')
  const indonesia = await countries.get('IDN')
  const checks = {
    'Japan’s area': japan?.area === 377_975,
    'Japan’s capital': japan?.capital[0] === 'Tōkyō',
    'Greece in Hindi': greece?.translations['hin']?.common === 'यूनान',
    'Greece in Georgian': greece?.translations['kat']?.common === 'საბერძნეთი',
    'New York’s name': (await city('New York City'))?.['name'] === 'New York',
    'Reykjavík’s counter': (await city('Reykjavík'))?.['visits'] === EXPECTED_VISITS,
    'Lima’s note': (await city('Lima'))?.['note'] !== undefined,
    'Indonesia’s capital': indonesia?.capital[0] === 'Nusantara',
    'Nusantara itself': (await cities.get(NUSANTARA.id)) !== undefined,
  }
  return Object.entries(checks).flatMap(([what, isRight]) => (isRight ? [] : [what]))
}
