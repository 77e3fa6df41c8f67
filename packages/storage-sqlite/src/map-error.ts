/** SQLite's result codes and the file system's error codes as SyncErrors. Messages are never read, only passed on. */
import { isSyncError, SyncError } from '@synclayer/core/storage'

type Outcome = readonly [
  code: 'STORAGE_FULL' | 'STORAGE_FAILED' | 'STORAGE_CORRUPT',
  retryable: boolean,
  what: string,
]

/**
 * By the beginning of a code, the first that fits. A write that the system refused (IOERR_WRITE) is told as full: SQLite
 * itself answers FULL for ENOSPC only, and what remains is mostly a quota or a size limit.
 */
const OUTCOMES: readonly (readonly [prefix: string, outcome: Outcome])[] = [
  ['SQLITE_FULL', ['STORAGE_FULL', true, 'The disk is full']],
  ['SQLITE_IOERR_WRITE', ['STORAGE_FULL', true, 'The disk takes no more']],
  ['SQLITE_IOERR_SHMSIZE', ['STORAGE_FULL', true, 'The disk takes no more']],
  ['ENOSPC', ['STORAGE_FULL', true, 'The disk is full']],
  ['EDQUOT', ['STORAGE_FULL', true, 'The disk quota is used up']],
  ['SQLITE_CORRUPT', ['STORAGE_CORRUPT', false, 'The file is damaged']],
  ['SQLITE_NOTADB', ['STORAGE_CORRUPT', false, 'The file is no SQLite database']],
  ['SQLITE_BUSY', ['STORAGE_FAILED', true, 'Another process kept the store busy']],
  ['SQLITE_LOCKED', ['STORAGE_FAILED', true, 'Another process kept the store busy']],
  ['SQLITE_READONLY', ['STORAGE_FAILED', false, 'The file cannot be written']],
  ['SQLITE_CANTOPEN', ['STORAGE_FAILED', false, 'The file cannot be opened']],
  ['SQLITE_PERM', ['STORAGE_FAILED', false, 'Access to the file is denied']],
  ['SQLITE_IOERR', ['STORAGE_FAILED', true, 'Reading or writing the file failed']],
  ['SQLITE_NOMEM', ['STORAGE_FAILED', true, 'SQLite got no memory']],
  ['SQLITE_TOOBIG', ['STORAGE_FAILED', false, 'A text is larger than SQLite can hold']],
  ['EMFILE', ['STORAGE_FAILED', true, 'Too many files are open']],
  ['ENFILE', ['STORAGE_FAILED', true, 'Too many files are open']],
]

const OTHER: Outcome = ['STORAGE_FAILED', false, 'SQLite refused the call']

/** The result code of an error of SQLite or of the file system. */
export function resultCode(error: unknown): string | undefined {
  const code = error instanceof Error ? (error as { readonly code?: unknown }).code : undefined
  return typeof code === 'string' ? code : undefined
}

/** The SyncError that stands for an error of SQLite; one that is a SyncError already stays as it is. */
export function toStorageError(error: unknown, path: string): SyncError {
  if (isSyncError(error)) return error
  const result = resultCode(error)
  const found = OUTCOMES.find(([prefix]) => result?.startsWith(prefix) === true)
  const [code, retryable, what] = found === undefined ? OTHER : found[1]
  const reason = error instanceof Error ? error.message : String(error)
  return new SyncError(code, `${what}: ${reason} (${path})`, {
    cause: error,
    retryable,
    details: result === undefined ? { path } : { path, result },
  })
}
