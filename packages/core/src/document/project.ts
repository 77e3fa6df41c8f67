/** What a projection lets through. */
import type { Projection } from '../protocol/filter.ts'
import type { Json, JsonObject } from '../shared/json.ts'

/** The document with only the fields a projection lets through; `id` always comes along. The document itself without one. */
export function projectDocument(document: JsonObject, fields: Projection | undefined): JsonObject {
  if (fields === undefined) return document
  const names = new Set('only' in fields ? fields.only : fields.except)
  const isKept = 'only' in fields
  const kept: [string, Json][] = []
  for (const name of Object.keys(document)) {
    if (name === 'id' || names.has(name) === isKept) kept.push([name, document[name] as Json])
  }
  // Not by assignment: a document may have a field named like one of Object's own.
  return Object.fromEntries(kept)
}
