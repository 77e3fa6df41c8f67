/** What a storage's author needs: the contract. */
export { isSyncError, SyncError, toSyncError } from './errors/sync-error.ts'
export { LEASE_PREFIX } from './ports/storage.ts'
export { outdatedError } from './errors/outdated-error.ts'
export type {
  CollectionSchema,
  CommitResult,
  DamagedRecord,
  Durability,
  ForeignCommit,
  KeyRange,
  Lane,
  OutboxRequest,
  PagePosition,
  Precondition,
  QueryPage,
  QueryPlan,
  RecordKey,
  RecordRow,
  RecordWrite,
  Storage,
  StorageSchema,
  StoredEntry,
  StoredRecord,
  WriteBatch,
} from './ports/storage.ts'
