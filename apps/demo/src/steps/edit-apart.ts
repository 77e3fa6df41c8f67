import { setTimeout as delay } from 'node:timers/promises'
import type { Client } from '../clients.ts'
import { type City, cityNamed } from '../data-set.ts'
import type { Demonstration, Pair } from '../demonstration.ts'

/** Later is later only where clocks can tell. */
const MOMENT_MS = 20

/** Both go offline and edit the same records, each without knowing of the other. */
export async function editApart({ terminal, dataSet }: Demonstration, { ada, ben }: Pair): Promise<void> {
  terminal.step(
    'Both go offline and edit the same records',
    'Here other systems lose work: the last one to come online overwrites whole records. SyncLayer keeps the state that both began from, so it can tell later who changed what.',
  )
  ada.db.pause()
  ben.db.pause()
  terminal.done(`Ada is ${ada.db.status.phase}, Ben is ${ben.db.status.phase}`)
  terminal.line()

  const city = (name: string): string => cityNamed(dataSet, name).id
  const ofAda = { cities: ada.db.collection('cities'), countries: ada.db.collection('countries') }
  const ofBen = { cities: ben.db.collection('cities'), countries: ben.db.collection('countries') }
  const tell = (what: string, ...edits: readonly string[]): void => {
    terminal.line(`   ${terminal.style('bold', what)}`)
    for (const edit of edits) terminal.text(edit, 2)
  }

  // Ben is first in each case, so that Ada's edits are the later ones.
  await ofBen.countries.update('JPN', { capital: ['Tōkyō'] })
  await ofBen.countries.update('GRC', (greece) => {
    greece.translations['kat'] = { common: 'საბერძნეთი', official: 'საბერძნეთის რესპუბლიკა' }
  })
  await ofBen.cities.update(city('New York City'), { name: 'New York, NY' })
  await ofBen.cities.update(city('Reykjavík'), (reykjavik) => void (reykjavik.visits += 3))
  await ofBen.cities.update(city('Lima'), { note: 'Ask for Rosa at the station' })
  await delay(MOMENT_MS)

  await ofAda.countries.update('JPN', { area: 377_975 })
  await ofAda.countries.update('GRC', (greece) => {
    greece.translations['hin'] = { common: 'यूनान', official: 'हेलेनिक गणराज्य' }
  })
  await ofAda.cities.update(city('New York City'), { name: 'New York' })
  await ofAda.cities.update(city('Reykjavík'), (reykjavik) => void (reykjavik.visits += 2))
  await ofAda.cities.delete(city('Lima'))
  await ada.db.transaction(async (tx) => {
    await tx.cities.save(NUSANTARA)
    await tx.countries.update('IDN', { capital: ['Nusantara'] })
  })

  tell(
    'Different fields of one record',
    'Ada corrects the area of Japan to 377,975 km²',
    'Ben spells its capital Tōkyō',
  )
  tell(
    'Fields deep inside one record',
    'Ada adds the name of Greece in Hindi: यूनान',
    'Ben adds it in Georgian: საბერძნეთი',
  )
  tell(
    'The same field',
    'Ben renames New York City to New York, NY',
    'Ada, a moment later, renames it to New York',
  )
  tell('A counter', 'Ada counts 2 more visits to Reykjavík', 'Ben counts 3 more')
  tell('A delete and an edit', 'Ada deletes Lima', 'Ben writes a note on it')
  tell(
    'One transaction over two collections',
    'Ada makes the new city of Nusantara the capital of Indonesia: both changes or neither',
  )
  terminal.line()
  await showPending({ terminal }, ada)
  await showPending({ terminal }, ben)
}

/** Ten to begin with, three from Ben, two from Ada. */
export const EXPECTED_VISITS = 15

/** Under an id of its own, so that it is new whatever was imported. */
export const NUSANTARA: City = {
  id: 'ID-nusantara',
  name: 'Nusantara',
  country: 'ID',
  admin1: '14',
  location: { lat: -0.97, lng: 116.7 },
  visits: 16,
}

async function showPending(
  { terminal }: Pick<Demonstration, 'terminal'>,
  { name, db }: Client,
): Promise<void> {
  const items = await db.outbox.list()
  terminal.done(`${name} has ${db.status.pending} changes on disk that wait to be sent:`)
  for (const { kind, id, group } of items) {
    const together = group === undefined ? '' : '  (in the transaction)'
    terminal.line(terminal.style('dim', `       ${kind.padEnd(7)}${id}${together}`))
  }
}
