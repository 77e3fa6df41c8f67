/** The subscriptions of one adapter, over one link: opened for the first of them, and closed with the last. */
import { after, closed } from '@synclayer/adapter-kit/http'
import {
  checkPullRequest,
  type Cursor,
  type SubscribeRequest,
  type Subscription,
  SyncError,
  toSyncError,
  type Wake,
} from '@synclayer/core/adapter'
import { type FollowedScope, followFrom, pulledTo, toldOf } from './followed-scope.ts'
import { connect, type LinkDeps } from './links.ts'
import { errorOfMessage } from './socket-error.ts'
import type { SocketLink, SubscriptionMessage } from './socket-link.ts'

export interface Realtime {
  /** Resolves once the server tells of changes. */
  subscribe(
    request: SubscribeRequest,
    wake: (wake: Wake) => void,
    lost: (error: SyncError) => void,
  ): Promise<Subscription>
  /** A pull of the scope has come to its end. */
  pulled(scope: string, cursor: Cursor): void
  /** Nobody is told of anything any more. */
  close(): void
}

interface Seat {
  readonly request: SubscribeRequest
  readonly wake: (wake: Wake) => void
  /** The server tells of changes. */
  readonly stand: () => void
  /** It has ended, whether it stood or not. */
  readonly fail: (error: SyncError) => void
  isStanding: boolean
  place: FollowedScope
}

/** A link that is being opened, or is open, and who sits on it. */
interface Room {
  readonly link: Promise<SocketLink>
  readonly seats: Map<number, Seat>
}

/** How long the server may take to say that it tells of changes. */
const SUBSCRIBED_WITHIN_MS = 10_000

export function createRealtime(deps: LinkDeps): Realtime {
  let room: Room | undefined
  let nextId = 1
  let isClosed = false

  const openRoom = (): Room => {
    const seats = new Map<number, Seat>()
    const opened: Room = {
      seats,
      link: connect(deps, {
        onMessage: (message) => hear(opened, message),
        onEnd: (error) => clear(opened, error),
      }),
    }
    opened.link.catch((error: unknown) =>
      clear(opened, toSyncError(error, 'NETWORK', 'The connection could not be opened')),
    )
    return opened
  }
  /** All who sit there are told that it has ended. */
  const clear = (cleared: Room, error: SyncError): void => {
    if (room === cleared) room = undefined
    const seats = [...cleared.seats.values()]
    cleared.seats.clear()
    for (const seat of seats) seat.fail(error)
  }
  const leave = (left: Room, id: number): void => {
    if (!left.seats.delete(id)) return
    if (left.seats.size > 0) {
      withLink(left, (link) => link.send({ type: 'unsubscribe', id }))
      return
    }
    if (room === left) room = undefined
    withLink(left, (link) => link.close())
  }
  const withLink = (of: Room, use: (link: SocketLink) => void): void => {
    // One that could not be opened has told everyone so.
    of.link.then(use, () => undefined)
  }
  const ask = ({ link }: Room, id: number, { request }: Seat, cursor: Cursor | null): Promise<void> =>
    link.then((open) =>
      open.send({ type: 'subscribe', id, scope: request.scope, collections: request.collections, cursor }),
    )
  const hear = (from: Room, message: SubscriptionMessage): void => {
    const seat = from.seats.get(message.id)
    if (seat === undefined) return
    if (message.type === 'error') {
      leave(from, message.id)
      seat.fail(errorOfMessage(message))
      return
    }
    const { state, wake } = toldOf(seat.place, message)
    seat.place = state
    if (message.type === 'subscribed') seat.stand()
    else if (wake !== undefined) seat.wake({ scope: seat.request.scope, ...wake })
  }

  return {
    subscribe(asked, wake, lost) {
      return new Promise((resolve, reject) => {
        if (isClosed) throw closed()
        const { scope, collections, cursor } = checkPullRequest({ ...asked, limit: 0 })
        const own = (room ??= openRoom())
        const id = nextId++
        const close = async (): Promise<void> => leave(own, id)
        let cancelLimit = (): void => undefined
        const seat: Seat = {
          request: { scope, collections, cursor },
          wake,
          isStanding: false,
          place: followFrom(cursor),
          stand() {
            cancelLimit()
            seat.isStanding = true
            resolve({ close })
          },
          fail(error) {
            cancelLimit()
            if (seat.isStanding) lost(error)
            else reject(error)
          },
        }
        own.seats.set(id, seat)
        const begin = async (): Promise<void> => {
          await ask(own, id, seat, cursor)
          if (!own.seats.has(id)) return
          cancelLimit = after(SUBSCRIBED_WITHIN_MS, () => {
            leave(own, id)
            seat.fail(
              new SyncError('TIMEOUT', `The server did not follow within ${SUBSCRIBED_WITHIN_MS} ms.`),
            )
          })
        }
        // A link that could not be opened has failed every seat.
        begin().catch(() => undefined)
      })
    },
    pulled(scope, cursor) {
      if (room === undefined) return
      for (const [id, seat] of room.seats) {
        if (seat.request.scope !== scope) continue
        const place = pulledTo(seat.place, cursor)
        if (place === null) continue
        seat.place = place
        void ask(room, id, seat, cursor)
      }
    },
    close() {
      isClosed = true
      if (room === undefined) return
      const { seats } = room
      withLink(room, (link) => link.close())
      room = undefined
      for (const seat of seats.values()) if (!seat.isStanding) seat.fail(closed())
      seats.clear()
    },
  }
}
