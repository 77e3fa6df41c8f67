/** What the parts of the engine are given. */
import type { Elect } from '../leadership/leadership.ts'
import type { BackendAdapter, Traffic } from '../ports/adapter.ts'
import type { Clock } from '../ports/clock.ts'
import type { Connectivity } from '../ports/connectivity.ts'
import type { Logger } from '../ports/logger.ts'
import type { Random } from '../ports/random.ts'
import type { Scheduler } from '../ports/scheduler.ts'
import type { CollectionSpec } from '../store/collection-spec.ts'
import type { LocalStore } from '../store/local-store.ts'
import type { Report } from './events.ts'

export interface EngineSettings {
  readonly auto: boolean
  readonly intervalMs: number
  readonly realtime: boolean
  /** Mutations a push, and changes a pull. */
  readonly batchSize: number
  /** The limit of one request. */
  readonly timeoutMs: number
  readonly retryBaseMs: number
  readonly retryMaxMs: number
  /** What becomes of records that a restored backend has lost. */
  readonly onBackendReset: 'recover' | 'accept'
}

export interface EngineDeps {
  readonly store: LocalStore
  readonly adapter: BackendAdapter
  /** Only synced collections. */
  readonly collections: ReadonlyMap<string, CollectionSpec>
  readonly scopes: readonly string[]
  readonly settings: EngineSettings
  readonly clock: Clock
  readonly random: Random
  readonly scheduler: Scheduler
  readonly connectivity: Connectivity
  readonly logger: Logger
  readonly report: Report
  /** This process did not answer for a while: what others on the store have told it meanwhile may be lost. */
  stoodStill(): void
  readonly traffic: Traffic
  /** How it is decided which process on the store syncs. */
  readonly elect: Elect
  /** A new last place in the outbox: rising safe integers, shared with local edits. */
  nextOrder(): number
}
