import { SyncError } from '@synclayer/core/adapter'

/** Throws ABORTED once the caller has given up. */
export function throwIfAborted(signal: AbortSignal | null): void {
  if (signal?.aborted === true) {
    throw new SyncError('ABORTED', 'The call was aborted', { cause: signal.reason })
  }
}
