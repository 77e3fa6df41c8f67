import { SyncError } from '@synclayer/core/adapter'
import type { Dialect } from './dialect.ts'

/** Makes the error of a wrong option: INVALID_OPTION, naming it. */
export type Invalid = (option: string, reason: string) => SyncError

export function invalidOption({ factory }: Dialect): Invalid {
  return (option, reason) =>
    new SyncError('INVALID_OPTION', `${factory}: option \`${option}\`: ${reason}`, { details: { option } })
}
