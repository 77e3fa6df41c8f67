import type { Json } from './json.ts'

/**
 * True when two JSON values say the same: key order means nothing, -0 equals 0, undefined equals only undefined.
 * Q3, and what decides whether there is anything to send or to merge.
 */
export function deepEqual(a: Json | undefined, b: Json | undefined): boolean {
  if (a === b) return true
  if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null) return false
  if (Array.isArray(a)) return Array.isArray(b) && arraysEqual(a, b)
  if (Array.isArray(b)) return false
  return objectsEqual(a as Record<string, Json>, b as Record<string, Json>)
}

function arraysEqual(a: readonly Json[], b: readonly Json[]): boolean {
  if (a.length !== b.length) return false
  for (let index = 0; index < a.length; index++) {
    if (!deepEqual(a[index], b[index])) return false
  }
  return true
}

function objectsEqual(a: Record<string, Json>, b: Record<string, Json>): boolean {
  const keys = Object.keys(a)
  if (keys.length !== Object.keys(b).length) return false
  for (const key of keys) {
    // Own keys only: `b.toString` is there without anybody having stored it.
    if (!Object.hasOwn(b, key) || !deepEqual(a[key], b[key])) return false
  }
  return true
}
