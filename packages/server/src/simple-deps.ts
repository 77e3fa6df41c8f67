/** The seam between the simple dialect and the rest of the server. */
import type { Random } from '@synclayer/core/adapter'
import type { Operations } from './operations/operations.ts'
import type { Asker } from './realtime-deps.ts'

/** One request to `/sync/{collection}`. Who asks is known, and was counted. */
export interface SimpleCall {
  readonly asker: Asker
  /** A sound name; whether it is served is found by the operations. */
  readonly collection: string
  readonly method: 'GET' | 'POST'
  readonly query: URLSearchParams
  /** The header `Idempotency-Key`; null where there was none. */
  readonly idempotencyKey: string | null
  /** The parsed body; null for GET. */
  readonly body: unknown
  /** Aborted once nobody waits for the answer. */
  readonly gone: AbortSignal
  readonly random: Random
}

export interface SimpleAnswer {
  /** 200, and other statuses where one record was sent and refused: then the text is the body of an error. */
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
  /** JSON, in as many pieces as it is made in. */
  readonly text: Iterable<string>
}

/**
 * Answers. What it throws is told like the errors of the protocol: by code where it is a SyncError, else as 500.
 */
export type SimpleDialect = (operations: Operations, call: SimpleCall) => Promise<SimpleAnswer>
