/**
 * A store as text, one JSON value a line: a header, the feeds and groups, then every record with all that belongs to
 * it. No part of it depends on the storage, so it can be taken by any.
 */
import type { RecordRow } from '../ports/storage.ts'
import { GROUP_PREFIX } from '../store/groups.ts'
import { FEED_PREFIX } from '../sync/feed-state.ts'
import type { ClientContext } from './client-context.ts'

export const EXPORT_FORMAT = 1

/** Entries that go along: where the feeds stand, and which records belong together. Never who the client is. */
const EXPORTED_PREFIXES: readonly string[] = [FEED_PREFIX, GROUP_PREFIX]

const PAGE = 500

/** Everything in the store, as of one moment. Damaged rows are reported and left out. */
export function exportStore(client: ClientContext, now: number): Promise<string> {
  return client.store.exclusive(async () => {
    const lines = [
      JSON.stringify({
        synclayer: 'export',
        format: EXPORT_FORMAT,
        exportedAt: now,
        collections: [...client.collections.keys()],
      }),
    ]
    // Before the records: what another process pulls meanwhile is then pulled again, and not missed.
    for (const prefix of EXPORTED_PREFIXES) {
      for (const { name, value } of await client.storage.listEntries(prefix))
        lines.push(JSON.stringify({ entry: name, value }))
    }
    for (const collection of client.collections.keys()) await exportCollection(client, collection, lines)
    return `${lines.join('\n')}\n`
  })
}

async function exportCollection(client: ClientContext, collection: string, lines: string[]): Promise<void> {
  let after: string | null = null
  for (;;) {
    const rows = await client.storage.scan({ collection, after, limit: PAGE })
    for (const row of rows) {
      if ('damaged' in row) client.damaged([row])
      else lines.push(lineOf(row))
    }
    const last = rows.at(-1)
    if (last === undefined) return
    after = last.id
  }
}

/** Texts of documents go in as the JSON they are. */
function lineOf(row: RecordRow): string {
  const { collection, id, scope, lane, order } = row
  const head = JSON.stringify({ collection, id, scope, lane, order }).slice(0, -1)
  return `${head},"sync":${row.sync},"document":${row.document ?? 'null'},"base":${row.base ?? 'null'}}`
}
