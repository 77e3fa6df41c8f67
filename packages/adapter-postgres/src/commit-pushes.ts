/** Group commit: requests of one scope as one statement, and what of its answer is for whom. */
import type { FeedHead, FeedMemory } from '@synclayer/adapter-kit'
import type { AdapterContext, PushResult, SyncError } from '@synclayer/core/adapter'
import { type PushAnswer, readAnswer, toError, toResult } from './answer.ts'
import { areDistinct, type CheckedUnits, joinColumns } from './checked-columns.ts'
import type { Connection } from './connection.ts'
import type { CheckedOptions } from './options.ts'

/** What a request adds to a transaction: its mutations, and how heavy they are. */
export interface PushWork extends CheckedUnits {
  /** The request without its mutations, as JSON text. */
  readonly head: string
  readonly weight: number
}

/** What became of it. */
export interface PushShare {
  readonly results: readonly PushResult[]
  readonly serverTime: number
  /** Why it was refused as a whole, if so. */
  readonly error?: SyncError
}

/** A transaction takes 500 mutations, or fewer that are large. */
export const WEIGHT_PER_TRANSACTION = 500

/** What a commit works with. */
export interface CommitPorts {
  readonly connection: Connection
  readonly options: CheckedOptions
  readonly context: AdapterContext
  /** The schema's name, quoted. */
  readonly schema: string
  readonly memory: FeedMemory
  /** Told of each commit that moved a scope's head, and where it is since. */
  readonly committed: (scope: string, head: FeedHead) => void
}

/** Commits requests of one scope together. */
export async function commitPushes(
  { connection, schema, memory, options, context, committed }: CommitPorts,
  scope: string,
  works: readonly PushWork[],
): Promise<readonly PushShare[]> {
  const now = context.clock.now()
  const settings = {
    mark: memory.mark(scope, now) === undefined,
    known: memory.seen(scope),
    maxRecordBytes: options.maxRecordBytes,
    lockTimeoutMs: options.lockTimeoutMs,
    areDistinct: areDistinct(works),
  }
  const requests = `[${works.map(({ head }) => head).join(',')}]`
  const columns = joinColumns(works)
  const places = columns.map((_, index) => `$${index + 4}`).join(', ')
  const rows = await connection.run(
    'pushing',
    null,
    `SELECT ${schema}.push_checked($1, $2, ROW(${places})::${schema}.checked_columns, $3)::text`,
    [scope, requests, JSON.stringify(settings), ...columns],
  )
  const { answers, results, epoch, head, isMarked, serverTime } = readAnswer<PushAnswer>(rows)
  memory.note(scope, { epoch, head: Number(head) }, isMarked ? { name: epoch, madeAt: now } : undefined)
  if (isMarked) committed(scope, { epoch, head: Number(head) })
  let told = 0
  return works.map(({ ids }, index) => {
    const error = answers[index]?.error
    if (error !== undefined) return { results: [], serverTime, error: toError(error) }
    const outcomes = results.slice(told, (told += ids.length))
    return { results: outcomes.map((outcome, place) => toResult(ids[place]!, outcome)), serverTime }
  })
}
