import { checkFetchRequest, type FetchRequest, isSyncError, type RemoteRecord } from '@synclayer/core/adapter'
import type { Hello } from '@synclayer/core/protocol'
import type { HttpClient } from '@synclayer/adapter-kit/http'
import { withoutTexts } from '../without-texts.ts'
import { ask, isTooLarge } from './endpoint.ts'

/** Reads records by id, in as many requests as it takes. */
export async function fetchRecords(
  { client, hello }: { readonly client: HttpClient; readonly hello: Hello },
  asked: FetchRequest,
  signal: AbortSignal,
): Promise<readonly RemoteRecord[]> {
  const { ids, ...rest } = checkFetchRequest(asked)
  const read = async (some: readonly string[]): Promise<readonly RemoteRecord[]> => {
    const body = JSON.stringify({ ...rest, ids: some })
    try {
      return await ask(client, { method: 'POST', path: '/sync/fetch', body }, readList, signal)
    } catch (error) {
      const isHalved = some.length > 1 && (isTooLarge(error) || isSyncError(error, 'RECORD_TOO_LARGE'))
      if (!isHalved) throw error
      const middle = Math.ceil(some.length / 2)
      return [...(await read(some.slice(0, middle))), ...(await read(some.slice(middle)))]
    }
  }
  const records: RemoteRecord[] = []
  for (let at = 0; at === 0 || at < ids.length; at += hello.maxIds) {
    for (const record of await read(ids.slice(at, at + hello.maxIds))) records.push(record)
  }
  return records
}

/** The records, one by one, are checked by whoever takes them. */
function readList(body: unknown): readonly RemoteRecord[] {
  if (!Array.isArray(body)) throw new TypeError('It is no list')
  withoutTexts(body)
  return body as readonly RemoteRecord[]
}
