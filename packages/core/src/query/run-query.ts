/** Carries out a planned query, page by page, against anything that can walk. */
import type { KeyRange, PagePosition } from '../ports/storage.ts'
import { compileFilter } from './evaluate.ts'
import { compareDocuments, comparePaths } from './order.ts'
import type { AccessPath } from './plan.ts'
import type { Doc, QuerySpec } from './query-spec.ts'
import { createTopDocuments } from './top-documents.ts'

/** One page to read: the storage's `QueryPlan` without the collection. */
export interface QueryWalk {
  readonly index: string | null
  readonly range: KeyRange
  readonly reverse: boolean
  /** Begins behind this row. */
  readonly after?: PagePosition
  readonly limit: number
}

export interface SourceRow {
  readonly id: string
  /** May be a getter that parses: it is read once at most, and not at all for rows that are passed over. */
  readonly doc: Doc
}

export interface SourcePage {
  /** Without damaged and hidden rows; it may hold fewer than `limit` and still not be the last. */
  readonly rows: readonly SourceRow[]
  /** Null at the end of the range. */
  readonly next: PagePosition | null
}

/** Where documents come from. The client makes one from a storage and a collection. */
export interface QuerySource {
  page(walk: QueryWalk): Promise<SourcePage>
  /** How many rows the range has. Left out where the rows themselves must be seen (hidden ones, say). */
  count?(walk: Omit<QueryWalk, 'after' | 'limit'>): Promise<number>
}

/** How many rows a page has at most. */
const BATCH = 500
/** The first page of a query that filters and may need few rows. */
const FIRST_BATCH = 50

/**
 * The documents of a query, in order. Memory is bounded by `offset + limit` where there is a limit. Pages are read one
 * after the other: a caller that must see one moment runs it again when a commit came between.
 */
export async function runQuery(spec: QuerySpec, path: AccessPath, source: QuerySource): Promise<Doc[]> {
  if (spec.limit === 0) return []
  return path.ordered ? runOrdered(spec, path, source) : runSorted(spec, path, source)
}

/** How many documents `runQuery` would give. Left to the store where the path covers the filter. */
export async function runCount(spec: QuerySpec, path: AccessPath, source: QuerySource): Promise<number> {
  if (spec.limit === 0) return 0
  let found = 0
  if (path.filterCovered && source.count !== undefined) {
    for (const range of path.ranges) {
      found += await source.count({ index: path.index, range, reverse: path.reverse })
    }
  } else {
    const end = endOf(spec)
    const matches = compileFilter(path.filterCovered ? null : spec.filter)
    await walk(path, source, end, (row) => {
      if (path.filterCovered || matches(row.doc)) found++
      return found < end
    })
  }
  return Math.max(0, Math.min(found, endOf(spec)) - spec.offset)
}

function endOf(spec: QuerySpec): number {
  return spec.limit === null ? Infinity : spec.offset + spec.limit
}

/** The walk gives the order: pass over `offset` matches, take `limit`, stop. */
async function runOrdered(spec: QuerySpec, path: AccessPath, source: QuerySource): Promise<Doc[]> {
  const end = endOf(spec)
  const matches = compileFilter(spec.filter)
  const documents: Doc[] = []
  let found = 0
  await walk(path, source, end, (row) => {
    if (path.filterCovered && found < spec.offset) {
      found++
      return true
    }
    const document = row.doc
    if (!path.filterCovered && !matches(document)) return true
    if (found++ >= spec.offset) documents.push(document)
    return found < end
  })
  return documents
}

/** Collects and sorts; with a limit only the first `offset + limit` are kept. */
async function runSorted(spec: QuerySpec, path: AccessPath, source: QuerySource): Promise<Doc[]> {
  const compare = compareDocuments(spec.orderBy)
  const matches = compileFilter(path.filterCovered ? null : spec.filter)
  if (spec.limit === null) {
    const documents: Doc[] = []
    await walk(path, source, Infinity, ({ doc }) => {
      if (matches(doc)) documents.push(doc)
      return true
    })
    documents.sort(compare)
    return spec.offset === 0 ? documents : documents.slice(spec.offset)
  }
  const top = createTopDocuments(endOf(spec), compare)
  const compareWalk = comparePaths(spec.orderBy.slice(0, path.sortedBy))
  await walk(path, source, Infinity, ({ doc }) => {
    // Only matches come sorted this far: what the filter fixes to one value may differ in all other rows.
    if (!matches(doc)) return true
    // Behind the worst one kept, none can get in any more.
    if (path.sortedBy > 0 && top.worst !== undefined && compareWalk(doc, top.worst) > 0) return false
    top.add(doc)
    return true
  })
  return top.sorted().slice(spec.offset)
}

/**
 * Visits the rows of all ranges until `visit` says false. A row that moves while it is walked over may be met again;
 * only the first meeting counts, so that no result holds a document twice.
 */
async function walk(
  path: AccessPath,
  source: QuerySource,
  needed: number,
  visit: (row: SourceRow) => boolean,
): Promise<void> {
  const { index, reverse, filterCovered } = path
  const ranges = reverse ? path.ranges.toReversed() : path.ranges
  // By id nothing moves.
  const seen = index === null ? null : new Set<string>()
  let size = Math.min(BATCH, filterCovered ? needed : Math.max(needed, FIRST_BATCH))
  for (const range of ranges) {
    let after: PagePosition | null = null
    do {
      const page: SourcePage = await source.page({
        index,
        range,
        reverse,
        limit: size,
        ...(after === null ? {} : { after }),
      })
      for (const row of page.rows) {
        if (seen !== null) {
          if (seen.has(row.id)) continue
          seen.add(row.id)
        }
        if (!visit(row)) return
      }
      after = page.next
      size = BATCH
    } while (after !== null)
  }
}
