/** One page of a plan (ST5). */
import type { PagePosition, QueryPage, QueryPlan } from '@synclayer/core/storage'
import { atPosition, indexRange, NO_DOCUMENT, sameKeyRange, sharedPart, toPosition } from './index-element.ts'
import { before, behind, type TextRange } from './key-range.ts'
import { elementOf, type FoundRow, toRow } from './row-format.ts'
import { idOf, rowRange, toRowKey } from './row-key.ts'
import { INDEX } from './store-database.ts'
import { countIn, readDown, readUp } from './walk.ts'

type Plan = Omit<QueryPlan, 'index'>

/** A page by id: of the rows that have a document. */
export async function readById(rows: IDBObjectStore, plan: Plan): Promise<QueryPage> {
  const { collection, range, reverse = false, after, limit } = plan
  const whole = rowRange(collection, range)
  const beyond = (text: string): TextRange => (reverse ? before(whole, text) : behind(whole, text))
  let rest = after === undefined ? whole : beyond(toRowKey({ collection, id: after.id }))
  const page: FoundRow[] = []
  // Rows without a document are few; a page that meets some is filled up from behind them.
  while (page.length < limit) {
    const wanted = limit - page.length
    const found = await (reverse ? readDown(rows, rest, wanted) : readUp(rows, rest, wanted))
    for (const row of found) if (row.doc !== null) page.push(row)
    if (found.length < wanted) break
    rest = beyond(found.at(-1)!.key)
  }
  return toPage(page, limit, ({ key }) => ({ id: idOf(key) }))
}

/** How many rows `readById` would walk. */
export async function countById(
  rows: IDBObjectStore,
  { collection, range }: Pick<QueryPlan, 'collection' | 'range'>,
): Promise<number> {
  const [all, without] = await Promise.all([
    countIn(rows, rowRange(collection, range)),
    countIn(rows.index(INDEX), rowRange(collection, range, NO_DOCUMENT)),
  ])
  return all - without
}

/** A page by an index, whose elements begin with `head`. */
export async function readByIndex(rows: IDBObjectStore, head: string, plan: Plan): Promise<QueryPage> {
  const { range, reverse = false, after, limit } = plan
  const index = rows.index(INDEX)
  const whole = indexRange(head, range)
  const position = after?.key === undefined ? null : atPosition(head, after.key, after.id)
  const page = reverse
    ? await readKeysDown(index, head, whole, position, limit)
    : await readUp(index, position === null ? whole : behind(whole, position), limit)
  return toPage(page, limit, (row) => toPosition(head, elementOf(row, head)!))
}

/** How many rows `readByIndex` would walk. */
export function countByIndex(rows: IDBObjectStore, head: string, range: QueryPlan['range']): Promise<number> {
  return countIn(rows.index(INDEX), indexRange(head, range))
}

/**
 * Falling keys, but rising ids within each. An index read backwards gives falling ids, so each run of equal keys is turned
 * round; the last run may go on behind the page, and is read forwards instead. A page reads at most twice its rows.
 */
async function readKeysDown(
  index: IDBIndex,
  head: string,
  whole: TextRange,
  position: string | null,
  limit: number,
): Promise<readonly FoundRow[]> {
  const page: FoundRow[] = []
  let rest = whole
  if (position !== null) {
    const shared = sharedPart(position)
    const sameKey = sameKeyRange(head, toPosition(head, position).key)
    page.push(...(await readUp(index, behind(sameKey, position), limit)))
    rest = before(whole, shared)
  }
  const wanted = limit - page.length
  if (wanted <= 0) return page
  const backwards = await readDown(index, rest, wanted)
  const runs = toRuns(backwards, (row) => sharedPart(elementOf(row, head)!))
  const cut = backwards.length < wanted ? undefined : runs.pop()
  for (const run of runs) page.push(...run.toReversed())
  if (cut === undefined) return page
  const { key } = toPosition(head, elementOf(cut[0]!, head)!)
  page.push(...(await readUp(index, sameKeyRange(head, key), limit - page.length)))
  return page
}

/** Neighbours that share a part, together. */
function toRuns(rows: readonly FoundRow[], partOf: (row: FoundRow) => string): FoundRow[][] {
  const runs: FoundRow[][] = []
  let last: string | null = null
  for (const row of rows) {
    const part = partOf(row)
    if (part === last) runs.at(-1)!.push(row)
    else runs.push([row])
    last = part
  }
  return runs
}

function toPage(
  page: readonly FoundRow[],
  limit: number,
  positionOf: (row: FoundRow) => PagePosition,
): QueryPage {
  const last = page.length < limit ? undefined : page.at(-1)
  return { rows: page.map(toRow), next: last === undefined ? null : positionOf(last) }
}
