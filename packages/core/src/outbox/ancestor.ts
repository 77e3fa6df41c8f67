/** What the two states of a record that are to be reconciled have in common. */
import { deepEqual } from '../shared/deep-equal.ts'
import { isJsonObject, type Json, type JsonObject } from '../shared/json.ts'
import { getOwn, setOwn } from '../shared/own-member.ts'
import type { RecordState } from './record-state.ts'
import { wasSentAgain } from './sent-again.ts'
import type { CombinedField, RemoteState, TransitionContext } from './transition.ts'

/**
 * The common ancestor of the record and the backend's present state of it. As a rule that is the base, `known`. Where the
 * backend has an older state than was known here, because it was restored, all that is known here counts as edited since.
 *
 * A record it lost altogether, of which no delete is known, may have been created by another client: from an older copy, just
 * as that was or edited, or with no knowledge of it at all. Where nothing tells which, what that one holds beyond what is known
 * here counts as its own, and is kept.
 */
export function ancestorOf(
  state: RecordState,
  known: JsonObject | null,
  theirs: JsonObject | null,
  remote: RemoteState,
  context: TransitionContext,
): JsonObject | null {
  const { version, baseTime, gone } = state.sync
  if (version === null && gone === undefined) {
    const isOlder = known !== null && remote.time < (baseTime ?? '')
    if (!isOlder) return known
    // A delete is later than what it deletes (T2), so this one was of something else.
    if (theirs === null) return null
    return wasSentAgain(state, remote, remote.document!) ? theirs : inCommon(theirs, known, context.fields)
  }
  const wentBack =
    context.orderedVersions && version !== null && remote.version !== null && remote.version < version
  return context.recover && wentBack ? theirs : known
}

/** `theirs` without the members and items, however deep, that `known` has no counterpart of. */
function inCommon(theirs: JsonObject, known: JsonObject, fields: readonly CombinedField[]): JsonObject {
  const common: Record<string, Json> = {}
  for (const [key, value] of Object.entries(theirs)) {
    const counterpart = getOwn(known, key)
    if (counterpart === undefined) continue
    const inside = fields.filter(({ path }) => path[0] === key)
    const shared = valueInCommon(
      value,
      counterpart,
      inside.map(({ path, addsUp }) => ({ path: path.slice(1), addsUp })),
    )
    if (shared !== undefined) setOwn(common, key, shared)
  }
  return common
}

function valueInCommon(theirs: Json, known: Json, fields: readonly CombinedField[]): Json | undefined {
  if (isJsonObject(theirs) && isJsonObject(known)) return inCommon(theirs, known, fields)
  if (Array.isArray(theirs) && Array.isArray(known)) {
    const [items, counterparts] = [theirs as readonly Json[], known as readonly Json[]]
    return items.filter((item) => counterparts.some((counterpart) => deepEqual(item, counterpart)))
  }
  const field = fields.find(({ path }) => path.length === 0)
  if (field === undefined) return theirs
  // Of a sum nobody can tell how much is whose: what is there stands, and what was added here since it was lost is added to it.
  return field.addsUp ? known : undefined
}
