import { checkFetch, rowToStored, toRemoteRecord } from '@synclayer/adapter-kit'
import type { FetchRequest, RemoteRecord } from '@synclayer/core/adapter'
import type { Backend } from './backend.ts'
import { sequenceInbox } from './tables/sequence-inbox.ts'

const IDS_PER_STEP = 500

/** Reads records by id, tombstones too. What is not stored is left out. */
export async function fetchRecords(
  backend: Backend,
  request: FetchRequest,
  signal: AbortSignal,
): Promise<readonly RemoteRecord[]> {
  checkFetch(request)
  const { connection, feeds, records } = backend
  const { scope, collection, ids, fields } = request
  const found: RemoteRecord[] = []
  await sequenceInbox(backend, scope, signal)
  for (let start = 0; start < ids.length; start += IDS_PER_STEP) {
    // In steps, so that a long list does not hold up everything else.
    await connection.read('fetching', signal, () => {
      const feed = feeds.find(scope)
      if (feed === undefined) return
      for (const id of ids.slice(start, start + IDS_PER_STEP)) {
        const row = records.row(feed.feed, collection, id)
        if (row !== undefined) found.push(toRemoteRecord(rowToStored(row), fields))
      }
    })
  }
  return found
}
