/**
 * Wake-ups. Writes of this adapter are told at once; those of other connections and processes show in
 * `PRAGMA data_version`, which is looked at now and then while anyone is subscribed.
 */
import type { SubscribeRequest, Subscription, Wake } from '@synclayer/core/adapter'
import type { Backend } from './backend.ts'
import { checkScope } from '@synclayer/adapter-kit'
import { isBusy } from './map-error.ts'

export interface Subscriptions {
  add(request: SubscribeRequest, wake: (wake: Wake) => void): Subscription
  close(): void
}

interface Subscriber {
  readonly scope: string
  readonly wake: (wake: Wake) => void
  /** Epoch and head last told, so that one change wakes once. */
  told: string
}

// While nothing happens the pauses grow to this many times the shortest.
const SLOWEST = 8

/** Watches the database for as long as there are subscribers. */
export function createSubscriptions(backend: Backend, pollIntervalMs: number): Subscriptions {
  const { database } = backend.connection
  const subscribers = new Set<Subscriber>()
  let timer: ReturnType<typeof setTimeout> | undefined
  let pauseMs = pollIntervalMs
  let seen: unknown

  const tell = (subscriber: Subscriber): void => {
    const state = stateOf(backend, subscriber.scope)
    if (state === subscriber.told || !subscribers.has(subscriber)) return
    subscriber.told = state
    subscriber.wake({ scope: subscriber.scope })
  }
  const poll = (): void => {
    timer = undefined
    const changed = look()
    pauseMs = changed ? pollIntervalMs : Math.min(pauseMs * 2, pollIntervalMs * SLOWEST)
    schedule()
  }
  const look = (): boolean => {
    try {
      const version: unknown = database.pragma('data_version', { simple: true })
      if (version === seen) return false
      for (const subscriber of subscribers) tell(subscriber)
      seen = version
      return true
    } catch (error) {
      // Another process has the file for a moment, or it cannot be read: then pulls will say so. Look again later.
      return isBusy(error)
    }
  }
  const schedule = (): void => {
    if (timer !== undefined || subscribers.size === 0 || !database.open) return
    timer = setTimeout(poll, pauseMs)
    timer.unref()
  }
  const stopListening = backend.onCommit((scope) => {
    for (const subscriber of subscribers)
      if (subscriber.scope === scope) queueMicrotask(() => tell(subscriber))
  })

  return {
    add: ({ scope, cursor }, wake) => {
      checkScope(scope)
      const place = cursor === null ? null : backend.cursors.decode(scope, cursor)
      const told = place === null || place.walk !== undefined ? '' : `${place.epoch} ${place.position}`
      const subscriber: Subscriber = { scope, wake, told }
      subscribers.add(subscriber)
      // What was written between the pull and this call.
      queueMicrotask(() => tell(subscriber))
      pauseMs = pollIntervalMs
      schedule()
      return {
        close: () => {
          subscribers.delete(subscriber)
          return Promise.resolve()
        },
      }
    },
    close: () => {
      stopListening()
      subscribers.clear()
      clearTimeout(timer)
    },
  }
}

function stateOf({ feeds, connection }: Backend, scope: string): string {
  const feed = connection.database.open ? feeds.find(scope) : undefined
  return feed === undefined ? '' : `${feed.epoch} ${feed.head}`
}
