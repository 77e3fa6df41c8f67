/**
 * Telling a record that was sent again just as it was, after the backend had lost it, from one that holds something of its
 * sender's own. The last part of the mutation's time says so (see freeze): it is a fingerprint that everyone can make anew.
 */
import { canonicalJson } from '../shared/canonical-json.ts'
import { fingerprint } from '../shared/fingerprint.ts'
import type { Json, JsonObject } from '../shared/json.ts'
import type { RecordState } from './record-state.ts'
import type { RemoteState } from './transition.ts'

/** The last part of the time of a record's being sent again as it was. Backends may give members another order. */
export function againMark(
  { collection, id }: Pick<RecordState, 'collection' | 'id'>,
  schema: number,
  document: Json,
): string {
  return fingerprint(canonicalJson(['sent again', collection, id, schema, document]))
}

/** True where what waits is a record that the backend lost, and nothing else. */
export function isAsItWas({ document, base, sync }: RecordState): boolean {
  return sync.version === null && sync.group === undefined && base !== null && base === document
}

/** True where this state of the backend's is a record that was sent again just as its sender had it. */
export function wasSentAgain(
  key: Pick<RecordState, 'collection' | 'id'>,
  { time, schema }: RemoteState,
  document: JsonObject,
): boolean {
  return time.endsWith(againMark(key, schema, document))
}
