/** What an adapter's author needs: the contract, its messages, and the pure helpers that give them their meaning. */
export type { Json, JsonObject } from './shared/json.ts'
export { isErrorCode, type ErrorCode } from './errors/codes.ts'
export { isSyncError, SyncError, toSyncError, type SyncErrorOptions } from './errors/sync-error.ts'
export type { AdapterCapabilities } from './protocol/capabilities.ts'
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
export { projectDocument } from './document/project.ts'
export { applyPatch, diffDocuments } from './document/patch.ts'
export { formatPointer, parsePointer } from './document/json-pointer.ts'
export { copyDocument, type CopyLimits } from './document/check-document.ts'
export {
  checkCollectionName,
  checkId,
  checkScope,
  collectionNameProblem,
  idProblem,
  scopeProblem,
} from './document/check-names.ts'
export { checkMutation, checkPatch } from './document/check-mutation.ts'
export { checkRemoteRecord } from './document/check-record.ts'
export {
  checkFetchRequest,
  checkPullRequest,
  checkPushRequest,
  type CheckedPushRequest,
} from './document/check-request.ts'
export {
  checkFetchResponse,
  checkPullResponse,
  checkPushResponse,
  type CheckedFetch,
  type CheckedPull,
  type CheckedPush,
  type Unreadable,
} from './document/check-response.ts'
export { createIdFactory, formatUuid7 } from './document/id-factory.ts'
export { isHlc } from './document/is-hlc.ts'
export {
  clampTime,
  compareHlc,
  createHybridClock,
  formatHlc,
  type HlcParts,
  type HybridClock,
  latest,
  parseHlc,
} from './clock/hybrid-clock.ts'
export { didYouMean, invalidOption } from './client/invalid-option.ts'
export { type Duration, parseDuration } from './client/parse-duration.ts'
export { toHex, utf8ByteLength } from './shared/bytes.ts'
export { canonicalJson } from './shared/canonical-json.ts'
export { compareCodePoints } from './shared/compare-code-points.ts'
export { deepEqual } from './shared/deep-equal.ts'
export { compileFilter } from './query/evaluate.ts'
export { parseFilter } from './query/parse-filter.ts'
