import { isSyncError } from '@synclayer/core'

/** Subscribes; to a closed client there is nothing to subscribe, and what is shown of it stays. */
export function unlessClosed(subscribe: () => () => void): () => void {
  try {
    return subscribe()
  } catch (error) {
    if (isSyncError(error, 'CLOSED')) return () => undefined
    throw error
  }
}
