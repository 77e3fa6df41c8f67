/** What each strategy makes of a true conflict. */
import type { JsonObject } from '../shared/json.ts'
import type { FieldRule } from './field-policies.ts'
import { settleFields } from './field-policies.ts'
import { isLater, type Side } from './sides.ts'
import { MERGE, type MergeDepth, mergeThreeWay } from './three-way-merge.ts'

/** The document with the later time; null where that is a deletion (C3). Associative: of any number the last one stands. */
export function lastWriteWins(local: Side, remote: Side): JsonObject | null {
  return isLater(local, remote) ? local.document : remote.document
}

/** Three-way merge (C1). An edit beats a delete, in either direction (C2). */
export function merge(
  base: JsonObject | null,
  local: Side,
  remote: Side,
  rules: readonly FieldRule[] = [],
  depth: MergeDepth = MERGE,
): JsonObject | null {
  if (local.document === null) return remote.document
  if (remote.document === null) return local.document
  const localIsLater = isLater(local, remote)
  const [earlier, later] = localIsLater
    ? [remote.document, local.document]
    : [local.document, remote.document]
  const settled = settleFields(base, earlier, later, rules)
  return mergeThreeWay(base, settled.earlier, settled.later, depth)
}
