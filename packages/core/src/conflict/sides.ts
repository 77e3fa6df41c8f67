/** Which of two sides of a conflict is the later one. Every client must answer this alike (C3, C8). */
import type { Hlc } from '../protocol/identifiers.ts'
import { canonicalJson } from '../shared/canonical-json.ts'
import type { JsonObject } from '../shared/json.ts'

/** One side of a conflict. */
export interface Side {
  /** Null: deleted, or absent. */
  readonly document: JsonObject | null
  /** When it was last edited. */
  readonly time: Hlc
}

/** True where `a` is later than `b`, or as late and first in an order that has nothing to do with who is asking. */
export function isLater(a: Side, b: Side): boolean {
  if (a.time !== b.time) return a.time > b.time
  // One time twice: another program's writes, or a copied store. A document then stands before a deletion.
  if (a.document === null || b.document === null) return b.document === null
  return canonicalJson(a.document) >= canonicalJson(b.document)
}
