/** What of a leader's status other processes are shown, as it travels between them. What they count themselves is left out. */
import { isErrorCode } from '../errors/codes.ts'
import { SyncError } from '../errors/sync-error.ts'
import { isJsonObject, type Json } from '../shared/json.ts'
import type { SyncStatus } from './events.ts'

export type ShownStatus = Pick<SyncStatus, 'phase' | 'lastSyncAt' | 'progress' | 'lastError'>

export function shownToOthers({ phase, lastSyncAt, progress, lastError }: SyncStatus): Json {
  const { code, message, retryable } = lastError ?? {}
  const error = code === undefined ? null : { code, message: message!, retryable: retryable! }
  return { phase, lastSyncAt, progress, lastError: error }
}

/** Null where nothing is shown yet. */
export function shownStatus(shown: Json): ShownStatus | null {
  if (!isJsonObject(shown)) return null
  const { lastError, ...rest } = shown as unknown as Omit<ShownStatus, 'lastError'> & {
    readonly lastError: Json
  }
  return { ...rest, lastError: isJsonObject(lastError ?? null) ? errorOf(lastError) : null }
}

function errorOf(shown: Json): SyncError | null {
  const { code, message, retryable } = shown as { code: unknown; message: string; retryable: boolean }
  return isErrorCode(code) ? new SyncError(code, message, { retryable }) : null
}
