/**
 * Wake-ups. Writes of this process are told at once; those of others by NOTIFY, or found by looking now and then. What a
 * subscriber was told last is remembered, so one change wakes it once, whichever way it came to be known.
 */
import { createWatch, type FeedPlace } from '@synclayer/adapter-kit'
import type { Cursor, SubscribeRequest, Subscription, Wake } from '@synclayer/core/adapter'
import type { Backend } from './backend.ts'
import { createListener } from './listener.ts'

export interface Subscriptions {
  add(request: SubscribeRequest, wake: (wake: Wake) => void): Subscription
  close(): Promise<void>
}

// Where others tell of their writes it is still looked now and then: a word may get lost, and not everyone tells.
const LOOK_AT_LEAST_EVERY_MS = 10_000

/** Watches the database for as long as there are subscribers. */
export function createSubscriptions(backend: Backend): Subscriptions {
  const { connection, schema, options } = backend
  let count = 0
  let lookedAt = -LOOK_AT_LEAST_EVERY_MS
  // Other programs write to these, and tell nobody.
  let hasTables = false
  const watch = createWatch({
    pollIntervalMs: options.pollIntervalMs,
    mayHaveNews: () =>
      hasTables || !listener.isTold() || performance.now() - lookedAt >= LOOK_AT_LEAST_EVERY_MS,
    heads: async (scopes) => {
      lookedAt = performance.now()
      const text = `SELECT scope, epoch, head, has_tables FROM ${schema}.heads($1)`
      const rows = await connection.run('looking for changes', null, text, [scopes])
      hasTables = rows[0]?.[3] === 't'
      return new Map(
        (rows as readonly (readonly string[])[]).map(([scope, epoch, head]) => [
          scope!,
          { epoch: epoch!, head: Number(head) },
        ]),
      )
    },
  })
  const listener = createListener(backend, (scopes) => {
    if (scopes === null) watch.hint()
    else for (const scope of scopes) watch.hint(scope)
  })
  const stopHearing = backend.onCommit((scope, head) => {
    watch.at(scope, head)
    listener.tell(scope)
  })

  return {
    add: (request, wake) => {
      const subscription = watch.add(request, placeOf(request.cursor), wake)
      count += 1
      listener.start()
      let isOpen = true
      return {
        close: async () => {
          if (!isOpen) return
          isOpen = false
          count -= 1
          await subscription.close()
          if (count === 0) await listener.stop()
        },
      }
    },
    close: async () => {
      stopHearing()
      watch.close()
      await listener.close()
    },
  }
}

/** The place in a feed that a cursor names, for comparing it with the head; null in the midst of a snapshot. */
function placeOf(cursor: Cursor | null): FeedPlace | null {
  const [, epoch, position, mark, seal, ...more] = cursor?.split(':') ?? []
  if (epoch === undefined || mark === undefined || seal === undefined || more.length > 0) return null
  return { epoch, position: Number(position), mark }
}
