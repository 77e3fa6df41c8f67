/** Three-way merge of arrays that are lists of things, not values of their own. */
import { canonicalJson } from '../shared/canonical-json.ts'
import { deepEqual } from '../shared/deep-equal.ts'
import { isJsonObject, type Json } from '../shared/json.ts'

type List = readonly Json[]

/**
 * What either side added is in, what either side removed is out (C6), the rest stays. The later side's order stands, and
 * what only the earlier side added follows at the end, in its order.
 *
 * Items are the same when they are deeply equal; objects with an `id` (a string or a number) are the same when their ids
 * are, so an item edited on one side does not come out twice. Both sides edited it: `mergeItem` decides; one removed
 * and the other edited it: the edit stands. Where a list has one id twice, ids mean nothing and equality alone counts.
 *
 * A list keeps what it holds twice by itself; nothing is added that the other side has already.
 */
export function mergeLists(
  base: List,
  earlier: List,
  later: List,
  mergeItem: (base: Json, earlier: Json, later: Json) => Json,
): List {
  const keyOf = [base, earlier, later].every(hasDistinctIds) ? keyById : keyByValue
  const inBase = byKey(base, keyOf)
  const inEarlier = byKey(earlier, keyOf)
  const inLater = byKey(later, keyOf)
  const merged: Json[] = []
  for (const item of later) {
    const key = keyOf(item)
    const before = inBase.get(key)
    const other = inEarlier.get(key)
    if (other !== undefined) merged.push(mergeFound(before, other, item, mergeItem))
    else if (before === undefined || !deepEqual(before, item)) merged.push(item)
  }
  for (const item of earlier) {
    const key = keyOf(item)
    if (inLater.has(key)) continue
    const before = inBase.get(key)
    if (before === undefined || !deepEqual(before, item)) merged.push(item)
  }
  return merged
}

function mergeFound(
  before: Json | undefined,
  earlier: Json,
  later: Json,
  mergeItem: (base: Json, earlier: Json, later: Json) => Json,
): Json {
  if (deepEqual(earlier, later)) return later
  // Both added an item of one id: like two creates of one record, they merge over nothing.
  return mergeItem(before ?? {}, earlier, later)
}

function byKey(list: List, keyOf: (item: Json) => string): ReadonlyMap<string, Json> {
  return new Map(list.map((item) => [keyOf(item), item]))
}

function keyByValue(item: Json): string {
  return `=${canonicalJson(item)}`
}

function keyById(item: Json): string {
  const id = idOf(item)
  return id === undefined ? keyByValue(item) : `#${JSON.stringify(id)}`
}

function idOf(item: Json): string | number | undefined {
  if (!isJsonObject(item) || !Object.hasOwn(item, 'id')) return undefined
  const { id } = item
  return typeof id === 'string' || typeof id === 'number' ? id : undefined
}

function hasDistinctIds(list: List): boolean {
  const ids = list.map(idOf).filter((id) => id !== undefined)
  return new Set(ids).size === ids.length
}
