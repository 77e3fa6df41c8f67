/** The total order of JSON values and of documents, the same everywhere (Q3, Q4). */
import type { Json, JsonObject } from '../shared/json.ts'
import type { Doc, OrderBy } from './query-spec.ts'
import { compilePath } from './value-at.ts'

/** The first code unit that takes part in surrogate pairs or sorts around them. */
const FIRST_SURROGATE = 0xd800

/**
 * Compares strings by Unicode code point, as UTF-8 bytes do. JavaScript's own `<` compares UTF-16 code units, which
 * puts U+1F600 before U+FF21.
 */
export function compareCodePoints(a: string, b: string): number {
  if (a === b) return 0
  const shared = Math.min(a.length, b.length)
  for (let i = 0; i < shared; i++) {
    const unitA = a.charCodeAt(i)
    const unitB = b.charCodeAt(i)
    if (unitA === unitB) continue
    if (unitA < FIRST_SURROGATE || unitB < FIRST_SURROGATE) return unitA < unitB ? -1 : 1
    return compareAround(a, b, i)
  }
  return a.length < b.length ? -1 : 1
}

/** Both units at `i` differ and one may be half of a pair, which then began one unit earlier. */
function compareAround(a: string, b: string, i: number): number {
  for (const at of i === 0 ? [0] : [i - 1, i]) {
    const pointA = a.codePointAt(at) as number
    const pointB = b.codePointAt(at) as number
    if (pointA !== pointB) return pointA < pointB ? -1 : 1
  }
  return 0
}

/** Where the type of a value stands in the order of types; missing stands with null (Q1). */
export function typeRank(value: Json | undefined): number {
  switch (typeof value) {
    case 'boolean':
      return 1
    case 'number':
      return 2
    case 'string':
      return 3
    case 'object':
      return value === null ? 0 : Array.isArray(value) ? 4 : 5
    default:
      return 0
  }
}

/**
 * The total order: null and missing, false, true, numbers, strings by code point, arrays by their elements, objects
 * by their entries sorted by key (key, then value). Zero exactly when both are deep-equal; -0 equals 0.
 */
export function compareJson(a: Json | undefined, b: Json | undefined): number {
  if (typeof a === 'string' && typeof b === 'string') return compareCodePoints(a, b)
  if (typeof a === 'number' && typeof b === 'number') return a < b ? -1 : a > b ? 1 : 0
  const rank = typeRank(a)
  const difference = rank - typeRank(b)
  if (difference !== 0) return difference < 0 ? -1 : 1
  if (rank === 0 || a === b) return 0
  if (rank === 1) return a === false ? -1 : 1
  return rank === 4
    ? compareArrays(a as readonly Json[], b as readonly Json[])
    : compareObjects(a as JsonObject, b as JsonObject)
}

function compareArrays(a: readonly Json[], b: readonly Json[]): number {
  const shared = Math.min(a.length, b.length)
  for (let i = 0; i < shared; i++) {
    const result = compareJson(a[i], b[i])
    if (result !== 0) return result
  }
  return Math.sign(a.length - b.length)
}

function compareObjects(a: JsonObject, b: JsonObject): number {
  const keysA = Object.keys(a).sort(compareCodePoints)
  const keysB = Object.keys(b).sort(compareCodePoints)
  const shared = Math.min(keysA.length, keysB.length)
  for (let i = 0; i < shared; i++) {
    const keyA = keysA[i] as string
    const keyB = keysB[i] as string
    const result = compareCodePoints(keyA, keyB) || compareJson(a[keyA], b[keyB])
    if (result !== 0) return result
  }
  return Math.sign(keysA.length - keysB.length)
}

/**
 * Deep equality of values, whatever the order of keys; faster than comparing. Inside a value a member that is null and
 * one that is absent differ, as documents keep them apart; only a missing *value* equals null (Q1, Q3).
 */
export function equalJson(a: Json | undefined, b: Json | undefined): boolean {
  if (a === b) return true
  if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null) {
    return (a ?? null) === null && (b ?? null) === null
  }
  if (Array.isArray(a) || Array.isArray(b)) {
    if (!Array.isArray(a) || !Array.isArray(b) || a.length !== b.length) return false
    for (let i = 0; i < a.length; i++) if (!equalJson(a[i], b[i])) return false
    return true
  }
  return equalObjects(a as JsonObject, b as JsonObject)
}

function equalObjects(a: JsonObject, b: JsonObject): boolean {
  const keys = Object.keys(a)
  if (keys.length !== Object.keys(b).length) return false
  for (const key of keys) {
    if (!Object.hasOwn(b, key) || !equalJson(a[key], b[key])) return false
  }
  return true
}

/** Compares documents as a query orders them: by `orderBy`, then always by rising id (Q4). */
export function compareDocuments(orderBy: readonly OrderBy[]): (a: Doc, b: Doc) => number {
  const byPaths = comparePaths(orderBy)
  return (a, b) => byPaths(a, b) || compareCodePoints(a.id, b.id)
}

/** Compares documents by `orderBy` alone, without the tie-break: zero where they are equal there. */
export function comparePaths(orderBy: readonly OrderBy[]): (a: JsonObject, b: JsonObject) => number {
  const terms = orderBy.map(({ path, direction }) => ({
    read: compilePath(path),
    sign: direction === 'desc' ? -1 : 1,
  }))
  return (a, b) => {
    for (const { read, sign } of terms) {
      const result = compareJson(read(a), read(b))
      if (result !== 0) return result * sign
    }
    return 0
  }
}
