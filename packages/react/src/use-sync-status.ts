import type { LiveStatus, SyncStatus } from '@synclayer/core'
import { useMemo, useSyncExternalStore } from 'react'
import { useSyncLayer } from './provider.ts'
import type { AnyClient } from './register.ts'
import { unlessClosed } from './unless-closed.ts'

/** What servers render, and what hydrating begins with. */
const BEFORE: SyncStatus = {
  phase: 'idle',
  pending: 0,
  parked: 0,
  lastSyncAt: null,
  progress: null,
  lastError: null,
}

const FIELDS = Object.keys(BEFORE) as readonly (keyof SyncStatus)[]

/** How syncing goes: the phase, what is unsent, a first sync's progress, the last error. The same object until it changes. */
export function useSyncStatus(): SyncStatus {
  const { status } = useSyncLayer<AnyClient>()
  const store = useMemo(() => statusStore(status), [status])
  return useSyncExternalStore(store.subscribe, store.read, () => BEFORE)
}

interface StatusStore {
  readonly subscribe: (listener: () => void) => () => void
  readonly read: () => SyncStatus
}

function statusStore(live: LiveStatus): StatusStore {
  let last = BEFORE
  return {
    subscribe: (listener) => unlessClosed(() => live.subscribe(listener)),
    read() {
      if (FIELDS.some((field) => live[field] !== last[field])) {
        const { phase, pending, parked, lastSyncAt, progress, lastError } = live
        last = { phase, pending, parked, lastSyncAt, progress, lastError }
      }
      return last
    },
  }
}
