/** A WebSocket that follows a scope, spoken by hand: what the server says is written down as it comes. */
import {
  type ClientMessage,
  PROTOCOL_VERSION,
  type ServerMessage,
  SOCKET_PROTOCOL,
} from '@synclayer/core/protocol'
import { WebSocket } from 'ws'

export interface Follower {
  readonly socket: WebSocket
  readonly messages: readonly ServerMessage[]
  say(message: ClientMessage): void
  /** The first message that matches, of those that came and those to come. Rejects where the connection ends without one. */
  next(matches: (message: ServerMessage) => boolean): Promise<ServerMessage>
  /** The code it is closed with. */
  readonly closed: Promise<number>
}

/** Opens a socket, and says hello where there is a token to say, or null for none. */
export async function openFollower(url: string, token?: string | null): Promise<Follower> {
  const socket = new WebSocket(`${url.replace('http', 'ws')}/sync/ws`, SOCKET_PROTOCOL)
  const messages: ServerMessage[] = []
  const waiting = new Set<() => void>()
  const closed = new Promise<number>((resolve) => {
    socket.on('close', (code) => {
      resolve(code)
      for (const look of waiting) look()
    })
  })
  socket.on('message', (data: Buffer) => {
    messages.push(JSON.parse(data.toString()) as ServerMessage)
    for (const look of waiting) look()
  })
  await new Promise((resolve, reject) => socket.once('open', resolve).once('error', reject))
  socket.on('error', () => undefined)
  const follower: Follower = {
    socket,
    messages,
    closed,
    say: (message) => socket.send(JSON.stringify(message)),
    next: (matches) =>
      new Promise((resolve, reject) => {
        const look = (): void => {
          const found = messages.find(matches)
          if (found === undefined && socket.readyState !== WebSocket.CLOSED) return
          waiting.delete(look)
          if (found !== undefined) resolve(found)
          else reject(new Error(`The connection was closed; it had said ${JSON.stringify(messages)}`))
        }
        waiting.add(look)
        look()
      }),
  }
  if (token !== undefined) {
    follower.say({ type: 'hello', protocol: PROTOCOL_VERSION, ...(token === null ? {} : { token }) })
    await follower.next(({ type }) => type === 'welcome')
  }
  return follower
}

/** Follows the notes of a scope from a cursor on; resolves once the server has said so. */
export async function follow(
  follower: Follower,
  id: number,
  cursor: string | null,
  scope = 'default',
): Promise<void> {
  follower.say({ type: 'subscribe', id, scope, collections: [{ name: 'notes' }], cursor })
  await follower.next((message) => message.type === 'subscribed' && message.id === id)
}
