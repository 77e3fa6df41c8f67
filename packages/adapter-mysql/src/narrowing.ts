/**
 * Narrowing: what filters demand of indexed fields, so that a snapshot passes over what cannot match. It only ever leaves
 * out what certainly does not match: core's evaluator has the last word.
 *
 * Used are conditions that must all hold (a filter alone, or parts of an `and`), `==` and `in`, on texts, booleans and
 * whole numbers. Null is left to the evaluator, since missing equals null.
 */
import { type Filter, type Json, parseFilter, type PullCollection } from '@synclayer/core/adapter'
import { type DeclaredIndex, INDEXED_LENGTH } from './declared-index.ts'

/** One walk over a part of the feed: rows of some collections, by an index. A page may come of several. */
export interface Branch {
  readonly index: string
  /** A condition with placeholders, and what fills them in. */
  readonly condition: string
  readonly parameters: readonly (string | readonly string[])[]
}

// Each branch reads as many rows as a page may take.
const MOST_BRANCHES = 16

/** The one walk over all rows of the collections. */
export function wholeWalk(collections: readonly string[]): readonly Branch[] {
  return [{ index: 'synclayer_position', condition: 'collection IN (?)', parameters: [collections] }]
}

/** The walks that together find all that may match; undefined where no index helps, or too many walks were needed. */
export function narrow(
  collections: readonly PullCollection[],
  indexes: readonly DeclaredIndex[],
): readonly Branch[] | undefined {
  const branches: Branch[] = []
  const others: string[] = []
  for (const { name, filter } of collections) {
    const found = filter === undefined ? undefined : narrowed(name, demandsOf(parseFilter(filter)), indexes)
    if (found === undefined) others.push(name)
    else branches.push(...found)
  }
  if (branches.length === 0 || branches.length > MOST_BRANCHES) return undefined
  if (others.length === 0) return branches
  return [...branches, ...wholeWalk(others)]
}

/** For each path, texts of which one must be the field's. */
type Demands = ReadonlyMap<string, readonly string[]>

function demandsOf(filter: Filter): Demands {
  const parts = filter.op === 'and' ? filter.filters : [filter]
  const demands = new Map<string, readonly string[]>()
  for (const part of parts) {
    if (part.op !== '==' && part.op !== 'in') continue
    const wanted: readonly Json[] =
      part.op === '==' ? [part.value] : Array.isArray(part.value) ? part.value : []
    const texts = wanted.map(indexedText)
    const key = JSON.stringify(part.path)
    if (texts.length > 0 && !texts.includes(undefined)) demands.set(key, [...new Set(texts as string[])])
  }
  return demands
}

/** What the index has of a field with this value; undefined where that is not certain. */
function indexedText(value: Json): string | undefined {
  if (typeof value === 'boolean' || Number.isSafeInteger(value)) return JSON.stringify(value)
  // A text with escapes in JSON is left to the evaluator: servers differ in reading them.
  if (typeof value !== 'string' || JSON.stringify(value) !== `"${value}"`) return undefined
  return Array.from(value).slice(0, INDEXED_LENGTH).join('')
}

/** Walks by the index with the most fields, of those whose fields are all demanded. */
function narrowed(
  collection: string,
  demands: Demands,
  indexes: readonly DeclaredIndex[],
): readonly Branch[] | undefined {
  const [best] = indexes
    .filter((index) => index.collection === collection)
    .map((index) => ({
      index,
      texts: index.columns.map(({ path }) => demands.get(JSON.stringify(path)) ?? []),
    }))
    .filter(({ texts }) => walksOf(texts) >= 1 && walksOf(texts) <= MOST_BRANCHES)
    .toSorted((a, b) => b.texts.length - a.texts.length)
  if (best === undefined) return undefined
  const { index, texts } = best
  const names = index.columns.map(({ name }) => name)
  const isThis = `collection = ? AND deleted_at IS NULL`
  const equal = names.map((name) => `${name} = ?`).join(' AND ')
  const unread = names.map((name) => `${name} IS NULL`).join(' AND ')
  return [
    ...combinations(texts).map((values) => ({
      index: index.name,
      condition: `${equal} AND ${isThis}`,
      parameters: [...values, collection],
    })),
    // Documents that the server could not read.
    { index: index.name, condition: `${unread} AND ${isThis}`, parameters: [collection] },
  ]
}

function walksOf(texts: readonly (readonly string[])[]): number {
  return texts.reduce((walks, choices) => walks * choices.length, 1)
}

function combinations(lists: readonly (readonly string[])[]): readonly (readonly string[])[] {
  return lists.reduce<readonly (readonly string[])[]>(
    (before, list) => before.flatMap((values) => list.map((value) => [...values, value])),
    [[]],
  )
}
