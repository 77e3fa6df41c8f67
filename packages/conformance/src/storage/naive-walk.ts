/** What a query must answer, computed the plainest way. */
import type { KeyRange, QueryPlan, RecordWrite } from '@synclayer/core/storage'

/** Order of byte strings. */
function compareBytes(left: Uint8Array, right: Uint8Array): number {
  const at = left.findIndex((byte, index) => byte !== right[index])
  if (at === -1) return left.length - right.length
  return at >= right.length ? 1 : left[at]! - right[at]!
}

/** Order of ids: by code point, which is the order of their UTF-8 bytes. */
export function compareIds(left: string, right: string): number {
  return compareBytes(utf8(left), utf8(right))
}

/** The UTF-8 bytes of a text. */
export function utf8(text: string): Uint8Array {
  return new TextEncoder().encode(text)
}

/** The rows of a plan, in order, without its limit. `indexNames` are those of the collection. */
export function naiveWalk(
  rows: readonly RecordWrite[],
  indexNames: readonly string[],
  plan: Omit<QueryPlan, 'limit'>,
): RecordWrite[] {
  const keyOf = (row: RecordWrite): Uint8Array =>
    plan.index === null ? utf8(row.id) : row.keys[indexNames.indexOf(plan.index)]!
  const direction = plan.reverse === true ? -1 : 1
  const compare = (left: RecordWrite, right: RecordWrite): number =>
    direction * compareBytes(keyOf(left), keyOf(right)) || compareIds(left.id, right.id)
  const sorted = rows
    .filter(
      (row) =>
        row.collection === plan.collection && row.document !== null && isWithin(keyOf(row), plan.range),
    )
    .sort(compare)
  const { after } = plan
  if (after === undefined) return sorted
  const afterKey = after.key ?? utf8(after.id)
  return sorted.filter((row) => {
    const order = direction * compareBytes(keyOf(row), afterKey)
    return order > 0 || (order === 0 && compareIds(row.id, after.id) > 0)
  })
}

function isWithin(key: Uint8Array, range: KeyRange = {}): boolean {
  if (range.lower !== undefined) {
    const order = compareBytes(key, range.lower)
    if (order < 0 || (order === 0 && range.lowerExclusive === true)) return false
  }
  if (range.upper !== undefined) {
    const order = compareBytes(key, range.upper)
    if (order > 0 || (order === 0 && range.upperExclusive === true)) return false
  }
  return true
}
