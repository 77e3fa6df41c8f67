/** What the edits of both must have come to. */
import type { Database } from './database.ts'
import { EXPECTED_VISITS, NUSANTARA, visitedCity } from './edits.ts'

/** What is not as it must be. */
export async function unexpectedIn(db: Database): Promise<readonly string[]> {
  const countries = db.collection('countries')
  const japan = await countries.get('JPN')
  const greece = await countries.get('GRC')
  const indonesia = await countries.get('IDN')
  const newYork = await visitedCity(db, 'US')
  const reykjavik = await visitedCity(db, 'IS')
  const lima = await visitedCity(db, 'PE')
  const checks = {
    'Japan’s area': japan?.area === 377_975,
    'Japan’s capital': japan?.capital[0] === 'Tōkyō',
    'Greece in Hindi': greece?.translations['hin']?.common === 'यूनान',
    'Greece in Georgian': greece?.translations['kat']?.common === 'საბერძნეთი',
    'New York’s name': newYork?.name === 'New York',
    'Reykjavík’s counter': reykjavik?.visits === EXPECTED_VISITS,
    'Lima’s note': lima?.note !== undefined,
    'Indonesia’s capital': indonesia?.capital[0] === 'Nusantara',
    'Nusantara itself': (await db.collection('cities').get(NUSANTARA.id)) !== undefined,
  }
  return Object.entries(checks).flatMap(([what, isRight]) => (isRight ? [] : [what]))
}
