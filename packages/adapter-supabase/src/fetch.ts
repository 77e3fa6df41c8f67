import { checkFetchRequest, type FetchRequest, type RemoteRecord } from '@synclayer/core/adapter'
import type { Api } from './api.ts'
import { MAX_ROWS } from './limits.ts'
import { readRows, rowToRecord } from './rows.ts'

/** Reads records by id, in as many requests as it takes. */
export async function fetchRecords(
  api: Api,
  asked: FetchRequest,
  signal: AbortSignal,
): Promise<readonly RemoteRecord[]> {
  const { ids, ...rest } = checkFetchRequest(asked)
  const records: RemoteRecord[] = []
  for (let at = 0; at === 0 || at < ids.length; at += MAX_ROWS) {
    const request = JSON.stringify({ request: { ...rest, ids: ids.slice(at, at + MAX_ROWS) } })
    const { rows } = await api.call('fetch', request, readRows, signal)
    for (const row of rows) records.push(rowToRecord(row))
  }
  return records
}
