/**
 * Fields that know how to combine two edits: counters, sets, highest and lowest values. They are settled before a
 * strategy is asked: both sides then hold the combined value, so whatever the strategy takes, nothing of it is lost.
 *
 * A field counts as edited on both sides where both differ from the base. An edit of one side alone stands as it is.
 */
import { valueAt } from '../document/value-at.ts'
import { SyncError } from '../errors/sync-error.ts'
import type { Path } from '../protocol/identifiers.ts'
import { compareCodePoints } from '../shared/compare-code-points.ts'
import { deepEqual } from '../shared/deep-equal.ts'
import { isJsonObject, type Json, type JsonObject } from '../shared/json.ts'
import { getOwn, setOwn } from '../shared/own-member.ts'
import { mergeLists } from './merge-lists.ts'
import { mergeField, MERGE } from './three-way-merge.ts'

/**
 * - `counter`: a number; what both sides added counts, the base once. Base 10, +2 and +3: 15.
 * - `set`: an array; what either side added is in, what either removed is out. See mergeLists for objects.
 * - `max`, `min`: the higher, the lower of two numbers, or of two strings by code point.
 *
 * Where a side holds another type there, or removed the field, the later edit stands.
 *
 * Merged over one base, in any order and by whomever, edits give the same (they are associative and commutative) with
 * `max` and `min` of numbers, or of strings alone, with a `counter` of whole numbers, and with a `set` of distinct plain
 * values, of which the members count and not their order. For anything else that is not claimed.
 */
export type FieldPolicy = 'counter' | 'set' | 'max' | 'min'

/** Combines two edits of one field; undefined stands for absent. It must not matter which side is which. */
export type FieldMerger = (
  base: Json | undefined,
  earlier: Json | undefined,
  later: Json | undefined,
) => Json | undefined

/** A field and how its edits are combined. */
export interface FieldRule {
  readonly path: Path
  readonly merge: FieldMerger
  /** Two equal edits are two edits: counters add up although both sides say 11. */
  readonly addsUp: boolean
}

const MERGER_BY_POLICY: Readonly<Record<FieldPolicy, FieldMerger>> = {
  counter: sum,
  set: union,
  max: (_base, earlier, later) => extreme(earlier, later, 1),
  min: (_base, earlier, later) => extreme(earlier, later, -1),
}

/**
 * The rules of a collection's policies by dotted path, `{ likes: 'counter', 'stats.best': 'max' }`. Throws
 * INVALID_OPTION for unknown ones, bad paths, and paths in each other.
 */
export function parseFieldPolicies(policies: unknown): readonly FieldRule[] {
  if (typeof policies !== 'object' || policies === null || Array.isArray(policies)) {
    throw invalid('fields', 'must be an object of policies by path, such as { likes: "counter" }')
  }
  const entries = Object.entries(policies as Readonly<Record<string, unknown>>)
  for (const [path, policy] of entries) {
    if (typeof policy !== 'string' || !Object.hasOwn(MERGER_BY_POLICY, policy)) {
      throw invalid(`fields.${path}`, `must be one of ${Object.keys(MERGER_BY_POLICY).join(', ')}`)
    }
  }
  const paths = parseFields(
    entries.map(([path]) => path),
    'fields',
  )
  return entries.map(([, policy], index) => fieldRule(paths[index]!, policy as FieldPolicy))
}

/** The rule of one field. */
export function fieldRule(path: Path, policy: FieldPolicy): FieldRule {
  return { path, merge: MERGER_BY_POLICY[policy], addsUp: policy === 'counter' }
}

/** Fields as keys: dotted strings are split, arrays of keys taken as they are. Throws INVALID_OPTION. */
export function parseFields(fields: unknown, option: string): readonly Path[] {
  if (!Array.isArray(fields)) throw invalid(option, 'must be an array of paths')
  const paths = (fields as readonly unknown[]).map((field) => parseField(field, option))
  paths.forEach((path, index) => {
    const other = paths.find((candidate, at) => at !== index && path.every((key, k) => candidate[k] === key))
    if (other !== undefined)
      throw invalid(option, `names ${path.join('.')} and, inside it, ${other.join('.')}`)
  })
  return paths
}

function parseField(field: unknown, option: string): Path {
  const keys: unknown = typeof field === 'string' ? field.split('.') : field
  const fits =
    Array.isArray(keys) && keys.length > 0 && keys.every((key) => typeof key === 'string' && key !== '')
  if (!fits) throw invalid(option, 'must name fields as dotted strings or arrays of keys')
  const path = [...(keys as readonly string[])]
  if (path[0] === 'id') throw invalid(option, 'must not name the id, which never changes')
  return path
}

/** Both documents with each field that both sides edited set to its combined value. */
export function settleFields(
  base: JsonObject | null,
  earlier: JsonObject,
  later: JsonObject,
  rules: readonly FieldRule[],
): { readonly earlier: JsonObject; readonly later: JsonObject } {
  let settled = { earlier, later }
  for (const { path, merge, addsUp } of rules) {
    const before = valueAt(base ?? {}, path)
    const one = valueAt(settled.earlier, path)
    const two = valueAt(settled.later, path)
    if (deepEqual(one, before) || deepEqual(two, before)) continue
    if (deepEqual(one, two) && !addsUp) continue
    const value = merge(before, one, two)
    settled = {
      earlier: withValue(settled.earlier, path, value),
      later: withValue(settled.later, path, value),
    }
  }
  return settled
}

/** The document with that value there. Where the way leads through no object the side removed it all: so it stays. */
function withValue(document: JsonObject, path: Path, value: Json | undefined): JsonObject {
  const [key, ...rest] = path as readonly [string, ...string[]]
  const inner = rest.length === 0 ? value : withInner(getOwn(document, key), rest, value)
  const copy: Record<string, Json> = { ...document }
  if (inner === undefined) delete copy[key]
  else setOwn(copy, key, inner)
  return copy
}

function withInner(inner: Json | undefined, rest: Path, value: Json | undefined): Json | undefined {
  return isJsonObject(inner) ? withValue(inner, rest, value) : inner
}

function sum(base: Json | undefined, earlier: Json | undefined, later: Json | undefined): Json | undefined {
  const from = base === undefined ? 0 : base
  if (typeof from !== 'number' || typeof earlier !== 'number' || typeof later !== 'number') return later
  const total = from + (earlier - from + (later - from))
  return Number.isFinite(total) ? total + 0 : later
}

function union(base: Json | undefined, earlier: Json | undefined, later: Json | undefined): Json | undefined {
  const from = base === undefined ? [] : base
  if (!Array.isArray(from) || !Array.isArray(earlier) || !Array.isArray(later)) return later
  return mergeLists(from, earlier, later, (b, e, l) => mergeField(b, e, l, MERGE) as Json)
}

function extreme(earlier: Json | undefined, later: Json | undefined, sign: 1 | -1): Json | undefined {
  if (typeof earlier === 'number' && typeof later === 'number')
    return sign * (earlier - later) > 0 ? earlier : later
  if (typeof earlier === 'string' && typeof later === 'string') {
    return sign * compareCodePoints(earlier, later) > 0 ? earlier : later
  }
  return later
}

function invalid(option: string, problem: string): SyncError {
  return new SyncError('INVALID_OPTION', `${option} ${problem}.`, { details: { option } })
}
