/** Which requests look up records by id. */
import type { RecordKey } from '../ports/storage.ts'

/** Ids in one fetch. */
const MOST_IDS = 100

/** What one request asks for. */
export interface Fetch {
  readonly collection: string
  readonly ids: readonly string[]
}

/** The requests that look up all of these records, each of them once. */
export function fetches(keys: readonly RecordKey[]): readonly Fetch[] {
  const idsOf = new Map<string, Set<string>>()
  for (const { collection, id } of keys) {
    const ids = idsOf.get(collection)
    if (ids === undefined) idsOf.set(collection, new Set([id]))
    else ids.add(id)
  }
  return [...idsOf].flatMap(([collection, all]) => {
    const ids = [...all]
    const parts = Array.from({ length: Math.ceil(ids.length / MOST_IDS) }, (_, part) => part * MOST_IDS)
    return parts.map((start) => ({ collection, ids: ids.slice(start, start + MOST_IDS) }))
  })
}
