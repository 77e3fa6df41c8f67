/** Reading the value at a path of a document. */
import type { Path } from '../protocol/identifiers.ts'
import type { Json, JsonObject } from '../shared/json.ts'

/**
 * The value at `path`, undefined where nothing is there. Only own properties of objects are followed: a path through
 * an array or a primitive is missing, and nothing is ever inherited (`constructor`, `length`, `__proto__`).
 */
export function valueAt(document: JsonObject, path: Path): Json | undefined {
  let value: Json | undefined = document
  for (const key of path) {
    if (typeof value !== 'object' || value === null || Array.isArray(value)) return undefined
    if (!Object.hasOwn(value, key)) return undefined
    value = (value as JsonObject)[key]
  }
  return value
}
