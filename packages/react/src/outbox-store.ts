/** The outbox as a list that follows what happens to it. One for all components of a client; it listens while they do. */
import { isSyncError, type OutboxItem, type SyncEvents } from '@synclayer/core'
import type { QueryResult } from './query-result.ts'
import type { AnyClient } from './register.ts'
import { unlessClosed } from './unless-closed.ts'

/** `data`: what waits, is in flight or was refused, as `db.outbox.list()` gives it; undefined until it is read. */
export type OutboxResult = Pick<QueryResult<readonly OutboxItem[]>, 'data' | 'loading' | 'error'>

/** Before it is read. */
export const UNREAD: OutboxResult = { data: undefined, loading: true, error: undefined }

export interface OutboxStore {
  readonly subscribe: (listener: () => void) => () => void
  readonly read: () => OutboxResult
}

/** What changes an item without changing how many there are; that the status tells. */
const EVENTS: readonly (keyof SyncEvents)[] = [
  'mutationQueued',
  'mutationFailed',
  'mutationSynced',
  'mutationParked',
  'conflictResolved',
]

const storesByClient = new WeakMap<object, OutboxStore>()

export function outboxStoreOf(client: AnyClient): OutboxStore {
  const known = storesByClient.get(client)
  if (known !== undefined) return known
  const made = createOutboxStore(client)
  storesByClient.set(client, made)
  return made
}

function createOutboxStore(client: AnyClient): OutboxStore {
  const listeners = new Set<() => void>()
  let result: OutboxResult = UNREAD
  let stops: readonly (() => void)[] = []
  let isListing = false
  let isOutdated = false

  const show = (next: OutboxResult): void => {
    if (next.data === result.data && next.error === result.error && next.loading === result.loading) return
    result = next
    for (const listener of Array.from(listeners)) listener()
  }

  /** One listing at a time; what happens meanwhile is covered by one more. */
  const refresh = async (): Promise<void> => {
    isOutdated = true
    if (isListing) return
    isListing = true
    try {
      while (isOutdated && listeners.size > 0) {
        isOutdated = false
        await list()
      }
    } finally {
      isListing = false
    }
  }

  const list = async (): Promise<void> => {
    try {
      const data = keepItems(result.data, await client.outbox.list())
      if (listeners.size > 0) show({ data, loading: false, error: undefined })
    } catch (error) {
      if (!isSyncError(error)) throw error
      show({ data: result.data, loading: false, error })
    }
  }

  const start = (): void => {
    const changed = (): void => void refresh()
    stops = [
      unlessClosed(() => client.status.subscribe(changed)),
      ...EVENTS.map((name) => unlessClosed(() => client.on(name, changed))),
    ]
    changed()
  }

  return {
    read: () => result,
    subscribe(listener) {
      listeners.add(listener)
      if (listeners.size === 1) start()
      return () => {
        listeners.delete(listener)
        if (listeners.size > 0) return
        for (const stop of stops) stop()
        // It would be outdated when it is next looked at.
        result = UNREAD
      }
    },
  }
}

/** The new list, in which what did not change keeps its identity; the old list where nothing did. */
function keepItems(
  before: readonly OutboxItem[] | undefined,
  after: readonly OutboxItem[],
): readonly OutboxItem[] {
  if (before === undefined) return after
  const known = new Map(before.map((item) => [item.id, item]))
  const kept = after.map((item) => {
    const old = known.get(item.id)
    return old !== undefined && JSON.stringify(old) === JSON.stringify(item) ? old : item
  })
  const isSame = kept.length === before.length && kept.every((item, index) => item === before[index])
  return isSame ? before : kept
}
