/** What an adapter's author needs: the contract, its messages, and the pure helpers that give them their meaning. */
export type { Json, JsonObject } from './shared/json.ts'
export { isErrorCode, type ErrorCode } from './errors/codes.ts'
export { isSyncError, SyncError, toSyncError, type SyncErrorOptions } from './errors/sync-error.ts'
export type { Cursor, Hlc, JsonPointer, Path, Version } from './protocol/identifiers.ts'
export type { Filter, NullOperator, Operator, Projection, ValueOperator } from './protocol/filter.ts'
export type { Mutation, Patch, RemoteRecord } from './protocol/mutation.ts'
export type {
  Change,
  FetchRequest,
  PullCollection,
  PullRequest,
  PullResponse,
  PushOutcome,
  PushRequest,
  PushResponse,
  PushResult,
} from './protocol/messages.ts'
export type {
  AdapterCapabilities,
  AdapterContext,
  BackendAdapter,
  PurgeReport,
  PurgeRequest,
  SubscribeRequest,
  Subscription,
  Traffic,
  Wake,
} from './ports/adapter.ts'
export type { Clock } from './ports/clock.ts'
export type { Logger, LogLevel } from './ports/logger.ts'
export type { Random } from './ports/random.ts'
export { applyPatch } from './document/patch.ts'
export { clampTime, isHlc } from './clock/hybrid-clock.ts'
export { compileFilter } from './query/evaluate.ts'
export { parseFilter } from './query/parse-filter.ts'
