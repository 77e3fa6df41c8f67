import { checkFetch, type StoredRecord, toRemoteRecord } from '@synclayer/adapter-kit'
import type { FetchRequest, RemoteRecord } from '@synclayer/core/adapter'
import type { Backend } from './backend.ts'
import { readFeed } from './feed-rows.ts'
import { readRecords } from './record-rows.ts'
import { refuseReplica } from './replica.ts'
import { sequenceInbox } from './tables/sequence-inbox.ts'

// Documents may be large, and all of a step are held at once.
const IDS_PER_STEP = 100

/** Reads records by id, tombstones too. What is not stored is left out. */
export async function fetchRecords(
  backend: Backend,
  request: FetchRequest,
  signal: AbortSignal,
): Promise<readonly RemoteRecord[]> {
  checkFetch(request)
  const { scope, collection, ids, fields } = request
  const { database } = backend
  const found: RemoteRecord[] = []
  await sequenceInbox(backend, scope, signal)
  for (let start = 0; start < ids.length; start += IDS_PER_STEP) {
    const step = ids.slice(start, start + IDS_PER_STEP)
    const records = await database.read('fetching', signal, async (session) => {
      await refuseReplica(session)
      const found = await readFeed(session, scope, Number.MAX_SAFE_INTEGER)
      if (found === undefined) return []
      return readRecords(
        session,
        found.feed.feed,
        step.map((id) => ({ collection, id })),
      )
    })
    const byId = new Map<string, StoredRecord>(records.map((record) => [record.id, record]))
    for (const id of step) {
      const record = byId.get(id)
      if (record !== undefined) found.push(toRemoteRecord(record, fields))
    }
  }
  return found
}
