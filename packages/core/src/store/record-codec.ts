/** Rows as storages keep them, to and from records as transitions see them. */
import { valueAt } from '../document/value-at.ts'
import { compoundIndexKey } from '../query/index-key.ts'
import type { RecordState, SyncState } from '../outbox/record-state.ts'
import type { RecordRow, RecordWrite } from '../ports/storage.ts'
import type { JsonObject } from '../shared/json.ts'
import type { CollectionSpec } from './collection-spec.ts'

const NO_KEYS: readonly Uint8Array[] = []

export function decodeRow(row: RecordRow): RecordState {
  const { collection, id, scope, document, base, lane, order } = row
  return { collection, id, scope, document, base, lane, order, sync: JSON.parse(row.sync) as SyncState }
}

/** `document` is the parsed text of `state.document`, where the caller has it at hand. */
export function encodeState(
  state: RecordState,
  spec: CollectionSpec | undefined,
  document?: JsonObject,
): RecordWrite {
  const keys =
    spec === undefined || spec.indexes.length === 0 || state.document === null
      ? NO_KEYS
      : indexKeys(spec, document ?? (JSON.parse(state.document) as JsonObject))
  // Written out: a spread of a row costs more than all the rest.
  const { collection, id, scope, base, lane, order } = state
  const sync = JSON.stringify(state.sync)
  return { collection, id, scope, document: state.document, base, sync, lane, order, keys }
}

function indexKeys(spec: CollectionSpec, document: JsonObject): readonly Uint8Array[] {
  return spec.indexes.map((index) => compoundIndexKey(index.paths.map((path) => valueAt(document, path))))
}
