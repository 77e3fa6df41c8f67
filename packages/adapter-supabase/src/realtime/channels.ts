/**
 * Wake-ups by Broadcast: the database tells a scope's private channel where its feed has got to. Nothing is read from what
 * it says. A channel that breaks is left for good; the client subscribes again, with growing waits, and pulls then.
 */
import { type Subscription, SyncError, toSyncError, type Wake } from '@synclayer/core/adapter'
import { closed } from '@synclayer/adapter-kit/http'
import type { SupabaseLike } from '../supabase-like.ts'
import { channelError } from './channel-error.ts'
import { EVENT, topicOf } from './topic.ts'

export interface Channels {
  /** Resolves once the scope's channel is joined. `lost` is called once, where it breaks later. */
  subscribe(
    scope: string,
    wake: (wake: Wake) => void,
    lost: (error: SyncError) => void,
  ): Promise<Subscription>
  /** Leaves all channels; nobody is told of anything any more. */
  close(): Promise<void>
}

interface Seat {
  readonly wake: () => void
  readonly lost: (error: SyncError) => void
}

/** One channel, and who follows it. */
interface Room {
  readonly seats: Set<Seat>
  readonly joined: Promise<void>
  /** Ends it for all who sit there. */
  readonly end: (error: SyncError) => void
}

export function createChannels(client: SupabaseLike): Channels {
  const rooms = new Map<string, Room>()
  const leaving = new Map<string, Promise<unknown>>()
  let isClosed = false

  const leave = (topic: string, channel: ReturnType<SupabaseLike['channel']>): void => {
    const left = client.removeChannel(channel).catch(() => undefined)
    leaving.set(topic, left)
    void left.then(() => {
      if (leaving.get(topic) === left) leaving.delete(topic)
    })
  }

  const openRoom = (topic: string): Room => {
    const seats = new Set<Seat>()
    let stop = (): void => undefined
    let ended: SyncError | undefined
    let fail = (_error: SyncError): void => undefined
    const end = (error: SyncError): void => {
      if (ended !== undefined) return
      ended = error
      rooms.delete(topic)
      stop()
      fail(error)
      for (const seat of seats) seat.lost(error)
    }
    const join = async (): Promise<void> => {
      await leaving.get(topic)
      // A channel is joined with the token that the client has noted last, which may be an old one.
      await client.realtime.setAuth()
      if (ended !== undefined) throw ended
      if (client.getChannels().some((other) => other.topic === `realtime:${topic}`)) throw taken(topic)
      const channel = client.channel(topic, { config: { private: true } })
      stop = () => leave(topic, channel)
      await new Promise<void>((resolve, reject) => {
        fail = reject
        channel.on('broadcast', { event: EVENT }, () => {
          for (const seat of seats) seat.wake()
        })
        channel.subscribe((status, cause) => {
          if (status === 'SUBSCRIBED') resolve()
          else end(channelError(status, cause))
        })
      })
    }
    const joined = join()
    joined.catch((error: unknown) => end(toSyncError(error, 'NETWORK', 'The channel could not be joined')))
    return { seats, joined, end }
  }

  return {
    async subscribe(scope, wake, lost) {
      if (isClosed) throw closed()
      const topic = topicOf(scope)
      let room = rooms.get(topic)
      if (room === undefined) rooms.set(topic, (room = openRoom(topic)))
      const { seats, joined, end } = room
      await joined
      const seat: Seat = { wake: () => wake({ scope }), lost }
      seats.add(seat)
      return {
        async close() {
          if (seats.delete(seat) && seats.size === 0) end(closed())
          await leaving.get(topic)
        },
      }
    },
    async close() {
      isClosed = true
      for (const { seats, end } of rooms.values()) {
        seats.clear()
        end(closed())
      }
      await Promise.all(leaving.values())
    },
  }
}

function taken(topic: string): SyncError {
  return new SyncError(
    'NOT_SUPPORTED',
    `The client has a channel ${topic} that is not this adapter's: give each adapter a client of its own.`,
    { details: { topic } },
  )
}
