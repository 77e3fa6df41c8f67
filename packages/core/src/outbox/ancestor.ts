/** What the two states of a record that are to be reconciled have in common. */
import { deepEqual } from '../shared/deep-equal.ts'
import { isJsonObject, type Json, type JsonObject } from '../shared/json.ts'
import { getOwn, setOwn } from '../shared/own-member.ts'
import type { RecordState } from './record-state.ts'
import type { RemoteState, TransitionContext } from './transition.ts'

/**
 * The common ancestor of the record and the backend's present state of it. As a rule that is the base, `known`. Where the
 * backend has an older state than was known here, because it was restored, all that is known here counts as edited since.
 *
 * A record it lost altogether may have been created by another client: from an older copy, or with no knowledge of it at
 * all. Nothing tells which, so what that one holds beyond what is known here counts as its own, and is kept.
 */
export function ancestorOf(
  { sync }: RecordState,
  known: JsonObject | null,
  theirs: JsonObject | null,
  remote: RemoteState,
  context: TransitionContext,
): JsonObject | null {
  const { version, baseTime } = sync
  if (version === null) {
    const isOlder = known !== null && theirs !== null && remote.time < (baseTime ?? '')
    return isOlder ? inCommon(theirs, known) : known
  }
  const wentBack = context.orderedVersions && remote.version !== null && remote.version < version
  return context.recover && wentBack ? theirs : known
}

/** `theirs` without the members and items, however deep, that `known` has no counterpart of. */
function inCommon(theirs: JsonObject, known: JsonObject): JsonObject {
  const common: Record<string, Json> = {}
  for (const [key, value] of Object.entries(theirs)) {
    const counterpart = getOwn(known, key)
    if (counterpart !== undefined) setOwn(common, key, valueInCommon(value, counterpart))
  }
  return common
}

function valueInCommon(theirs: Json, known: Json): Json {
  if (isJsonObject(theirs) && isJsonObject(known)) return inCommon(theirs, known)
  if (!Array.isArray(theirs) || !Array.isArray(known)) return theirs
  const [items, counterparts] = [theirs as readonly Json[], known as readonly Json[]]
  return items.filter((item) => counterparts.some((counterpart) => deepEqual(item, counterpart)))
}
