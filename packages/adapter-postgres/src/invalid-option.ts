import { SyncError } from '@synclayer/core/adapter'

/** INVALID_OPTION, naming the option. */
export function invalidOption(option: string, reason: string): SyncError {
  return new SyncError('INVALID_OPTION', `postgresAdapter: option \`${option}\`: ${reason}`, {
    details: { option },
  })
}
