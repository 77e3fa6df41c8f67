/**
 * Wake-ups. Commits of this adapter are told at once. Those of other processes show in the heads of the feeds, which one
 * query for all subscribed scopes looks at now and then: often while something happens, and seldom in quiet.
 */
import type { SubscribeRequest, Subscription, Wake } from '@synclayer/core/adapter'
import type { Backend } from './backend.ts'
import { checkScope } from '@synclayer/adapter-kit'

export interface Subscriptions {
  add(request: SubscribeRequest, wake: (wake: Wake) => void): Subscription
  close(): void
}

interface Subscriber {
  readonly wake: (wake: Wake) => void
  /** Epoch and head last told, so that one change wakes once. */
  told: string
}

// While nothing happens the pauses grow to this many times the shortest.
const SLOWEST = 8
const SCOPES_PER_QUERY = 500

/** Watches the database for as long as there are subscribers. */
export function createSubscriptions(backend: Backend, pollIntervalMs: number): Subscriptions {
  const subscribersOf = new Map<string, Set<Subscriber>>()
  let timer: ReturnType<typeof setTimeout> | undefined
  let pauseMs = pollIntervalMs
  let isLooking = false
  /** Someone came while the last look was under way. */
  let isDue = false

  /** Wakes who has not been told of this state; answers whether there was anyone. */
  const tell = (scope: string, state: string): boolean => {
    const news = [...(subscribersOf.get(scope) ?? [])].filter(({ told }) => told !== state)
    for (const subscriber of news) {
      subscriber.told = state
      subscriber.wake({ scope })
    }
    return news.length > 0
  }
  const look = async (): Promise<boolean> => {
    try {
      const states = await readStates(backend, [...subscribersOf.keys()])
      return states.filter(([scope, state]) => tell(scope, state)).length > 0
    } catch {
      // The database cannot be asked just now: calls say why, and a later look may find it again.
      return false
    }
  }
  const poll = async (): Promise<void> => {
    timer = undefined
    isDue = false
    isLooking = true
    const hasNews = await look()
    isLooking = false
    pauseMs = hasNews ? pollIntervalMs : Math.min(pauseMs * 2, pollIntervalMs * SLOWEST)
    schedule(isDue ? 0 : pauseMs)
  }
  const schedule = (inMs: number): void => {
    clearTimeout(timer)
    timer = undefined
    if (isLooking || subscribersOf.size === 0) return
    timer = setTimeout(() => void poll(), inMs)
    timer.unref()
  }
  const stopListening = backend.onCommit(({ scope, epoch, head }) => {
    queueMicrotask(() => tell(scope, `${epoch} ${head}`))
  })

  return {
    add: ({ scope, cursor }, wake) => {
      checkScope(scope)
      const place = cursor === null ? null : backend.cursors.decode(scope, cursor)
      const told = place === null || place.walk !== undefined ? '' : `${place.epoch} ${place.position}`
      const subscriber: Subscriber = { wake, told }
      const subscribers = subscribersOf.get(scope) ?? new Set()
      subscribersOf.set(scope, subscribers.add(subscriber))
      // What was written between the pull and this call is found by the next look, which comes at once.
      isDue = true
      pauseMs = pollIntervalMs
      schedule(0)
      return {
        close: () => {
          subscribers.delete(subscriber)
          if (subscribers.size === 0 && subscribersOf.get(scope) === subscribers) subscribersOf.delete(scope)
          return Promise.resolve()
        },
      }
    },
    close: () => {
      stopListening()
      subscribersOf.clear()
      clearTimeout(timer)
    },
  }
}

/** Epoch and head of each scope that has a feed. */
async function readStates(
  { database }: Backend,
  scopes: readonly string[],
): Promise<readonly (readonly [scope: string, state: string])[]> {
  const states: [string, string][] = []
  for (let start = 0; start < scopes.length; start += SCOPES_PER_QUERY) {
    const rows = await database.use('looking for changes', (session) =>
      session.rows('SELECT scope, epoch, head FROM synclayer_feed WHERE scope IN (?)', [
        scopes.slice(start, start + SCOPES_PER_QUERY),
      ]),
    )
    for (const [scope, epoch, head] of rows) states.push([String(scope), `${epoch} ${head}`])
  }
  return states
}
