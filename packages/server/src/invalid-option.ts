import { SyncError } from '@synclayer/core/adapter'

/** The error for an option that will not do. */
export function invalidOption(option: string, reason: string, factory = 'createSyncServer'): SyncError {
  return new SyncError('INVALID_OPTION', `${factory}: option \`${option}\`: ${reason}`, {
    details: { option },
  })
}
