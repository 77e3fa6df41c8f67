/** The subscriptions of one socket, by the client's numbers for them. */
import { type Cursor, type PullCollection, SyncError, toSyncError } from '@synclayer/core/adapter'
import { MAX_SOCKET_MESSAGE_BYTES, type ServerMessage } from '@synclayer/core/protocol'
import type { Follower } from './follower.ts'
import { pageMessage } from './page.ts'
import type { Following, ScopeFeed } from './scope-feed.ts'
import { errorMessage } from './socket-error.ts'
import type { SocketWriter } from './socket-writer.ts'

/** What a subscription asks for. */
export interface Wanted {
  readonly id: number
  readonly collections: readonly PullCollection[]
  readonly cursor: Cursor | null
  /** How long its message was. */
  readonly size: number
  /** Throws where the scope may not be read, now or any more. */
  readonly check: () => void
}

export interface Subscriptions {
  /**
   * Follows the feed from here on, in place of what had this id. Throws what `check` throws, and RATE_LIMITED where there
   * are too many.
   */
  add(feed: () => ScopeFeed, wanted: Wanted): void
  remove(id: number): void
  /** There is room for what could not be told. */
  resume(): void
  close(): void
}

export interface SubscriptionsOptions {
  readonly writer: SocketWriter
  /** The client tag of the socket's owner. */
  readonly tag: string
  /** The most subscriptions of one socket. */
  readonly most: number
  /** Whether the owner may still be told anything. */
  readonly isEntitled: () => boolean
}

interface Subscription {
  readonly size: number
  following?: Following
}

/** The collections and filters of a socket are kept, so all of them together are bounded too. */
const MOST_SIZE = MAX_SOCKET_MESSAGE_BYTES

export function createSubscriptions(options: SubscriptionsOptions): Subscriptions {
  const { writer, tag, most, isEntitled } = options
  const byId = new Map<number, Subscription>()
  let size = 0

  const say = (message: ServerMessage): void => writer.send(JSON.stringify(message))
  const forget = (id: number): Subscription | undefined => {
    const subscription = byId.get(id)
    byId.delete(id)
    size -= subscription?.size ?? 0
    return subscription
  }
  const followerOf = ({ id, check }: Wanted): Follower => {
    let wokenAt = 0
    /** Whoever grants scopes by a function may have changed his mind. */
    const isAllowed = (): boolean => {
      if (!isEntitled()) return false
      try {
        check()
        return true
      } catch (error) {
        forget(id)?.following?.close()
        say(errorMessage(toSyncError(error, 'BACKEND_FAILED', 'A scope could not be checked'), id))
        return false
      }
    }
    return {
      hasRoom: writer.hasRoom,
      subscribed: () => say({ type: 'subscribed', id }),
      page(from, page) {
        if (isAllowed()) writer.send(pageMessage(id, from, page.textFor(tag)))
      },
      wake() {
        // One wake-up says as much as many: the next is said once the network has taken the last.
        if (wokenAt > writer.takenCount() || !writer.hasRoom()) {
          writer.wait()
          return false
        }
        if (isAllowed()) say({ type: 'wake', id })
        wokenAt = writer.sentCount()
        return true
      },
      failed(error) {
        forget(id)
        say(errorMessage(error, id))
      },
    }
  }

  return {
    add(feed, wanted) {
      const { id } = wanted
      const before = forget(id)
      try {
        wanted.check()
        if (byId.size >= most || size + wanted.size > MOST_SIZE) {
          throw new SyncError(
            'RATE_LIMITED',
            `A connection may have ${most} subscriptions, and not very large ones`,
          )
        }
        const subscription: Subscription = { size: wanted.size }
        byId.set(id, subscription)
        size += wanted.size
        const following = feed().follow(wanted.collections, wanted.cursor, followerOf(wanted))
        // Saying so may have ended it, or the whole connection.
        if (byId.get(id) === subscription) subscription.following = following
        else following.close()
      } finally {
        // Last, so that a scope is not let go of and opened again.
        before?.following?.close()
      }
    },
    remove(id) {
      forget(id)?.following?.close()
    },
    resume() {
      for (const { following } of byId.values()) following?.resume()
    },
    close() {
      for (const { following } of byId.values()) following?.close()
      byId.clear()
    },
  }
}
