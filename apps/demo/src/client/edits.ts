/** What both do while each is alone. */
import type { City } from './data-set.ts'
import type { Database } from './database.ts'

export type Author = 'ada' | 'ben'

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

export async function edit(db: Database, author: Author): Promise<void> {
  await (author === 'ada' ? editAsAda(db) : editAsBen(db))
}

/** The city of a country that has visits: New York City for `US`. */
export async function visitedCity(db: Database, country: string): Promise<Readonly<City> | undefined> {
  return db.collection('cities').where('country', '==', country).where('visits', '>', 0).first()
}

async function editAsAda(db: Database): Promise<void> {
  const cities = db.collection('cities')
  const countries = db.collection('countries')
  await countries.update('JPN', { area: 377_975 })
  await countries.update('GRC', (greece) => {
    greece.translations['hin'] = { common: 'यूनान', official: 'हेलेनिक गणराज्य' }
  })
  await cities.update(await idOf(db, 'US'), { name: 'New York' })
  await cities.update(await idOf(db, 'IS'), (reykjavik) => void (reykjavik.visits += 2))
  await cities.delete(await idOf(db, 'PE'))
  await db.transaction(async (tx) => {
    await tx.cities.save(NUSANTARA)
    await tx.countries.update('IDN', { capital: ['Nusantara'] })
  })
}

async function editAsBen(db: Database): Promise<void> {
  const cities = db.collection('cities')
  const countries = db.collection('countries')
  await countries.update('JPN', { capital: ['Tōkyō'] })
  await countries.update('GRC', (greece) => {
    greece.translations['kat'] = { common: 'საბერძნეთი', official: 'საბერძნეთის რესპუბლიკა' }
  })
  await cities.update(await idOf(db, 'US'), { name: 'New York, NY' })
  await cities.update(await idOf(db, 'IS'), (reykjavik) => void (reykjavik.visits += 3))
  await cities.update(await idOf(db, 'PE'), { note: 'Ask for Rosa at the station' })
}

async function idOf(db: Database, country: string): Promise<string> {
  const city = await visitedCity(db, country)
  if (city === undefined) throw new Error(`No city of ${country} has visits.`)
  return city.id
}
