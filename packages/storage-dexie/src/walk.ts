/** Reads of neighbouring rows, forwards and backwards. */
import { type TextRange, toKeyRange } from './key-range.ts'
import { resultOf } from './requests.ts'
import type { FoundRow } from './row-format.ts'

/** What `getAllRecords` of newer browsers takes and gives; TypeScript does not know it yet. */
interface DirectedReads {
  readonly getAllRecords?: (options: {
    readonly query: IDBKeyRange
    readonly count: number
    readonly direction: 'prev'
  }) => IDBRequest<unknown>
}

/** The first rows of a range. */
export function readUp(
  source: IDBObjectStore | IDBIndex,
  range: TextRange,
  limit: number,
): Promise<readonly FoundRow[]> {
  const keyRange = toKeyRange(range)
  return keyRange === null ? Promise.resolve([]) : resultOf<FoundRow[]>(source.getAll(keyRange, limit))
}

/** The last rows of a range, the last one first. */
export async function readDown(
  source: IDBObjectStore | IDBIndex,
  range: TextRange,
  limit: number,
): Promise<readonly FoundRow[]> {
  const query = toKeyRange(range)
  if (query === null) return []
  const { getAllRecords } = source as DirectedReads
  if (getAllRecords === undefined) return readDownOneByOne(source, query, limit)
  const records = await resultOf<readonly { readonly value: FoundRow }[]>(
    getAllRecords.call(source, { query, count: limit, direction: 'prev' }),
  )
  return records.map(({ value }) => value)
}

/** Where the browser has no other way. */
export function readDownOneByOne(
  source: IDBObjectStore | IDBIndex,
  range: IDBKeyRange,
  limit: number,
): Promise<readonly FoundRow[]> {
  const rows: FoundRow[] = []
  const request = source.openCursor(range, 'prev')
  return new Promise((resolve, reject) => {
    request.onerror = () => reject(request.error!)
    request.onsuccess = () => {
      const cursor = request.result
      if (cursor !== null) rows.push(cursor.value as FoundRow)
      if (cursor === null || rows.length >= limit) resolve(rows)
      else cursor.continue()
    }
  })
}

/** How many rows a range has. */
export function countIn(source: IDBObjectStore | IDBIndex, range: TextRange): Promise<number> {
  const keyRange = toKeyRange(range)
  return keyRange === null ? Promise.resolve(0) : resultOf<number>(source.count(keyRange))
}
