/**
 * Records by id. A plain backend cannot be asked for them, so the collection is read from its beginning until all are
 * found. The engine asks only for what it could not read before, and where it verifies.
 */
import { type FetchRequest, type RemoteRecord, SyncError } from '@synclayer/core/adapter'
import { nothingSeen, readStep } from './read-step.ts'
import type { Place } from './simple-cursor.ts'
import { createSource, type SourceDeps } from './source.ts'

const PAGE = 1_000

export async function fetchRecords(
  deps: SourceDeps,
  { scope, collection, ids, fields }: FetchRequest,
  signal: AbortSignal,
): Promise<readonly RemoteRecord[]> {
  if (fields !== undefined) throw new SyncError('NOT_SUPPORTED', 'Plain backends show whole documents')
  const source = createSource(deps, scope, collection, signal)
  const wanted = new Set(ids)
  const found = new Map<string, RemoteRecord>()
  const seen = nothingSeen()
  let place: Place = {}
  for (let isEnd = false; !isEnd && found.size < wanted.size;) {
    const step = await readStep(source, place, PAGE, seen)
    for (const record of step.records) {
      if (wanted.has(record?.id)) found.set(record.id, record)
    }
    place = step.place
    isEnd = step.isEnd
  }
  return [...found.values()]
}
