/** What the functions of the schema answer, as texts, and what is made of it. */
import type { FeedRow } from '@synclayer/adapter-kit'
import { isErrorCode, type Json, type PushOutcome, type PushResult, SyncError } from '@synclayer/core/adapter'
import type { TextRow } from './connection.ts'

/** Why a function refused a request as a whole. */
interface Refusal {
  readonly code: string
  readonly message: string
  readonly details: Readonly<Record<string, Json>>
}

/** The last row of a pull or a fetch. */
export interface Ending {
  readonly cursor: string
  readonly epoch: string
  readonly head: string
  readonly isSnapshot: boolean
  readonly hasMore: boolean
  readonly remaining: number
  readonly serverTime: number
}

/** What became of a mutation. An acceptance is its version alone. */
type ShortOutcome = string | PushOutcome

export interface PushAnswer {
  /** For each request why it was refused as a whole; null where it was not. */
  readonly answers: readonly ({ readonly error: Refusal } | null)[]
  /** In the order of the mutations that were sent, those of refused requests left out. */
  readonly results: readonly ShortOutcome[]
  readonly epoch: string
  readonly head: string
  readonly isMarked: boolean
  readonly serverTime: number
}

/** A JSON answer in one row. Throws what the function refused. */
export function readAnswer<Answer>(rows: readonly TextRow[]): Answer {
  const text = rows[0]?.[0]
  if (typeof text !== 'string') throw new SyncError('BACKEND_FAILED', 'PostgreSQL gave no answer')
  const answer = JSON.parse(text) as Answer & { readonly error?: Refusal }
  if (answer.error !== undefined) throw toError(answer.error)
  return answer
}

/** The columns of a row of records, in their order. */
export const ROW = {
  collection: 0,
  id: 1,
  version: 2,
  deleted: 3,
  time: 4,
  schema: 5,
  mutation: 6,
  document: 7,
  cursor: 8,
} as const

/** Records, and how they end. Throws what the function refused. */
export function readRows(rows: readonly TextRow[]): {
  readonly records: readonly TextRow[]
  readonly ending: Ending
} {
  const last = rows.at(-1)
  return { records: rows.slice(0, -1), ending: readAnswer<Ending>([[last?.[ROW.document] ?? null]]) }
}

export function toResult(id: string, outcome: ShortOutcome): PushResult {
  return typeof outcome === 'string' ? { id, status: 'accepted', version: outcome } : { id, ...outcome }
}

/** The error that a function answered. */
export function toError({ code, message, details }: Refusal): SyncError {
  return new SyncError(isErrorCode(code) ? code : 'BACKEND_FAILED', message, { details })
}

/** A record as the kit's pages take it. Of its position nothing is known here, and nothing needed. */
export function toFeedRow(row: TextRow): FeedRow {
  const [collection, id, version, deleted, time, schema, mutation, document] = row as readonly string[]
  return [
    0,
    collection!,
    id!,
    version!,
    deleted === 't' ? 1 : 0,
    time!,
    Number(schema),
    mutation ?? null,
    document ?? null,
  ]
}

/** PROTOCOL, naming the field. */
export function malformed(field: string): SyncError {
  return new SyncError('PROTOCOL', `The request's \`${field}\` is not valid`, { details: { field } })
}
