/** What `createSyncLayer` takes. */
import type { Resolver, StrategyName } from '../conflict/resolver.ts'
import type { BackendAdapter } from '../ports/adapter.ts'
import type { Logger, LogLevel } from '../ports/logger.ts'
import type { Durability, Storage } from '../ports/storage.ts'
import type { CollectionsOption } from './collection-definition.ts'
import type { Metrics } from './metrics.ts'
import type { Duration } from './parse-duration.ts'

export interface SyncLayerOptions<Collections extends CollectionsOption = CollectionsOption> {
  /** Where the data is kept on this device; `memoryStorage()` where left out. One client opens a storage object at a time. */
  readonly storage?: Storage
  /** The backend. Without one nothing is sent; edits still wait, so that an adapter given later sends them. */
  readonly adapter?: BackendAdapter
  /** Definitions made by `collection(…)`, by name; or just the names. */
  readonly collections: Collections
  /** The parts of the backend's data to sync; `['default']` where left out. New documents go to the first unless told. */
  readonly scopes?: readonly string[]
  /** How conflicts are decided; `merge` where left out. */
  readonly conflicts?: StrategyName | Resolver
  readonly sync?: SyncOptions
  /** `process` (the default): what is saved survives a killed process. `power`: power loss too, where the storage can. */
  readonly durability?: Durability
  /**
   * A level (the console gets what is at least that severe; `warning` where left out), `off`, or a logger, with a `level`
   * of its own if it is to get less than everything. A logger replaces the console.
   */
  readonly logger?: LogLevel | 'off' | LeveledLogger
  /** Told the metrics after every sync. */
  readonly metrics?: (metrics: Metrics) => void
  /** What becomes of records that a restored backend has lost: sent again (`recover`, the default), or removed here. */
  readonly onBackendReset?: 'recover' | 'accept'
}

export interface LeveledLogger extends Logger {
  readonly level?: LogLevel
}

export interface SyncOptions {
  /** False: nothing is sent or fetched but by `sync()`. True where left out. */
  readonly auto?: boolean
  /** How often to look for changes; `'5m'` where left out. */
  readonly interval?: Duration
  /** Whether to listen for changes where the backend tells of them; true where left out. */
  readonly realtime?: boolean
  /**
   * Changes in one request, 1 to 10,000; 500 where left out. The most in a push. A pull begins with it, and asks for more,
   * up to four times and 5,000, or for fewer, as the network allows.
   */
  readonly batchSize?: number
  /** The limit of one request; `'30s'` where left out. */
  readonly timeout?: Duration
  /** The first and the longest wait before something is tried again; `'1s'` and `'5m'` where left out. */
  readonly retry?: { readonly base?: Duration; readonly max?: Duration }
}
