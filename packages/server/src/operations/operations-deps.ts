/** What the operations are given. */
import type { BackendAdapter, Clock, Logger } from '@synclayer/core/adapter'
import type { Authorize } from '../contract.ts'
import type { CheckedLimits } from '../limits.ts'
import type { Timers } from '../realtime-deps.ts'

export interface OperationsDeps {
  readonly adapter: BackendAdapter
  readonly authorize: Authorize | null
  /** Null: all are served. */
  readonly collections: readonly string[] | null
  readonly limits: CheckedLimits
  readonly clock: Clock
  readonly timers: Timers
  readonly logger: Logger
  /** Something was accepted in a scope. */
  readonly onAccepted: (scope: string) => void
}
