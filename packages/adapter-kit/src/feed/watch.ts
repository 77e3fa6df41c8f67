/**
 * Wake-ups by looking (A1 rests on none of them): the heads of the scopes that someone is subscribed to are read now and
 * then, the more seldom the longer nothing happens, and at once after a hint. One change wakes a subscriber once.
 */
import type { SubscribeRequest, Subscription, Wake } from '@synclayer/core/adapter'
import { checkScope } from '../check-request.ts'
import type { FeedPlace } from './cursor.ts'
import type { FeedState } from './standing.ts'

export type FeedHead = Pick<FeedState, 'epoch' | 'head'>

export interface WatchOptions {
  /**
   * The heads of the scopes; one that was never written to is left out. It may reject: then pulls will say why, and it is
   * asked again later.
   */
  readonly heads: (scopes: readonly string[]) => Promise<ReadonlyMap<string, FeedHead>>
  /** False where nothing can have been written since it was last asked: what is cheaper to know than the heads. */
  readonly mayHaveNews?: () => boolean
  /** How often to look, in milliseconds; up to eight times less often while nothing happens. */
  readonly pollIntervalMs: number
}

export interface Watch {
  /** `place` is what the request's cursor names; null where there is none. */
  add(request: SubscribeRequest, place: FeedPlace | null, wake: (wake: Wake) => void): Subscription
  /** Something was written to this scope, or to any where none is named: looks at once. */
  hint(scope?: string): void
  /** The scope's head is known to be here now: tells at once, without looking. */
  at(scope: string, head: FeedHead): void
  close(): void
}

interface Subscriber {
  readonly scope: string
  readonly wake: (wake: Wake) => void
  /** Epoch and head last told. */
  told: string
}

// While nothing happens the pauses grow to this many times the shortest.
const SLOWEST = 8

/** Looks for as long as there are subscribers. */
export function createWatch({ heads, mayHaveNews, pollIntervalMs }: WatchOptions): Watch {
  const subscribers = new Set<Subscriber>()
  let timer: ReturnType<typeof setTimeout> | undefined
  let pauseMs = pollIntervalMs
  // Scopes to be looked at once the look under way is over; null is all of them.
  let wanted: Set<string> | null | undefined
  let isLooking = false
  // Then what was new is still to be told.
  let hasFailed = false

  /** Whether anyone had not been told yet. */
  const tell = (found: ReadonlyMap<string, FeedHead>, scopes: ReadonlySet<string>): boolean => {
    const news = [...subscribers].filter(
      ({ scope, told }) => scopes.has(scope) && told !== stateOf(found.get(scope)),
    )
    for (const subscriber of news) {
      const { scope, wake } = subscriber
      subscriber.told = stateOf(found.get(scope))
      if (subscribers.has(subscriber)) wake({ scope })
    }
    return news.length > 0
  }
  const look = async (only: ReadonlySet<string> | null): Promise<void> => {
    const scopes = new Set<string>()
    for (const { scope } of subscribers) if (only === null || only.has(scope)) scopes.add(scope)
    if (scopes.size === 0) return
    try {
      const isNew = tell(await heads([...scopes]), scopes)
      hasFailed = false
      pauseMs = isNew ? pollIntervalMs : Math.min(pauseMs * 2, pollIntervalMs * SLOWEST)
    } catch {
      hasFailed = true
      pauseMs = pollIntervalMs * SLOWEST
    }
  }
  const run = async (): Promise<void> => {
    if (isLooking) return
    isLooking = true
    clearTimeout(timer)
    while (wanted !== undefined && subscribers.size > 0) {
      const only = wanted
      wanted = undefined
      await look(only)
    }
    isLooking = false
    if (subscribers.size > 0) wait()
  }
  const wait = (): void => {
    timer = setTimeout(poll, pauseMs)
    // Nobody stays alive to look.
    ;(timer as { unref?: () => void }).unref?.()
  }
  const poll = (): void => {
    if (mayHaveNews?.() !== false || hasFailed) return want(null)
    pauseMs = Math.min(pauseMs * 2, pollIntervalMs * SLOWEST)
    wait()
  }
  const want = (scope: string | null): void => {
    if (scope === null || wanted === null) wanted = null
    else wanted = new Set(wanted).add(scope)
    // In a turn of its own: whoever gives the hint is done first.
    queueMicrotask(() => void run())
  }

  return {
    add: ({ scope }, place, wake) => {
      checkScope(scope)
      const told =
        place === null || place.walk !== undefined ? '' : stateOf({ ...place, head: place.position })
      const subscriber = { scope, wake, told }
      subscribers.add(subscriber)
      pauseMs = pollIntervalMs
      // What was written between the pull and this call.
      want(scope)
      return {
        close: () => {
          subscribers.delete(subscriber)
          return Promise.resolve()
        },
      }
    },
    hint: (scope) => want(scope ?? null),
    at: (scope, head) => {
      queueMicrotask(() => tell(new Map([[scope, head]]), new Set([scope])))
    },
    close: () => {
      subscribers.clear()
      clearTimeout(timer)
    },
  }
}

function stateOf(feed: FeedHead | undefined): string {
  return feed === undefined ? '' : `${feed.epoch} ${feed.head}`
}
