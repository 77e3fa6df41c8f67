/** Records as the functions give them: arrays, since there are many, with the document as JSON. */
import type { Lenses } from '@synclayer/adapter-kit'
import { type Change, type JsonObject, projectDocument, type RemoteRecord } from '@synclayer/core/adapter'
import { withoutMark } from './caller-mark.ts'

/** One record of an answer. A tombstone has no document, and a state that another program made no mutation. */
export type Row = readonly [
  collection: string,
  id: string,
  version: string,
  deleted: boolean,
  time: string,
  schema: number,
  mutation: string | null,
  document: JsonObject | null,
]

export interface Rows {
  readonly rows: readonly Row[]
  /** What is told of the whole answer. */
  readonly end: Readonly<Record<string, unknown>>
}

/** Throws a TypeError where an answer is none. What is in the rows is checked by who takes the records. */
export function readRows({ rows, end, mark }: Readonly<Record<string, unknown>>): Rows {
  if (!Array.isArray(rows) || !rows.every(Array.isArray)) throw new TypeError('There are no rows in it')
  if (typeof end !== 'object' || end === null) throw new TypeError('It has no end')
  if (typeof mark !== 'string') throw new TypeError('It does not say whose it is')
  return {
    rows: (rows as unknown as readonly Row[]).map((row) => ofClient(row, mark)),
    end: end as Rows['end'],
  }
}

/** The row with the mutation's id as its client knows it. */
function ofClient(row: Row, mark: string): Row {
  const [collection, id, version, deleted, time, schema, mutation, document] = row
  if (typeof mutation !== 'string') return row
  return [collection, id, version, deleted, time, schema, withoutMark(mutation, mark), document]
}

export function rowToRecord(row: Row): RemoteRecord {
  const [collection, id, version, deleted, time, schema, mutation, document] = row
  const record: RemoteRecord = deleted
    ? { collection, id, version, deleted, time, schema }
    : { collection, id, version, deleted, data: document as JsonObject, time, schema }
  return mutation === null ? record : { ...record, mutation }
}

/** What a client with these filters and projections is told of a row; null: nothing, which is so in snapshots alone (A7). */
export function rowToChange(row: Row, lenses: Lenses, isSnapshot: boolean): Change | null {
  const [collection, id, version, deleted, , , , document] = row
  if (deleted) return { kind: 'delete', ...rowToRecord(row) }
  const { matches, fields } = lenses.get(collection) ?? {}
  if (matches?.(document as JsonObject) === false)
    return isSnapshot ? null : { kind: 'leave', collection, id, version }
  const put: Change = { kind: 'put', ...rowToRecord(row) }
  return fields === undefined ? put : { ...put, data: projectDocument(document as JsonObject, fields) }
}
