import { useSyncExternalStore } from 'react'
import { type OutboxResult, outboxStoreOf, UNREAD } from './outbox-store.ts'
import { useSyncLayer } from './provider.ts'
import type { AnyClient } from './register.ts'

/**
 * What has not reached the backend, item by item, kept up to date. Items that did not change keep their identity. To act
 * on one, call `retry` or `discard` of the client's `outbox` with its id. For the numbers alone, useSyncStatus costs less.
 */
export function useOutbox(): OutboxResult {
  const store = outboxStoreOf(useSyncLayer<AnyClient>())
  return useSyncExternalStore(store.subscribe, store.read, () => UNREAD)
}
