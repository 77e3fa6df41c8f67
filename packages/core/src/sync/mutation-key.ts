import type { RecordKey } from '../ports/storage.ts'
import type { Mutation } from '../protocol/mutation.ts'

/** The record that a mutation changes. */
export function keyOf(mutation: Mutation): RecordKey {
  return { collection: mutation.collection, id: mutation.recordId }
}
