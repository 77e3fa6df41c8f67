/** What `update` does to a document (D4). */
import { copyJson } from '../document/check-document.ts'
import { isPlainObject } from '../document/plain.ts'
import { SyncError } from '../errors/sync-error.ts'
import type { Json, JsonObject } from '../shared/json.ts'
import { setOwn } from '../shared/own-member.ts'
import type { CollectionContext } from './client-context.ts'
import { replacementOf, type Write } from './write-document.ts'

/**
 * Checks what is given at once; what it answers turns a document's text into a write, and may be called several times.
 * Throws INVALID_DOCUMENT.
 */
export function changeDocument(
  context: CollectionContext,
  id: string,
  changes: unknown,
): (text: string) => Write {
  if (typeof changes === 'function') return byDraft(context, id, changes as (draft: JsonObject) => unknown)
  if (isPlainObject(changes)) return byFields(context, id, changes)
  throw new SyncError(
    'INVALID_DOCUMENT',
    'update takes an object of fields, or a function that changes a draft.',
    {
      details: { collection: context.spec.name, id },
    },
  )
}

function byFields(
  context: CollectionContext,
  id: string,
  changes: Readonly<Record<string, unknown>>,
): (text: string) => Write {
  const removed = new Set(Object.keys(changes).filter((field) => changes[field] === undefined))
  // With a schema the fields may be more than JSON until it has seen them.
  const fields =
    context.checked.schema === null ? copyJson(changes, 'INVALID_DOCUMENT', 'change') : { ...changes }
  const replaced = Object.entries(fields as Readonly<Record<string, unknown>>).filter(
    ([field]) => !removed.has(field),
  )
  return (text) => {
    const document = JSON.parse(text) as Record<string, Json>
    for (const [field, value] of replaced) setOwn(document, field, value as Json)
    return replacementOf(context, id, removed.size === 0 ? document : without(document, removed))
  }
}

function byDraft(
  context: CollectionContext,
  id: string,
  change: (draft: JsonObject) => unknown,
): (text: string) => Write {
  return (text) => {
    const draft = JSON.parse(text) as JsonObject
    const answer = change(draft)
    // What an assignment or a push() happens to answer is no harm; a promise or another document would be lost.
    if (typeof answer === 'object' && answer !== null && answer !== draft) {
      if (answer instanceof Promise) answer.catch(() => undefined)
      throw new SyncError(
        'INVALID_DOCUMENT',
        'The function given to update returned an object. It must change its draft in place, at once, and return nothing.',
        { details: { collection: context.spec.name, id } },
      )
    }
    return replacementOf(context, id, draft)
  }
}

function without(document: JsonObject, removed: ReadonlySet<string>): JsonObject {
  const copy: Record<string, Json> = {}
  for (const key of Object.keys(document)) if (!removed.has(key)) setOwn(copy, key, document[key] as Json)
  return copy
}
