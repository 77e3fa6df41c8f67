/** Wake-ups from the backend. They only bring a round forward; no correctness rests on them (W21). */
import { type SyncError, toSyncError } from '../errors/sync-error.ts'
import type { Subscription, Wake } from '../ports/adapter.ts'
import type { EngineDeps } from './sync-deps.ts'
import { backoffMs } from './sync-state.ts'

export interface Realtime {
  close(): Promise<void>
}

/** Subscribes to one scope, and again with growing waits where that fails or the connection breaks. */
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

  const disconnected = (error: SyncError): void => {
    if (closed) return
    subscription = null
    report('realtimeDisconnected', { scope, error })
    const jitter = backoffMs(failures, random.next(), { ...settings, stallAfterMs: 0 })
    failures += 1
    cancelRetry = scheduler.after(Math.max(settings.retryBaseMs, jitter), () => void connect())
  }

  const connect = async (): Promise<void> => {
    const names = [...collections.keys()].map((name) => ({ name }))
    // What one connection says after it was lost, or was replaced, counts no more.
    let live = true
    const lost = (error: SyncError): void => {
      if (!live) return
      live = false
      disconnected(toSyncError(error, 'NETWORK', 'Realtime was cut off'))
    }
    try {
      const opened = await adapter.subscribe!(
        { scope, collections: names, cursor: cursorOf() },
        (wake) => {
          if (live && !closed) onWake(wake)
        },
        lost,
      )
      if (closed || !live) {
        await opened.close()
        return
      }
      subscription = opened
      failures = 0
      report('realtimeConnected', { scope })
      // What happened before the subscription stood was told to nobody.
      onWake({ scope })
    } catch (error) {
      if (!live) return
      live = false
      disconnected(toSyncError(error, 'NETWORK', 'Realtime could not be opened'))
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
