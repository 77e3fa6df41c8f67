import { SyncError } from '@synclayer/core/adapter'
import type { Timers } from '../realtime-deps.ts'
import { backendError } from './backend-error.ts'

export interface CallOptions {
  readonly timers: Timers
  readonly limits: { readonly requestMs: number }
}

/**
 * Calls the adapter and waits no longer than is allowed, also where it does not heed the signal: TIMEOUT. With `gone`,
 * the call is aborted too once nobody waits for it any more. What it rejects with may be shown to clients.
 */
export async function callAdapter<Result>(
  { timers, limits }: CallOptions,
  call: (signal: AbortSignal) => Promise<Result>,
  gone?: AbortSignal,
): Promise<Result> {
  const aborter = new AbortController()
  let cancel = (): void => undefined
  let leave = (): void => undefined
  const cut = new Promise<never>((_, reject) => {
    const stop = (error: SyncError): void => {
      aborter.abort(error)
      reject(error)
    }
    cancel = timers.after(limits.requestMs, () =>
      stop(new SyncError('TIMEOUT', `The backend has not answered within ${limits.requestMs} ms`)),
    )
    leave = (): void => stop(new SyncError('ABORTED', 'Nobody waits for the answer any more'))
    if (gone?.aborted === true) leave()
    else gone?.addEventListener('abort', leave, { once: true })
  })
  try {
    return await Promise.race([call(aborter.signal), cut])
  } catch (error) {
    throw backendError(error)
  } finally {
    cancel()
    gone?.removeEventListener('abort', leave)
  }
}
