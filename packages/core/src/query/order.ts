/** The total order of JSON values and of documents, the same everywhere (Q3, Q4). */
import { compareCodePoints } from '../shared/compare-code-points.ts'
import type { Json, JsonObject } from '../shared/json.ts'
import type { Doc, OrderBy } from './query-spec.ts'
import { compilePath } from './value-at.ts'

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
  const [only] = terms
  if (only !== undefined && terms.length === 1) {
    const { read, sign } = only
    return (a, b) => compareJson(read(a), read(b)) * sign
  }
  return (a, b) => {
    for (const { read, sign } of terms) {
      const result = compareJson(read(a), read(b))
      if (result !== 0) return result * sign
    }
    return 0
  }
}
