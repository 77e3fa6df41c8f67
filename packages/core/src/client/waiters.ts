/** Those who wait for the backend: the process is kept running for them, and closing lets none of them wait for ever. */
import { SyncError } from '../errors/sync-error.ts'

export interface Waiters {
  /** Keeps the process running until the call is done. Rejects with CLOSED where the client is closed before. */
  hold<T>(call: () => Promise<T>): Promise<T>
  close(): void
}

export function createWaiters(holdProcess: () => () => void): Waiters {
  const waiting = new Set<(error: SyncError) => void>()
  return {
    async hold(call) {
      const release = holdProcess()
      let stop = (_error: SyncError): void => undefined
      try {
        return await new Promise((resolve, reject) => {
          stop = reject
          waiting.add(stop)
          call().then(resolve, reject)
        })
      } finally {
        waiting.delete(stop)
        release()
      }
    },
    close() {
      for (const stop of waiting) stop(closedError())
    },
  }
}

/** What every call of a closed client is answered with. */
export function closedError(): SyncError {
  return new SyncError('CLOSED', 'This client is closed. Create a new one with createSyncLayer.')
}
