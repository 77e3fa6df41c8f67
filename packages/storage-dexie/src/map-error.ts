/** The names of IndexedDB's and Dexie's errors as SyncErrors. Messages are never read, only passed on. */
import { isSyncError, SyncError } from '@synclayer/core/storage'

type Outcome = readonly [
  code: 'STORAGE_FULL' | 'STORAGE_FAILED' | 'STORAGE_CORRUPT' | 'NOT_SUPPORTED',
  retryable: boolean,
  what: string,
]

const OUTCOMES: Readonly<Record<string, Outcome>> = {
  QuotaExceededError: ['STORAGE_FULL', true, 'The browser gives this site no more room'],
  AbortError: ['STORAGE_FAILED', true, 'The browser has broken off the transaction'],
  InvalidStateError: ['STORAGE_FAILED', true, 'The browser has closed the store'],
  DatabaseClosedError: ['STORAGE_FAILED', true, 'The browser has closed the store'],
  TransactionInactiveError: ['STORAGE_FAILED', true, 'The browser has ended the transaction'],
  TimeoutError: ['STORAGE_FAILED', true, 'The browser took too long'],
  UnknownError: ['STORAGE_FAILED', true, 'The browser could not read or write its files'],
  NotReadableError: ['STORAGE_CORRUPT', false, 'The browser cannot read a value'],
  DataError: ['STORAGE_FAILED', false, 'IndexedDB refused the call'],
  SecurityError: ['STORAGE_FAILED', false, 'The browser denies this page its storage (are cookies blocked?)'],
  NotAllowedError: ['STORAGE_FAILED', false, 'The browser denies this page its storage'],
  MissingAPIError: [
    'NOT_SUPPORTED',
    false,
    'There is no IndexedDB here; in Node take @synclayer/storage-sqlite, or memoryStorage',
  ],
}

const OTHER: Outcome = ['STORAGE_FAILED', false, 'IndexedDB refused the call']

/** The SyncError that stands for an error of the store; one that is a SyncError already stays as it is. */
export function toStorageError(error: unknown, database: string): SyncError {
  if (isSyncError(error)) return error
  const name = errorName(error)
  const [code, retryable, what] = (name === undefined ? undefined : OUTCOMES[name]) ?? OTHER
  const reason = error instanceof Error || error instanceof DOMException ? error.message : String(error)
  return new SyncError(code, `${what}${reason === '' ? '' : `: ${reason}`} (${database})`, {
    cause: error,
    retryable,
    details: name === undefined ? { database } : { database, error: name },
  })
}

/** The name that says what happened: of what the browser threw, where Dexie has wrapped it. */
export function errorName(error: unknown): string | undefined {
  if (typeof error !== 'object' || error === null) return undefined
  const { inner, name } = error as { readonly inner?: unknown; readonly name?: unknown }
  return errorName(inner) ?? (typeof name === 'string' ? name : undefined)
}
