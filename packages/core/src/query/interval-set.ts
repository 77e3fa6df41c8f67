/**
 * Sets of values as sorted, disjoint intervals of index keys: what a filter says of one path, in the terms a store can
 * walk. Bounds are keys, beginnings of keys or the ends of these; as keys are self-delimiting, none of them ever falls
 * inside the interval of a single value.
 */
import { compareBytes } from '../shared/compare-bytes.ts'
import type { Json } from '../shared/json.ts'
import { indexKey, KEY_TAG, stringPrefixKey } from './index-key.ts'
import { typeRank } from './order.ts'

/** Keys from `lower` up to but without `upper`; null is no end. `point`: the keys of exactly one value. */
export interface Interval {
  readonly lower: Uint8Array
  readonly upper: Uint8Array | null
  readonly point: boolean
}

/** Disjoint and rising. */
export type IntervalSet = readonly Interval[]

// No key begins with a lower byte, so this bounds nothing; as a bound it keeps empty intervals from arising.
const START = Uint8Array.of(KEY_TAG.null)

/** Every value, missing ones too. */
export const ALL_VALUES: IntervalSet = [{ lower: START, upper: null, point: false }]

/** No value at all. */
export const NO_VALUES: IntervalSet = []

/** The lowest bytes above everything that begins with `prefix`; null where there are none. */
export function afterPrefix(prefix: Uint8Array): Uint8Array | null {
  for (let i = prefix.length - 1; i >= 0; i--) {
    const byte = prefix[i] as number
    if (byte === 0xff) continue
    const after = prefix.slice(0, i + 1)
    after[i] = byte + 1
    return after
  }
  return null
}

/** One value and what is equal to it. */
export function pointOf(value: Json): IntervalSet {
  const lower = indexKey(value)
  return [{ lower, upper: afterPrefix(lower), point: true }]
}

/** True for the set of all values. */
export function isEverything(set: IntervalSet): boolean {
  const [only] = set
  return set.length === 1 && only !== undefined && only.upper === null && compareBytes(only.lower, START) <= 0
}

/** Several values. */
export function pointsOf(values: readonly Json[]): IntervalSet {
  const points = values.flatMap(pointOf).sort((a, b) => compareBytes(a.lower, b.lower))
  return points.filter(
    (point, i) => i === 0 || compareBytes((points[i - 1] as Interval).lower, point.lower) !== 0,
  )
}

/** All values of the types with tags from `first` to `last`. */
export function tagsOf(first: number, last: number): IntervalSet {
  return [{ lower: Uint8Array.of(first), upper: Uint8Array.of(last + 1), point: false }]
}

/** All values of the JSON type of `value`. */
export function typeOf(value: Json): IntervalSet {
  const tags = [KEY_TAG.null, 0, KEY_TAG.number, KEY_TAG.string, KEY_TAG.array, KEY_TAG.object]
  const tag = tags[typeRank(value)] as number
  return tag === 0 ? tagsOf(KEY_TAG.false, KEY_TAG.true) : tagsOf(tag, tag)
}

/** The values below `value`, of any type. */
export function below(value: Json, inclusive: boolean): IntervalSet {
  const key = indexKey(value)
  return [{ lower: START, upper: inclusive ? afterPrefix(key) : key, point: false }]
}

/** The values above `value`, of any type. */
export function above(value: Json, inclusive: boolean): IntervalSet {
  const key = indexKey(value)
  const lower = inclusive ? key : afterPrefix(key)
  return lower === null ? NO_VALUES : [{ lower, upper: null, point: false }]
}

/** The strings that begin with `prefix`. Its bounds are well-formed UTF-8, so that ids can be walked by them. */
export function stringsWithPrefix(prefix: string): IntervalSet {
  const next = nextPrefix(prefix)
  const upper = next === null ? Uint8Array.of(KEY_TAG.string + 1) : stringPrefixKey(next)
  return [{ lower: stringPrefixKey(prefix), upper, point: false }]
}

/** The lowest string above all that begin with `prefix`, by code point; null where there is none. */
function nextPrefix(prefix: string): string | null {
  const points = Array.from(prefix, (character) => character.codePointAt(0) as number)
  while (points.length > 0) {
    const last = points.pop() as number
    if (last === 0x10ffff) continue
    return String.fromCodePoint(...points, last === 0xd7ff ? 0xe000 : last + 1)
  }
  return null
}

/** The values that are in both sets. */
export function intersect(a: IntervalSet, b: IntervalSet): IntervalSet {
  if (a === ALL_VALUES) return b
  if (b === ALL_VALUES) return a
  const result: Interval[] = []
  let i = 0
  let j = 0
  while (i < a.length && j < b.length) {
    const left = a[i] as Interval
    const right = b[j] as Interval
    const lower = compareBytes(left.lower, right.lower) >= 0 ? left.lower : right.lower
    const leftEndsFirst = compareUpper(left.upper, right.upper) <= 0
    const upper = leftEndsFirst ? left.upper : right.upper
    if (upper === null || compareBytes(lower, upper) < 0) {
      result.push({ lower, upper, point: left.point || right.point })
    }
    if (leftEndsFirst) i++
    else j++
  }
  return result
}

/** The values that are in either set. */
export function union(a: IntervalSet, b: IntervalSet): IntervalSet {
  const sorted = [...a, ...b].sort((x, y) => compareBytes(x.lower, y.lower) || compareUpper(y.upper, x.upper))
  const result: Interval[] = []
  for (const next of sorted) {
    const last = result.at(-1)
    if (last === undefined || !touches(last, next)) result.push(next)
    else if (compareUpper(last.upper, next.upper) < 0) {
      result[result.length - 1] = { lower: last.lower, upper: next.upper, point: false }
    }
  }
  return result
}

/** Overlapping, or adjoining and worth joining: neighbouring single values stay apart, as equality is worth more. */
function touches(last: Interval, next: Interval): boolean {
  if (last.upper === null) return true
  const gap = compareBytes(next.lower, last.upper)
  return gap < 0 || (gap === 0 && !(last.point && next.point))
}

/** The values that are not in the set. */
export function complement(set: IntervalSet): IntervalSet {
  const result: Interval[] = []
  let lower: Uint8Array | null = START
  for (const interval of set) {
    if (lower !== null && compareBytes(lower, interval.lower) < 0) {
      result.push({ lower, upper: interval.lower, point: false })
    }
    lower = interval.upper
  }
  if (lower !== null) result.push({ lower, upper: null, point: false })
  return result
}

/** Joins neighbours until at most `most` intervals are left: a superset. */
export function coarsen(set: IntervalSet, most: number): IntervalSet {
  const size = Math.ceil(set.length / most)
  const result: Interval[] = []
  for (let i = 0; i < set.length; i += size) {
    const first = set[i] as Interval
    const last = set[Math.min(i + size, set.length) - 1] as Interval
    result.push({ lower: first.lower, upper: last.upper, point: first === last && first.point })
  }
  return result
}

function compareUpper(a: Uint8Array | null, b: Uint8Array | null): number {
  if (a === null || b === null) return a === b ? 0 : a === null ? 1 : -1
  return compareBytes(a, b)
}
