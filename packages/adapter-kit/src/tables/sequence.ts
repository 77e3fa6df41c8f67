/** Makes changes of the feed out of what other programs wrote to a user's table. */
import {
  copyDocument,
  formatHlc,
  idProblem,
  isSyncError,
  type JsonObject,
  type Logger,
} from '@synclayer/core/adapter'
import type { PushPlan } from '../push/push-plan.ts'
import type { CheckedTable } from './table-options.ts'

/** A record that may have been written to, and its row as it is now; null where it is gone, or in another scope. */
export interface ForeignRow {
  readonly table: CheckedTable
  readonly id: string
  readonly document: JsonObject | null
}

export interface SequenceContext {
  readonly now: number
  readonly maxRecordBytes: number
  readonly logger: Logger
}

/**
 * Takes the row's state into the plan, where it differs from what the feed has. Other programs' writes are stamped with
 * the server's clock. A row that no record can hold is told of and left out: the feed keeps what it had.
 */
export function sequenceRow(
  plan: PushPlan,
  { table: { collection, schema }, id, document }: ForeignRow,
  { now, maxRecordBytes, logger }: SequenceContext,
): void {
  const known = plan.current(collection, id)
  const text = document === null ? null : JSON.stringify(document)
  if (text === (known?.document ?? null)) return
  const problem = document === null ? null : problemOf(id, document, text as string, maxRecordBytes)
  if (problem !== null) {
    logger.log('error', 'A row cannot be synced, and is left out', { collection, id, problem })
    return
  }
  plan.sequence({
    collection,
    id,
    document: text,
    schema,
    time: formatHlc({ ms: now, counter: 0, node: NOBODY }),
  })
}

/** In times that no client gave. */
const NOBODY = '0'.repeat(16)

function problemOf(id: string, document: JsonObject, text: string, maxBytes: number): string | null {
  const problem = idProblem(id)
  if (problem !== null) return problem
  // In UTF-16 code units: never more than there are bytes.
  if (text.length > maxBytes) return `its document is larger than ${maxBytes} bytes`
  try {
    copyDocument(document)
    return null
  } catch (error) {
    if (!isSyncError(error)) throw error
    return error.message
  }
}
