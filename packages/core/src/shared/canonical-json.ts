import { compareCodePoints } from './compare-code-points.ts'
import type { Json } from './json.ts'

/**
 * JSON text with keys sorted by code point and no white space: equal texts for deep-equal values, on every platform.
 * For hashing, for comparing, and for deciding ties the same way everywhere (C8).
 */
export function canonicalJson(value: Json): string {
  if (typeof value !== 'object' || value === null) return JSON.stringify(value)
  if (Array.isArray(value)) return `[${(value as readonly Json[]).map(canonicalJson).join(',')}]`
  const object = value as Readonly<Record<string, Json>>
  const members = Object.keys(object)
    .sort(compareCodePoints)
    .map((key) => `${JSON.stringify(key)}:${canonicalJson(object[key] as Json)}`)
  return `{${members.join(',')}}`
}
