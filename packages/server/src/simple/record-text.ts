/** Records as plain clients read them, as JSON text. */
import { parseHlc, type PullResponse, type RemoteRecord } from '@synclayer/core/adapter'
import { formatRfc3339 } from '@synclayer/core/protocol'
import { untagMutation } from '../operations/client-tags.ts'

/** A page, in pieces. Without a filter nothing leaves it. */
export function* recordsText({ changes, cursor, hasMore }: PullResponse, tag: string): Generator<string> {
  yield '{"records":['
  let separator = ''
  for (const change of changes) {
    if (change.kind === 'leave') continue
    yield separator + recordText(change, tag)
    separator = ','
  }
  yield `],${JSON.stringify({ cursor, hasMore }).slice(1)}`
}

/** A record, with the mutation's id as the owner of `tag` sees it. */
export function recordText(record: RemoteRecord, tag: string | null): string {
  const { id, version, deleted, data, text, time, schema, mutation } = record
  const head = { recordId: id, version, updatedAt: formatRfc3339(parseHlc(time).ms), deleted, schema }
  const maker = mutation === undefined ? {} : { mutation: untagMutation(mutation, tag) }
  const document = deleted ? 'null' : (text ?? JSON.stringify(data))
  return `${JSON.stringify({ ...head, ...maker }).slice(0, -1)},"data":${document}}`
}
