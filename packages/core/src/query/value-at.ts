/** Reading many documents at one path. */
import { valueAt } from '../document/value-at.ts'
import type { Path } from '../protocol/identifiers.ts'
import type { Json, JsonObject } from '../shared/json.ts'

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
