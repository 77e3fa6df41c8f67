export { checkFetch, checkPull, checkPush, checkScope } from './check-request.ts'
export { createCursors, type Cursors, type FeedPlace, NO_MARK, type Seal, type Walk } from './feed/cursor.ts'
export {
  createFeedMemory,
  type FeedMemory,
  isRewound,
  type Seen,
  type WriteMark,
} from './feed/feed-memory.ts'
export { type FeedState, pushRefusal, type Standing, standingOf } from './feed/standing.ts'
export { epochOrdinal, formatEpoch, formatVersion, MAX_POSITION, randomName } from './feed/version.ts'
export { createWatch, type FeedHead, type Watch, type WatchOptions } from './feed/watch.ts'
export { type Lens, type Lenses, lensesOf } from './pull/lens.ts'
export {
  createPage,
  type FeedRow,
  type Page,
  type RowsPerRead,
  rowToStored,
  type Telling,
} from './pull/page.ts'
export {
  cursorExpired,
  epochChanged,
  type MarkOf,
  placeAfter,
  type PullEnd,
  startPlace,
  type Stretch,
  stretchAt,
  tellingAt,
  toPullResponse,
} from './pull/walk.ts'
export {
  answersIn,
  type AnswerRun,
  type NumberRange,
  rangesOf,
  type StoredAnswer,
} from './push/answer-runs.ts'
export {
  applyAtOnce,
  type Applying,
  applyUnit,
  type TableAnswer,
  type Tables,
  type TableStep,
} from './push/apply-unit.ts'
export { createGroupCommit, type GroupCommit, type GroupCommitOptions } from './push/group-commit.ts'
export { type Prepared, prepareMutation, reject, tooLarge } from './push/prepare-mutation.ts'
export {
  createPushPlan,
  type ForeignState,
  identityOf,
  needsRecord,
  type NewState,
  type PushLookups,
  type PushPlan,
  type PushPlanOptions,
  type PushTerms,
  type RecordHead,
  type RecordWrite,
  type SavedPlan,
  type Verdict,
} from './push/push-plan.ts'
export { slicesOf, type Unit, unitsOf } from './push/units.ts'
export { type StoredRecord, toRemoteRecord } from './stored-record.ts'
export { isStorable } from './storable.ts'
export { throwIfAborted } from './throw-if-aborted.ts'
export {
  type ColumnCodec,
  type Columns,
  createTableMapping,
  type Row,
  type TableColumn,
  type TableMapping,
} from './tables/table-mapping.ts'
export {
  type CheckedTable,
  checkTables,
  type TableOptions,
  type TablesOption,
} from './tables/table-options.ts'
export { type ForeignRow, type SequenceContext, sequenceRow } from './tables/sequence.ts'
