/** A collection as the engine works with it, made from the app's definition once and for all. */
import type { Path } from '../protocol/identifiers.ts'
import type { CombinedField, ReconcileInput, ReconcileResult } from '../outbox/transition.ts'
import type { JsonObject } from '../shared/json.ts'

export interface CollectionSpec {
  readonly name: string
  /** False: never leaves the device. */
  readonly synced: boolean
  /** The schema version of documents written now. */
  readonly schema: number
  readonly indexes: readonly { readonly name: string; readonly paths: readonly Path[] }[]
  /** The scope of a document; undefined: the client's first. */
  scopeOf(document: JsonObject): string | undefined
  /** Carries a document from an older schema version over to `schema`. */
  migrate(document: JsonObject, from: number): JsonObject
  reconcile(input: ReconcileInput): ReconcileResult
  /** The fields that `reconcile` combines. */
  readonly fields: readonly CombinedField[]
}
