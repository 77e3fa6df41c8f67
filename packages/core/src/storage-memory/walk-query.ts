import type { KeyRange, PagePosition, QueryPlan } from '../ports/storage.ts'
import { compareBytes } from '../shared/compare-bytes.ts'
import { compareCodePoints } from '../shared/compare-code-points.ts'
import { utf8Bytes } from '../shared/utf8-bytes.ts'
import type { IndexEntry, MemoryCollection } from './memory-collection.ts'
import type { SortedList } from './sorted-list.ts'

/** Walks the places of a plan in order, without its limit (ST5). */
export function walkQuery(
  collection: MemoryCollection,
  plan: Omit<QueryPlan, 'limit'>,
): Generator<PagePosition> {
  if (plan.index !== null) {
    const index = collection.indexes[collection.indexNames.indexOf(plan.index)]!
    return plan.reverse === true ? walkDown(index, plan) : walkUp(index, plan)
  }
  return plan.reverse === true
    ? walkIdsDown(collection.visibleIds, plan)
    : walkIdsUp(collection.visibleIds, plan)
}

/** How many places `walkQuery` would give. */
export function countQuery(collection: MemoryCollection, plan: Omit<QueryPlan, 'limit' | 'after'>): number {
  const { range } = plan
  if (plan.index === null) {
    const ids = collection.visibleIds
    return Math.max(
      0,
      ids.rank((id) => !isAbove(utf8Bytes(id), range)) - ids.rank((id) => isBelow(utf8Bytes(id), range)),
    )
  }
  const index = collection.indexes[collection.indexNames.indexOf(plan.index)]!
  return Math.max(
    0,
    index.rank(({ key }) => !isAbove(key, range)) - index.rank(({ key }) => isBelow(key, range)),
  )
}

type Walk = Pick<QueryPlan, 'range' | 'after'>

function* walkUp(index: SortedList<IndexEntry>, { range, after }: Walk): Generator<PagePosition> {
  for (const entry of index.from((entry) => isBelow(entry.key, range) || isUpTo(entry, after))) {
    if (isAbove(entry.key, range)) return
    yield entry
  }
}

/** Goes from one key down to the next, and up by id within each. */
function* walkDown(index: SortedList<IndexEntry>, { range, after }: Walk): Generator<PagePosition> {
  let key = after?.key ?? index.lastBefore((entry) => !isAbove(entry.key, range))?.key
  let skipTo = after
  while (key !== undefined && !isBelow(key, range)) {
    const current = key
    const isEarlier = (entry: IndexEntry): boolean => compareBytes(entry.key, current) < 0
    const start = skipTo
    for (const entry of index.from((entry) => isEarlier(entry) || isUpTo(entry, start))) {
      if (compareBytes(entry.key, current) !== 0) break
      yield entry
    }
    skipTo = undefined
    key = index.lastBefore(isEarlier)?.key
  }
}

function* walkIdsUp(ids: SortedList<string>, { range, after }: Walk): Generator<PagePosition> {
  const isBefore = (id: string): boolean =>
    isBelow(utf8Bytes(id), range) || (after !== undefined && compareCodePoints(id, after.id) <= 0)
  for (const id of ids.from(isBefore)) {
    if (range !== undefined && isAbove(utf8Bytes(id), range)) return
    yield { id }
  }
}

function* walkIdsDown(ids: SortedList<string>, { range, after }: Walk): Generator<PagePosition> {
  let id =
    after === undefined
      ? ids.lastBefore((id) => !isAbove(utf8Bytes(id), range))
      : ids.lastBefore((id) => compareCodePoints(id, after.id) < 0)
  while (id !== undefined && !(range !== undefined && isBelow(utf8Bytes(id), range))) {
    const current = id
    yield { id }
    id = ids.lastBefore((other) => compareCodePoints(other, current) < 0)
  }
}

function isUpTo(entry: IndexEntry, position: PagePosition | undefined): boolean {
  if (position?.key === undefined) return false
  return (compareBytes(entry.key, position.key) || compareCodePoints(entry.id, position.id)) <= 0
}

function isBelow(key: Uint8Array, range: KeyRange | undefined): boolean {
  if (range?.lower === undefined) return false
  const order = compareBytes(key, range.lower)
  return order < 0 || (order === 0 && range.lowerExclusive === true)
}

function isAbove(key: Uint8Array, range: KeyRange | undefined): boolean {
  if (range?.upper === undefined) return false
  const order = compareBytes(key, range.upper)
  return order > 0 || (order === 0 && range.upperExclusive === true)
}
