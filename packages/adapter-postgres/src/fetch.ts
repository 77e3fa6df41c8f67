import { checkFetch, isStorable, rowToStored, throwIfAborted, toRemoteRecord } from '@synclayer/adapter-kit'
import type { FetchRequest, RemoteRecord } from '@synclayer/core/adapter'
import { readRows, toFeedRow } from './answer.ts'
import type { Backend } from './backend.ts'

const IDS_PER_CALL = 500

/** Reads records by id, tombstones too. What is not stored is left out. */
export async function fetchRecords(
  { connection, schema }: Backend,
  request: FetchRequest,
  signal: AbortSignal,
): Promise<readonly RemoteRecord[]> {
  checkFetch(request)
  throwIfAborted(signal)
  const { scope, collection, fields } = request
  // What the database cannot hold is not stored.
  const ids = request.ids.filter((id) => isStorable(JSON.stringify({ collection, id })))
  const found: RemoteRecord[] = []
  for (let start = 0; start < ids.length; start += IDS_PER_CALL) {
    const asked = JSON.stringify({ scope, collection, ids: ids.slice(start, start + IDS_PER_CALL) })
    const rows = await connection.run('fetching', signal, `SELECT * FROM ${schema}.fetch($1)`, [asked])
    for (const row of readRows(rows).records) found.push(toRemoteRecord(rowToStored(toFeedRow(row)), fields))
  }
  return found
}
