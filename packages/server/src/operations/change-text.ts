/** Records and changes as JSON text, with the document's own text put in where the adapter has it at hand. */
import type { Change, RemoteRecord } from '@synclayer/core/adapter'
import { untagMutation } from './client-tags.ts'

/** A change as it goes over the wire, with the mutation's id as the owner of `tag` sees it. */
export function changeText(change: Change, tag: string | null): string {
  const { kind } = change
  if (kind === 'leave') {
    const { collection, id, version } = change
    return JSON.stringify({ kind, collection, id, version })
  }
  return `{"kind":"${kind}",${membersOf(change, tag)}}`
}

/** A record as it goes over the wire. */
export function recordText(record: RemoteRecord, tag: string | null): string {
  return `{${membersOf(record, tag)}}`
}

function membersOf(record: RemoteRecord, tag: string | null): string {
  const { collection, id, version, deleted, data, text, time, schema, mutation } = record
  const document = deleted ? '' : `,"data":${text ?? JSON.stringify(data)}`
  const maker = mutation === undefined ? '' : `,"mutation":${JSON.stringify(untagMutation(mutation, tag))}`
  return (
    `"collection":"${collection}","id":${JSON.stringify(id)},"version":${JSON.stringify(version)},` +
    `"deleted":${deleted}${document},"time":"${time}","schema":${schema}${maker}`
  )
}
