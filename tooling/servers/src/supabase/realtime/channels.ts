/** The channels of one WebSocket: joining, leaving, tokens, heartbeats. */
import type { Pool } from 'pg'
import type { WebSocket } from 'ws'
import { type Claims, verifyToken } from '../tokens.ts'
import { mayRead } from './authorization.ts'
import { type Message, readMessage, replyTo, writeMessage } from './phoenix.ts'

/** A topic that one client has joined. */
export interface Channel {
  readonly topic: string
  readonly isPrivate: boolean
  readonly socket: WebSocket
}

export interface Channels {
  /** Takes a text frame. */
  hear(frame: string): void
  /** The client is gone. */
  close(): void
}

export interface ChannelsDeps {
  readonly socket: WebSocket
  readonly pool: Pool
  readonly jwtSecret: string
  /** The key that the client has connected with: its token where it gives none. */
  readonly key: string
  /** Those of all clients. */
  readonly joined: Set<Channel>
}

interface Joined extends Channel {
  readonly join: Message
  stopWaiting(): void
}

const PREFIX = 'realtime:'
/** The longest a timer of this platform can wait. */
const LONGEST_MS = 2 ** 31 - 1

export function createChannels({ socket, pool, jwtSecret, key, joined }: ChannelsDeps): Channels {
  const channels = new Map<string, Joined>()
  let heard = Promise.resolve()

  const send = (message: Message): void => socket.send(writeMessage(message))
  const refuse = (message: Message, reason: string): void => send(replyTo(message, 'error', { reason }))

  /** The claims, or the reason against them. */
  const admit = async (topic: string, isPrivate: boolean, token: unknown): Promise<Claims | string> => {
    const verdict = verifyToken(typeof token === 'string' ? token : key, jwtSecret, Date.now())
    if ('refusal' in verdict)
      return verdict.refusal === 'expired'
        ? 'InvalidJWTToken: Token has expired'
        : 'MalformedJWT: The token provided is not a valid JWT'
    const { claims } = verdict
    if (typeof claims['role'] !== 'string' || typeof claims['exp'] !== 'number')
      return 'InvalidJWTToken: Fields `role` and `exp` are required in JWT'
    if (!isPrivate || (await mayRead(pool, topic, claims))) return claims
    return `Unauthorized: You do not have permissions to read from this Channel topic: ${topic}`
  }
  const stay = (join: Message, topic: string, isPrivate: boolean, claims: Claims): void => {
    const leftMs = Number(claims['exp']) * 1_000 - Date.now()
    const timer = setTimeout(
      () => end(join.topic, 'Token has expired'),
      Math.min(Math.max(0, leftMs), LONGEST_MS),
    )
    const channel: Joined = { topic, isPrivate, socket, join, stopWaiting: () => clearTimeout(timer) }
    leave(join.topic)
    channels.set(join.topic, channel)
    joined.add(channel)
  }
  const leave = (topic: string): Joined | undefined => {
    const channel = channels.get(topic)
    if (channel === undefined) return undefined
    channel.stopWaiting()
    channels.delete(topic)
    joined.delete(channel)
    return channel
  }
  /** The server's own end of a channel: it says why, and closes it. */
  const end = (topic: string, reason: string): void => {
    const channel = leave(topic)
    if (channel === undefined) return
    const about = { joinRef: channel.join.joinRef, ref: null, topic }
    const payload = { extension: 'system', status: 'error', message: reason, channel: channel.topic }
    send({ ...about, event: 'system', payload })
    send({ ...about, ref: channel.join.joinRef, event: 'phx_close', payload: {} })
  }

  const join = async (message: Message): Promise<void> => {
    const topic = message.topic.slice(PREFIX.length)
    const config = (message.payload['config'] ?? {}) as Readonly<Record<string, unknown>>
    const presence = config['presence'] as { readonly enabled?: unknown } | undefined
    const changes = config['postgres_changes']
    if (presence?.enabled === true || (Array.isArray(changes) && changes.length > 0))
      return refuse(message, 'The stand-in has Broadcast alone')
    const isPrivate = config['private'] === true
    const claims = await admit(topic, isPrivate, message.payload['access_token'])
    if (typeof claims === 'string') return refuse(message, claims)
    stay(message, topic, isPrivate, claims)
    send(replyTo(message, 'ok', { postgres_changes: [] }))
  }
  const renew = async (message: Message): Promise<void> => {
    const channel = channels.get(message.topic)
    if (channel === undefined) return
    const claims = await admit(channel.topic, channel.isPrivate, message.payload['access_token'])
    if (typeof claims === 'string') end(message.topic, claims)
    else stay(channel.join, channel.topic, channel.isPrivate, claims)
  }
  const take = async (message: Message): Promise<void> => {
    if (message.topic === 'phoenix' && message.event === 'heartbeat') return send(replyTo(message, 'ok', {}))
    if (!message.topic.startsWith(PREFIX)) return refuse(message, 'unmatched topic')
    switch (message.event) {
      case 'phx_join':
        return join(message)
      case 'access_token':
        return renew(message)
      case 'phx_leave':
        leave(message.topic)
        send(replyTo(message, 'ok', {}))
        send({ ...message, ref: message.joinRef, event: 'phx_close', payload: {} })
        return
      default:
        return refuse(message, 'The stand-in has Broadcast from the database alone')
    }
  }

  return {
    hear(frame) {
      const message = readMessage(frame)
      if (message === null) {
        socket.close(1003)
        return
      }
      // One after the other, as a process of its own would. A failure is that of the database.
      heard = heard.then(() => take(message)).catch(() => socket.terminate())
    },
    close() {
      for (const topic of channels.keys()) leave(topic)
    },
  }
}
