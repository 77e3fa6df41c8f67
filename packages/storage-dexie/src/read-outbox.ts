/** The outbox: lanes of scopes, read one after the other and merged. */
import type { Lane, OutboxRequest } from '@synclayer/core/storage'
import { type Catalog, hasOthers } from './catalog.ts'
import { fromLaneElement, headRange, laneHead, laneRange } from './index-element.ts'
import { behind, type TextRange, toKeyRange } from './key-range.ts'
import { resultOf } from './requests.ts'
import { elementOf, type FoundRow, type Row, toRow } from './row-format.ts'
import { collectionOf } from './row-key.ts'
import { INDEX } from './store-database.ts'
import { countIn, readUp } from './walk.ts'

const LANES = ['waiting', 'sending', 'parked'] as const

/** The rows of a lane by rising order. */
export async function readOutbox(
  rows: IDBObjectStore,
  catalog: Catalog,
  { lane, scope, after, limit }: OutboxRequest,
): Promise<readonly Row[]> {
  const index = rows.index(INDEX)
  const scopes = scope === null ? await scopesOf(index, lane) : [scope]
  const found: { readonly row: FoundRow; readonly order: number }[] = []
  for (const each of scopes) {
    const head = laneHead(lane, each)
    for (const row of await readLane(index, catalog, head, laneRange(lane, each, after), limit)) {
      found.push({ row, order: fromLaneElement(elementOf(row, head)!).order })
    }
  }
  // The first of each scope are more than the first of all.
  if (scopes.length > 1) found.sort((one, other) => one.order - other.order)
  return found.slice(0, limit).map(({ row }) => toRow(row))
}

/** How many rows each lane has. */
export async function sizeOfOutbox(
  rows: IDBObjectStore,
  catalog: Catalog,
  scope: string | null,
): Promise<Readonly<Record<Lane, number>>> {
  const index = rows.index(INDEX)
  const sizes = LANES.map((lane) => {
    const range = headRange(laneHead(lane, scope))
    return hasOthers(catalog) ? countDeclared(index, catalog, range) : countIn(index, range)
  })
  const [waiting = 0, sending = 0, parked = 0] = await Promise.all(sizes)
  return { waiting, sending, parked }
}

/** The first rows of a range that are of declared collections. */
async function readLane(
  index: IDBIndex,
  catalog: Catalog,
  head: string,
  range: TextRange,
  limit: number,
): Promise<readonly FoundRow[]> {
  if (!hasOthers(catalog)) return readUp(index, range, limit)
  const declared: FoundRow[] = []
  for (let rest = range; declared.length < limit;) {
    const found = await readUp(index, rest, limit)
    for (const row of found) {
      if (declared.length < limit && catalog.declared.has(collectionOf(row.key))) declared.push(row)
    }
    if (found.length < limit) break
    rest = behind(rest, elementOf(found.at(-1)!, head)!)
  }
  return declared
}

async function countDeclared(index: IDBIndex, catalog: Catalog, range: TextRange): Promise<number> {
  const keys = await resultOf<readonly string[]>(index.getAllKeys(toKeyRange(range)!))
  return keys.filter((key) => catalog.declared.has(collectionOf(key))).length
}

/** The scopes that have rows in a lane: goes from one to the next, without walking the rows of each. */
function scopesOf(index: IDBIndex, lane: Lane): Promise<readonly string[]> {
  const scopes: string[] = []
  const request = index.openKeyCursor(toKeyRange(headRange(laneHead(lane, null)))!)
  return new Promise((resolve, reject) => {
    request.onerror = () => reject(request.error!)
    request.onsuccess = () => {
      const cursor = request.result
      if (cursor === null) {
        resolve(scopes)
        return
      }
      const { scope } = fromLaneElement(cursor.key as string)
      scopes.push(scope)
      cursor.continue(headRange(laneHead(lane, scope)).upper)
    }
  })
}
