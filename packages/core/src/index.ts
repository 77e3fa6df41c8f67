/** SyncLayer: an offline-first sync engine. What an app needs; storages and adapters have entries of their own. */
import {
  deepMerge,
  fieldLevelLastWriteWins,
  maxValue,
  mergeArrays,
  mergeFields,
  sumNumbers,
} from './conflict/resolvers.ts'

export { createSyncLayer } from './client/create-sync-layer.ts'
export { collection } from './client/collection-definition.ts'
export { and, not, or } from './query/filter.ts'
export { indexKey } from './query/index-key.ts'
export { memoryStorage } from './storage-memory/memory-storage.ts'
export { isSyncError, SyncError } from './errors/sync-error.ts'

/** Ready-made conflict resolvers. Each covers what it names, by the base, and merges the rest field by field. */
export const resolvers: {
  readonly mergeArrays: typeof mergeArrays
  readonly sumNumbers: typeof sumNumbers
  readonly maxValue: typeof maxValue
  readonly mergeFields: typeof mergeFields
  readonly fieldLevelLastWriteWins: typeof fieldLevelLastWriteWins
  readonly deepMerge: typeof deepMerge
} = { mergeArrays, sumNumbers, maxValue, mergeFields, fieldLevelLastWriteWins, deepMerge }

export type { SyncLayerOptions, SyncOptions, LeveledLogger } from './client/options.ts'
export type { LiveStatus } from './client/live-status.ts'
export type { SignOutOptions, SyncLayer, Transaction } from './client/sync-layer.ts'
export type { Collection, RecordStatus } from './client/collection.ts'
export type { TransactionCollection } from './client/transaction-collection.ts'
export type {
  CollectionDefinition,
  CollectionName,
  CollectionOptions,
  CollectionsOption,
  DocumentOf,
  InputOf,
  SchemaOptions,
} from './client/collection-definition.ts'
export type { AnyDocument, Changes, Draft, SaveInput, Stored } from './client/document-types.ts'
export type { Duration } from './client/parse-duration.ts'
export type { Metrics } from './client/metrics.ts'
export type { Outbox, OutboxItem } from './client/outbox.ts'
export type { StandardSchema } from './client/standard-schema.ts'
export type { FieldPolicy } from './conflict/field-policies.ts'
export type { Conflict, Resolver, StrategyName } from './conflict/resolver.ts'
export type { ErrorCode } from './errors/codes.ts'
export type { SyncErrorOptions } from './errors/sync-error.ts'
export type { BackendAdapter } from './ports/adapter.ts'
export type { Logger, LogLevel } from './ports/logger.ts'
export type { Durability, Storage } from './ports/storage.ts'
export type { Filter, Operator } from './protocol/filter.ts'
export type { FilterInput, FilterTuple } from './query/filter.ts'
export type { LiveQuery } from './query/live-query.ts'
export type { Query } from './query/query.ts'
export type { QuerySpec } from './query/query-spec.ts'
export type { Json, JsonObject } from './shared/json.ts'
export type { ConflictEvent, SyncEvents, SyncPhase, SyncReport, SyncStatus } from './sync/events.ts'
export type { VerifyReport } from './sync/engine-contract.ts'
