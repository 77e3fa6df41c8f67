/** Opening the adapter: by the first round that needs it, once, and again where it failed. It may be offline. */
import { toSyncError } from '../errors/sync-error.ts'
import { request } from './request.ts'
import type { EngineDeps } from './sync-deps.ts'

export interface AdapterOpening {
  /** Resolves once the adapter is open. BACKEND_FAILED, or what the adapter says, where it cannot be. */
  open(): Promise<void>
  /** Resolves once no opening is under way any more: done, failed, or out of time. */
  ended(): Promise<void>
}

export function createAdapterOpening(deps: EngineDeps, scopes: () => readonly string[]): AdapterOpening {
  const { adapter, clock, random, logger, traffic, scheduler } = deps
  let opening: Promise<void> | null = null
  return {
    open() {
      opening ??= adapter
        .open({ collections: [...deps.collections.keys()], scopes: scopes(), logger, clock, random, traffic })
        .catch((error: unknown) => {
          opening = null
          throw toSyncError(error, 'BACKEND_FAILED', 'The adapter could not be opened')
        })
      return opening
    },
    async ended() {
      if (opening === null) return
      const under = opening
      const { signal } = new AbortController()
      const limits = { timeoutMs: deps.settings.timeoutMs, scheduler, signal }
      await request(limits, () => under).catch(() => undefined)
    },
  }
}
