/** Reads of neighbouring rows, forwards and backwards. */
import { type TextRange, toKeyRange } from './key-range.ts'
import { readEach } from './read-many.ts'
import { isLost, resultOf } from './requests.ts'
import type { FoundRow } from './row-format.ts'

/** The store of the rows, or its index. */
type Source = IDBObjectStore | IDBIndex

/** What `getAllRecords` of newer browsers takes; TypeScript does not know it yet. */
interface DirectedReads {
  readonly getAllRecords?: (options: {
    readonly query: IDBKeyRange
    readonly count: number
    readonly direction: 'prev'
  }) => IDBRequest<unknown>
}

/** The first rows of a range. */
export async function readUp(source: Source, range: TextRange, limit: number): Promise<readonly FoundRow[]> {
  const query = toKeyRange(range)
  if (query === null) return []
  try {
    return await resultOf<FoundRow[]>(source.getAll(query, limit))
  } catch (error) {
    if (!isLost(error)) throw error
    return readOneByOne(source, query, limit, 'next')
  }
}

/** The last rows of a range, the last one first. */
export async function readDown(
  source: Source,
  range: TextRange,
  limit: number,
): Promise<readonly FoundRow[]> {
  const query = toKeyRange(range)
  if (query === null) return []
  const { getAllRecords } = source as DirectedReads
  if (getAllRecords === undefined) return readOneByOne(source, query, limit, 'prev')
  try {
    const request = getAllRecords.call(source, { query, count: limit, direction: 'prev' })
    const records = await resultOf<readonly { readonly value: FoundRow }[]>(request)
    return records.map(({ value }) => value)
  } catch (error) {
    if (!isLost(error)) throw error
    return readOneByOne(source, query, limit, 'prev')
  }
}

/** How many rows a range has. */
export async function countIn(source: Source, range: TextRange): Promise<number> {
  const query = toKeyRange(range)
  return query === null ? 0 : resultOf<number>(source.count(query))
}

/** Slower, but it works in every browser, and one lost value harms no other. */
async function readOneByOne(
  source: Source,
  range: IDBKeyRange,
  limit: number,
  direction: IDBCursorDirection,
): Promise<readonly FoundRow[]> {
  const places = await keysIn(source, range, limit, direction)
  const rows = 'objectStore' in source ? source.objectStore : source
  const found = await readEach(
    rows,
    places.map(({ rowKey }) => rowKey),
  )
  // A row whose value is lost is told with the place where the index has it.
  return found.map((row, at) => {
    const { key } = places[at]!
    return row?.isLost === true ? { ...row, idx: [key] } : row!
  })
}

interface Place {
  readonly key: string
  readonly rowKey: string
}

function keysIn(
  source: Source,
  range: IDBKeyRange,
  limit: number,
  direction: IDBCursorDirection,
): Promise<readonly Place[]> {
  const places: Place[] = []
  const request = source.openKeyCursor(range, direction)
  return new Promise((resolve, reject) => {
    request.onerror = () => reject(request.error!)
    request.onsuccess = () => {
      const cursor = request.result
      if (cursor !== null) places.push({ key: cursor.key as string, rowKey: cursor.primaryKey as string })
      if (cursor === null || places.length >= limit) resolve(places)
      else cursor.continue()
    }
  })
}
