/**
 * Wake-ups. Writes of this process are told at once; those of others by NOTIFY, or found by looking now and then. What a
 * subscriber was told last is remembered, so one change wakes it once, whichever way it came to be known.
 */
import { checkScope } from '@synclayer/adapter-kit'
import type { Cursor, SubscribeRequest, Subscription, Wake } from '@synclayer/core/adapter'
import type { Backend } from './backend.ts'
import { createListener } from './listener.ts'

export interface Subscriptions {
  add(request: SubscribeRequest, wake: (wake: Wake) => void): Promise<Subscription>
  close(): Promise<void>
}

interface Subscriber {
  readonly scope: string
  readonly wake: (wake: Wake) => void
  /** The state last told: epoch and head. */
  told: string
}

// While nothing happens the pauses grow to this many times the shortest; so long are they where others tell of writes.
const SLOWEST = 8

/** Watches the database for as long as there are subscribers. */
export function createSubscriptions(backend: Backend): Subscriptions {
  const { connection, schema, options } = backend
  const subscribers = new Set<Subscriber>()
  const slowestMs = options.pollIntervalMs * SLOWEST
  let timer: ReturnType<typeof setTimeout> | undefined
  let pauseMs = options.pollIntervalMs
  let isClosed = false
  let looking: Promise<void> | null = null
  let isLookDue = false

  const tell = (scope: string, state: string): boolean => {
    let isNew = false
    for (const subscriber of subscribers) {
      if (subscriber.scope !== scope || subscriber.told === state) continue
      subscriber.told = state
      isNew = true
      subscriber.wake({ scope })
    }
    return isNew
  }
  const readStates = async (): Promise<void> => {
    const scopes = [...new Set(Array.from(subscribers, ({ scope }) => scope))]
    const text = `SELECT scope, state FROM ${schema}.states($1)`
    const rows = await connection.run('looking for changes', null, text, [scopes])
    let isNew = false
    for (const [scope, state] of rows) isNew = tell(scope as string, state as string) || isNew
    pauseMs = isNew ? options.pollIntervalMs : Math.min(pauseMs * 2, slowestMs)
  }
  /** Looks once more, after what is under way: that may have read before the change it is called for. */
  const look = async (): Promise<void> => {
    isLookDue = true
    looking ??= (async () => {
      while (isLookDue && subscribers.size > 0 && !isClosed) {
        isLookDue = false
        try {
          await readStates()
        } catch {
          // Pulls will say what is wrong. Look again later.
          pauseMs = slowestMs
        }
      }
      looking = null
      schedule()
    })()
    await looking
  }
  const schedule = (): void => {
    clearTimeout(timer)
    if (subscribers.size === 0 || isClosed) return
    timer = setTimeout(() => void look(), listener.isTold() ? slowestMs : pauseMs)
    timer.unref()
  }
  const listener = createListener(backend, () => void look())
  const stopHearing = backend.onCommit((scope, state) => {
    listener.notify(scope)
    queueMicrotask(() => tell(scope, state))
  })

  return {
    add: async ({ scope, cursor }, wake) => {
      checkScope(scope)
      const subscriber: Subscriber = { scope, wake, told: stateOf(cursor) }
      subscribers.add(subscriber)
      listener.start()
      pauseMs = options.pollIntervalMs
      // What was written between the pull and this call.
      await look()
      return {
        close: async () => {
          subscribers.delete(subscriber)
          if (subscribers.size > 0) return
          clearTimeout(timer)
          await listener.stop()
        },
      }
    },
    close: async () => {
      isClosed = true
      stopHearing()
      subscribers.clear()
      clearTimeout(timer)
      await looking
      await listener.close()
    },
  }
}

/** The state of a feed that a cursor has come up with: where it goes on in the feed, epoch and position. */
function stateOf(cursor: Cursor | null): string {
  const parts = cursor?.split(':') ?? []
  return parts.length === 5 ? `${parts[1]} ${parts[2]}` : ''
}
