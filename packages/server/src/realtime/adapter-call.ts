import { SyncError } from '@synclayer/core/adapter'
import type { RealtimeDeps } from '../realtime-deps.ts'

/** Calls the adapter and waits no longer than is allowed, also where it does not heed the signal. */
export async function callAdapter<Result>(
  { timers, limits }: Pick<RealtimeDeps, 'timers' | 'limits'>,
  call: (signal: AbortSignal) => Promise<Result>,
): Promise<Result> {
  const aborter = new AbortController()
  let cancel = (): void => undefined
  const late = new Promise<never>((_, reject) => {
    cancel = timers.after(limits.requestMs, () => {
      const error = new SyncError('TIMEOUT', `The backend has not answered within ${limits.requestMs} ms`)
      aborter.abort(error)
      reject(error)
    })
  })
  try {
    return await Promise.race([call(aborter.signal), late])
  } finally {
    cancel()
  }
}
