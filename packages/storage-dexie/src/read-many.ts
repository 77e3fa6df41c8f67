/** Rows by their keys, in as few requests as their neighbourhood allows: each request costs more than a few rows. */
import { headRange, largeHead } from './index-element.ts'
import { toKeyRange } from './key-range.ts'
import { isLost, resultOf, valuesOf } from './requests.ts'
import type { FoundRow } from './row-format.ts'
import { INDEX } from './store-database.ts'

/** From so many keys on, it is worth asking first which of them are there. */
const MANY = 16

/**
 * The row of each key, in order. Many keys mostly stand together: in a first sync none of them is there yet, and in what is
 * changed at once there is little between them.
 */
export async function readMany(
  rows: IDBObjectStore,
  keys: readonly string[],
): Promise<readonly (FoundRow | undefined)[]> {
  if (keys.length < MANY) return readEach(rows, keys)
  const range = rangeOf(keys)
  const enough = keys.length * 2
  const there = await resultOf<readonly string[]>(rows.getAllKeys(range, enough))
  if (there.length === enough) return readEach(rows, keys)
  const present = new Set(there)
  const wanted = keys.filter((key) => present.has(key))
  const areNeighbours = wanted.length * 2 >= there.length
  const found = (areNeighbours ? await allIn(rows, range) : null) ?? (await readEach(rows, wanted))
  const byKey = new Map(found.map((each) => [each?.key, each]))
  return keys.map((key) => byKey.get(key))
}

/** The row of each key, in order, by a request for each. A row whose value is lost has its key and revision only. */
export async function readEach(
  rows: IDBObjectStore,
  keys: readonly string[],
): Promise<readonly (FoundRow | undefined)[]> {
  const found = await valuesOf<FoundRow>(rows, keys, (key) => ({ key, isLost: true }))
  if (!found.some((each) => each?.isLost === true)) return found
  return Promise.all(
    found.map((each) => (each?.isLost === true ? lostRow(rows, each.key) : Promise.resolve(each))),
  )
}

/** What is known of a row whose value is lost: of a large one, its revision. */
export async function lostRow(rows: IDBObjectStore, key: string): Promise<FoundRow> {
  const head = largeHead(key)
  const request = rows.index(INDEX).openKeyCursor(toKeyRange(headRange(head))!)
  const cursor = await resultOf<IDBCursor | null>(request)
  if (cursor === null) return { key, isLost: true }
  return { key, rev: Number((cursor.key as string).slice(head.length)), isLost: true }
}

/** All rows of a range; null where one of them is lost. */
async function allIn(rows: IDBObjectStore, range: IDBKeyRange): Promise<readonly FoundRow[] | null> {
  try {
    return await resultOf<readonly FoundRow[]>(rows.getAll(range))
  } catch (error) {
    if (!isLost(error)) throw error
    return null
  }
}

/** From the lowest of the keys to the highest. */
function rangeOf(keys: readonly string[]): IDBKeyRange {
  let [lowest, highest] = [keys[0]!, keys[0]!]
  for (const key of keys) {
    if (key < lowest) lowest = key
    if (key > highest) highest = key
  }
  return IDBKeyRange.bound(lowest, highest)
}
