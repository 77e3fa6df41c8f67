/** Wake-ups from the backend. They only bring a round forward; no correctness rests on them (W21). */
import { toSyncError } from '../errors/sync-error.ts'
import type { Subscription, Wake } from '../ports/adapter.ts'
import type { EngineDeps } from './sync-deps.ts'
import { backoffMs } from './sync-state.ts'

export interface Realtime {
  close(): Promise<void>
}

/** Subscribes to one scope, and again with growing waits where that fails. */
export function openRealtime(
  deps: EngineDeps,
  scope: string,
  cursorOf: () => string | null,
  onWake: (wake: Wake) => void,
): Realtime {
  const { adapter, report, scheduler, random, settings, collections } = deps
  let closed = false
  let failures = 0
  let subscription: Subscription | null = null
  let cancelRetry = (): void => undefined

  const connect = async (): Promise<void> => {
    try {
      const names = [...collections.keys()].map((name) => ({ name }))
      const opened = await adapter.subscribe!({ scope, collections: names, cursor: cursorOf() }, (wake) => {
        if (!closed) onWake(wake)
      })
      if (closed) {
        await opened.close()
        return
      }
      subscription = opened
      failures = 0
      report('realtimeConnected', { scope })
      // What happened before the subscription stood was told to nobody.
      onWake({ scope })
    } catch (error) {
      if (closed) return
      report('realtimeDisconnected', {
        scope,
        error: toSyncError(error, 'NETWORK', 'Realtime could not be opened'),
      })
      const wait = Math.max(
        settings.retryBaseMs,
        backoffMs(failures, random.next(), { ...settings, stallAfterMs: 0 }),
      )
      failures += 1
      cancelRetry = scheduler.after(wait, () => void connect())
    }
  }
  void connect()

  return {
    async close() {
      closed = true
      cancelRetry()
      const open = subscription
      subscription = null
      if (open === null) return
      await open.close()
      report('realtimeDisconnected', { scope })
    },
  }
}
