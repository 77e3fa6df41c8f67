/**
 * Three-way merge of documents (C1). Each field is looked at by itself: where one side left it as it was in the base,
 * the other side's state stands; where both changed it differently, objects are merged the same way one level down, and
 * of anything else the later edit stands.
 *
 * Sides are called earlier and later, never local and remote: so every client gets the same result (C8). Over one base
 * the order of merging does not matter (it is associative) where no two sides changed one field. Where they did, it may:
 * a merge carries the later time of both. So convergence rests on compare-and-set, and not on this.
 */
import { deepEqual } from '../shared/deep-equal.ts'
import { isJsonObject, type Json, type JsonObject } from '../shared/json.ts'
import { getOwn, setOwn } from '../shared/own-member.ts'
import { mergeLists } from './merge-lists.ts'

export interface MergeDepth {
  /** Objects are merged field by field. Else they are values, and the later one stands. */
  readonly objects: boolean
  /** Arrays are merged as lists, see mergeLists. Else they are values. */
  readonly arrays: boolean
}

/** What `merge` does. */
export const MERGE: MergeDepth = { objects: true, arrays: false }

/** Merges two documents over the one they began from. Null: they began from nothing, two creates (C2). */
export function mergeThreeWay(
  base: JsonObject | null,
  earlier: JsonObject,
  later: JsonObject,
  depth: MergeDepth = MERGE,
): JsonObject {
  return mergeObjects(base ?? {}, earlier, later, depth)
}

function mergeObjects(
  base: JsonObject,
  earlier: JsonObject,
  later: JsonObject,
  depth: MergeDepth,
): JsonObject {
  const merged: Record<string, Json> = {}
  const add = (key: string): void => {
    const value = mergeField(getOwn(base, key), getOwn(earlier, key), getOwn(later, key), depth)
    if (value !== undefined) setOwn(merged, key, value)
  }
  for (const key of Object.keys(later)) add(key)
  for (const key of Object.keys(earlier)) if (!Object.hasOwn(later, key)) add(key)
  return merged
}

/** One field; undefined stands for absent, before, here or there, and in the result for removed. */
export function mergeField(
  base: Json | undefined,
  earlier: Json | undefined,
  later: Json | undefined,
  depth: MergeDepth,
): Json | undefined {
  if (deepEqual(earlier, later) || deepEqual(earlier, base)) return later
  if (deepEqual(later, base)) return earlier
  if (depth.objects && isJsonObject(earlier) && isJsonObject(later)) {
    // Over a base of another type both sides changed the type, which is a value.
    if (base === undefined) return mergeObjects({}, earlier, later, depth)
    if (isJsonObject(base)) return mergeObjects(base, earlier, later, depth)
  }
  if (depth.arrays && Array.isArray(earlier) && Array.isArray(later)) {
    const mergeItem = (b: Json, e: Json, l: Json): Json => mergeField(b, e, l, depth) as Json
    if (base === undefined) return mergeLists([], earlier, later, mergeItem)
    if (Array.isArray(base)) return mergeLists(base, earlier, later, mergeItem)
  }
  return later
}
