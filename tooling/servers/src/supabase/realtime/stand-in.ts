/**
 * A stand-in for Supabase Realtime: private and public channels of Broadcast, over WebSockets, in the protocol that
 * supabase-js speaks. It has no presence and no Postgres Changes, and refuses them. What `realtime.send` has written is
 * told to those who have joined the topic; nothing is told again to who was away.
 */
import type { IncomingMessage } from 'node:http'
import type { Duplex } from 'node:stream'
import pg from 'pg'
import { type WebSocket, WebSocketServer } from 'ws'
import { verifyToken } from '../tokens.ts'
import { type Channel, createChannels } from './channels.ts'
import { writeBroadcast } from './phoenix.ts'

export interface RealtimeStandIn {
  /** Takes a request for `/realtime/v1/websocket`. */
  upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void
  /** How many clients are connected. */
  connections(): number
  /** Cuts everyone off, as a restart of the server would. They may come again. */
  cutOff(): void
  close(): Promise<void>
}

export interface RealtimeOptions {
  /** As a role that may read and write `realtime.messages` whatever its policies say. */
  readonly databaseUrl: string
  readonly jwtSecret: string
}

/** A client that says nothing for so long is dead. */
const SILENCE_MS = 60_000

export async function startRealtime({ databaseUrl, jwtSecret }: RealtimeOptions): Promise<RealtimeStandIn> {
  const pool = new pg.Pool({ connectionString: databaseUrl, max: 4 })
  const feed = new pg.Client({ connectionString: databaseUrl })
  const sockets = new WebSocketServer({ noServer: true, maxPayload: 1024 * 1024 })
  const joined = new Set<Channel>()
  pool.on('error', () => cutOff())
  feed.on('error', () => cutOff())

  const cutOff = (): void => {
    for (const socket of sockets.clients) socket.terminate()
  }
  const tell = async (id: string): Promise<void> => {
    const { rows } = await pool.query<{ topic: string; event: string; payload: unknown; private: boolean }>(
      'SELECT topic, event, payload, private FROM realtime.messages WHERE id = $1',
      [id],
    )
    const [message] = rows
    if (message === undefined) return
    for (const channel of joined) {
      if (channel.topic !== message.topic || channel.isPrivate !== message.private) continue
      channel.socket.send(writeBroadcast(`realtime:${message.topic}`, message.event, message.payload, { id }))
    }
  }
  const accept = (socket: WebSocket, key: string): void => {
    const channels = createChannels({ socket, pool, jwtSecret, key, joined })
    let silence = setTimeout(() => socket.terminate(), SILENCE_MS)
    socket.on('message', (data: Buffer, isBinary) => {
      clearTimeout(silence)
      silence = setTimeout(() => socket.terminate(), SILENCE_MS)
      // Binary frames carry broadcasts of clients, which nothing here sends.
      if (isBinary) socket.close(1003)
      else channels.hear(data.toString())
    })
    socket.on('close', () => {
      clearTimeout(silence)
      channels.close()
    })
    socket.on('error', () => socket.terminate())
  }

  await feed.connect()
  let told = Promise.resolve()
  feed.on('notification', ({ payload }) => {
    if (payload !== undefined) told = told.then(() => tell(payload)).catch(cutOff)
  })
  await feed.query('LISTEN realtime_stand_in')

  return {
    upgrade(request, socket, head) {
      const { searchParams } = new URL(request.url ?? '', 'http://localhost')
      const key = searchParams.get('apikey') ?? ''
      if ('refusal' in verifyToken(key, jwtSecret, Date.now())) return refuse(socket, '401 Unauthorized')
      if (searchParams.get('vsn') !== '2.0.0') return refuse(socket, '400 Bad Request')
      sockets.handleUpgrade(request, socket, head, (opened) => accept(opened, key))
    },
    connections: () => sockets.clients.size,
    cutOff,
    async close() {
      cutOff()
      await told
      await feed.end()
      await pool.end()
    },
  }
}

function refuse(socket: Duplex, status: string): void {
  socket.end(`HTTP/1.1 ${status}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`)
}
