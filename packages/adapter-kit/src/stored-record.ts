/** A record as a database keeps it: its document as JSON text. */
import { type JsonObject, projectDocument, type Projection, type RemoteRecord } from '@synclayer/core/adapter'

export interface StoredRecord {
  readonly collection: string
  readonly id: string
  readonly version: string
  readonly deleted: boolean
  readonly time: string
  readonly schema: number
  /** The id of the mutation that made this state; null where another program wrote it. */
  readonly mutation: string | null
  /** Null for a tombstone. */
  readonly document: string | null
}

/** The contract's record, with its document parsed and projected. */
export function toRemoteRecord(
  { collection, id, version, deleted, time, schema, mutation, document }: StoredRecord,
  fields: Projection | undefined,
): RemoteRecord {
  const record: RemoteRecord = deleted
    ? { collection, id, version, deleted: true, time, schema }
    : { collection, id, version, deleted: false, data: parseDocument(document, fields), time, schema }
  return mutation === null ? record : { ...record, mutation }
}

function parseDocument(text: string | null, fields: Projection | undefined): JsonObject {
  return projectDocument(JSON.parse(text as string) as JsonObject, fields)
}
