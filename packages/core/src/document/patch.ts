/**
 * The difference between two documents, and a document with a difference applied. A patch reaches only through plain
 * objects; arrays and changes of type are values. Null, absent and removed are three different things (A5).
 *
 * Law: `applyPatch(a, diffDocuments(a, b))` equals `b`.
 */
import { SyncError } from '../errors/sync-error.ts'
import type { JsonPointer } from '../protocol/identifiers.ts'
import type { Patch } from '../protocol/mutation.ts'
import { deepEqual } from '../shared/deep-equal.ts'
import { isJsonObject, type Json, type JsonObject } from '../shared/json.ts'
import { getOwn, setOwn } from '../shared/own-member.ts'
import { escapeKey, parsePointer } from './json-pointer.ts'

/** What turns `base` into `local`; null where they are equal. The top-level `id` never differs and is passed over. */
export function diffDocuments(base: JsonObject, local: JsonObject): Patch | null {
  const set: Record<JsonPointer, Json> = {}
  const unset: JsonPointer[] = []
  diffObjects(base, local, '', set, unset)
  const sets = Object.keys(set).length > 0
  if (!sets && unset.length === 0) return null
  return { ...(sets ? { set } : {}), ...(unset.length > 0 ? { unset } : {}) }
}

function diffObjects(
  base: JsonObject,
  local: JsonObject,
  prefix: JsonPointer,
  set: Record<JsonPointer, Json>,
  unset: JsonPointer[],
): void {
  for (const key of Object.keys(local)) {
    if (prefix === '' && key === 'id') continue
    const before = getOwn(base, key)
    const after = local[key] as Json
    if (before === after) continue
    const pointer = `${prefix}/${escapeKey(key)}`
    if (isJsonObject(before) && isJsonObject(after)) diffObjects(before, after, pointer, set, unset)
    else if (!deepEqual(before, after)) set[pointer] = after
  }
  for (const key of Object.keys(base)) {
    if (prefix === '' && key === 'id') continue
    if (!Object.hasOwn(local, key)) unset.push(`${prefix}/${escapeKey(key)}`)
  }
}

/** What a patch does below one object: a value to set, a removal, or more of the same one level down. */
type Step =
  | { readonly kind: 'set'; readonly value: Json }
  | { readonly kind: 'unset' }
  | { readonly kind: 'inner'; readonly steps: Map<string, Step> }

/**
 * The document with the patch applied. `document` is left as it is; what the patch does not reach is shared with it.
 *
 * Every object on the way must be there: a patch is applied on the very document it was made from (A2), so where one
 * is missing, or is something else, the patch does not belong to it. That throws INVALID_MUTATION, as do pointers that
 * are none or reach into each other. Removing what is absent changes nothing.
 */
export function applyPatch(document: JsonObject, patch: Patch): JsonObject {
  const steps = new Map<string, Step>()
  for (const [pointer, value] of Object.entries(patch.set ?? {})) {
    addStep(steps, pointer, { kind: 'set', value })
  }
  for (const pointer of patch.unset ?? []) addStep(steps, pointer, { kind: 'unset' })
  return steps.size === 0 ? document : applySteps(document, steps, '')
}

/** Throws INVALID_MUTATION where a pointer is none, or reaches into another, or names the `id`. */
export function checkPointers(pointers: Iterable<JsonPointer>): void {
  const steps = new Map<string, Step>()
  for (const pointer of pointers) addStep(steps, pointer, { kind: 'unset' })
}

function addStep(root: Map<string, Step>, pointer: JsonPointer, last: Step): void {
  const path = parsePointer(pointer)
  if (path === null) throw refusal(pointer, 'is no pointer to a field')
  if (path.length === 1 && path[0] === 'id') throw refusal(pointer, 'would change the id, which is fixed')
  let steps = root
  for (const key of path.slice(0, -1)) {
    const next = steps.get(key) ?? { kind: 'inner', steps: new Map<string, Step>() }
    if (next.kind !== 'inner')
      throw refusal(pointer, 'reaches into a value the patch sets or removes as a whole')
    steps.set(key, next)
    steps = next.steps
  }
  const key = path.at(-1)!
  if (steps.has(key)) throw refusal(pointer, 'is named twice, or another pointer reaches into it')
  steps.set(key, last)
}

function applySteps(object: JsonObject, steps: ReadonlyMap<string, Step>, at: JsonPointer): JsonObject {
  const copy = copyWithout(object, steps)
  for (const [key, step] of steps) {
    if (step.kind === 'unset') continue
    if (step.kind === 'set') {
      setOwn(copy, key, step.value)
      continue
    }
    const inner = getOwn(object, key)
    const pointer = `${at}/${escapeKey(key)}`
    if (!isJsonObject(inner)) throw refusal(pointer, 'is no object, so nothing inside it can be changed')
    setOwn(copy, key, applySteps(inner, step.steps, pointer))
  }
  return copy
}

/** A shallow copy less the removed keys: deleting them afterwards would leave a slow object behind. */
function copyWithout(object: JsonObject, steps: ReadonlyMap<string, Step>): Record<string, Json> {
  const removes = [...steps.values()].some((step) => step.kind === 'unset')
  if (!removes) return { ...object }
  const copy: Record<string, Json> = {}
  for (const key of Object.keys(object)) {
    if (steps.get(key)?.kind !== 'unset') setOwn(copy, key, object[key] as Json)
  }
  return copy
}

function refusal(pointer: JsonPointer, problem: string): SyncError {
  return new SyncError(
    'INVALID_MUTATION',
    `The patch cannot be applied: ${JSON.stringify(pointer)} ${problem}.`,
    {
      details: { path: pointer },
    },
  )
}
