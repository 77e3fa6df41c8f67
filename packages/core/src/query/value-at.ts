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

/** `valueAt` for one path, prepared once for many documents. */
export function compilePath(path: Path): (document: JsonObject) => Json | undefined {
  const key = path[0]
  if (path.length !== 1 || key === undefined) return (document) => valueAt(document, path)
  return (document) => (Object.hasOwn(document, key) ? document[key] : undefined)
}

/** True when both paths name the same place. */
export function samePath(a: Path, b: Path): boolean {
  return a.length === b.length && a.every((key, i) => key === b[i])
}
