/** One request to the adapter under a time limit. What comes after the limit changes nothing (W22). */
import { SyncError, toSyncError } from '../errors/sync-error.ts'
import type { Scheduler } from '../ports/scheduler.ts'

export interface RequestLimits {
  readonly timeoutMs: number
  readonly scheduler: Scheduler
  /** Aborted when the engine closes or pauses. */
  readonly signal: AbortSignal
}

/** Rejects with TIMEOUT at the limit, ABORTED when stopped, BACKEND_FAILED for what is no SyncError. */
export function request<T>(limits: RequestLimits, call: (signal: AbortSignal) => Promise<T>): Promise<T> {
  return new Promise<T>((resolve, reject) => {
    const controller = new AbortController()
    const stop = (error: SyncError): void => {
      reject(error)
      finish()
      controller.abort(error)
    }
    const onAbort = (): void => stop(new SyncError('ABORTED', 'The request was stopped.'))
    const cancelTimer = limits.scheduler.after(limits.timeoutMs, () =>
      stop(
        new SyncError(
          'TIMEOUT',
          `The backend did not answer within ${limits.timeoutMs} ms. It will be asked again.`,
        ),
      ),
    )
    const finish = (): void => {
      cancelTimer()
      limits.signal.removeEventListener('abort', onAbort)
    }
    if (limits.signal.aborted) {
      onAbort()
      return
    }
    limits.signal.addEventListener('abort', onAbort)
    // An adapter may throw before it returns a promise.
    const started = async (): Promise<T> => call(controller.signal)
    started().then(
      (value) => {
        finish()
        resolve(value)
      },
      (error: unknown) => {
        finish()
        reject(toSyncError(error, 'BACKEND_FAILED', 'The adapter failed'))
      },
    )
  })
}
