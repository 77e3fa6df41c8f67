import { SyncError } from './sync-error.ts'

/**
 * What a storage throws for a collection that was opened again, since this handle opened it, with other indexes or another
 * version of its documents (ST10): STORAGE_FAILED, not retryable, `details.outdated` is true.
 */
export function outdatedError(collection: string, cause?: unknown): SyncError {
  const message = `"${collection}" has been opened by another version of this app, here or in another process or tab, with other indexes or another schema version. Nothing was written. Start this one again: reload the page, or restart the process.`
  return new SyncError('STORAGE_FAILED', message, {
    retryable: false,
    details: { collection, outdated: true },
    ...(cause === undefined ? {} : { cause }),
  })
}
