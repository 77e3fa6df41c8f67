/** A socket that holds all it hears against the schema, and lets tests wait for it. */
import {
  type ClientMessage,
  MAX_SOCKET_MESSAGE_BYTES,
  MAX_SOCKET_PAGE_BYTES,
  type ServerMessage,
  SOCKET_PROTOCOL,
} from '@synclayer/core/protocol'
import { utf8ByteLength } from '@synclayer/core/adapter'
import { WebSocket as NodeSocket } from 'ws'
import { assert, assertEqual } from '../expect.ts'
import { addressOf } from './http.ts'
import { assertMatches } from './schemas.ts'
import type { PlatformSocket, ServerUnderTest, SocketConstructor } from './server-under-test.ts'

type Told<Type extends ServerMessage['type']> = Extract<ServerMessage, { readonly type: Type }>

export interface TestSocket {
  /** The subprotocol that was agreed upon. */
  readonly protocol: string
  send(message: ClientMessage): void
  /** Sends what is no message of a client. */
  sendRaw(data: string | Uint8Array): void
  /** The next message, which must be of this type. The server's pings are answered, and not told. */
  expect<Type extends ServerMessage['type']>(type: Type): Promise<Told<Type>>
  next(): Promise<ServerMessage>
  /** The server's next ping, which comes only when it has said nothing for long. */
  pinged(): Promise<void>
  /** Fails where anything has come that nobody asked for, by asking for a pong and looking at what comes before. */
  assertQuiet(): Promise<void>
  /** Answers no more pings. */
  mute(): void
  /** Reads nothing more from the network, until `resume`. Undefined where the platform's sockets cannot. */
  readonly pause: (() => void) | undefined
  resume(): void
  /** The code it is closed with. */
  closed(): Promise<number>
  close(): Promise<void>
}

/** Connects, and fails where that is refused. */
export async function openSocket(
  server: ServerUnderTest,
  patienceMs: number,
  path = '/sync/ws',
): Promise<TestSocket> {
  const Constructor = server.WebSocket ?? (NodeSocket as unknown as SocketConstructor)
  const platform = new Constructor(addressOf(server, path).replace(/^http/, 'ws'), [SOCKET_PROTOCOL])
  platform.binaryType = 'arraybuffer'
  const socket = createTestSocket(platform, patienceMs)
  await new Promise<void>((resolve, reject) => {
    platform.addEventListener('open', resolve)
    platform.addEventListener('error', () => reject(new Error(`No socket at ${path}`)))
    platform.addEventListener('close', ({ code }) =>
      reject(new Error(`The socket at ${path} was closed with ${code}`)),
    )
  })
  return socket
}

function createTestSocket(platform: PlatformSocket, patienceMs: number): TestSocket {
  const heard: ServerMessage[] = []
  const problems: unknown[] = []
  let pings = 0
  let isMute = false
  let closedWith: number | undefined
  let changed = (): void => {}
  const happened = (): void => changed()

  platform.addEventListener('message', ({ data }) => {
    try {
      const message = readMessage(data)
      if (message.type === 'ping') {
        pings += 1
        if (!isMute) platform.send('{"type":"pong"}')
      } else heard.push(message)
    } catch (error) {
      problems.push(error)
    }
    happened()
  })
  platform.addEventListener('close', ({ code }) => {
    closedWith = code
    happened()
  })

  /** Waits until `take` answers something. */
  const until = async <Value>(take: () => Value | undefined, what: string): Promise<Value> => {
    const deadline = Date.now() + patienceMs
    for (;;) {
      if (problems.length > 0) throw problems[0] as Error
      const value = take()
      if (value !== undefined) return value
      const left = deadline - Date.now()
      if (left <= 0) throw new Error(`Waited ${patienceMs} ms in vain for ${what}`)
      let timer: ReturnType<typeof setTimeout> | undefined
      await new Promise<void>((resolve) => {
        changed = resolve
        timer = setTimeout(resolve, left)
      })
      clearTimeout(timer)
    }
  }
  const next = (what: string): Promise<ServerMessage> =>
    until(() => {
      const message = heard.shift()
      if (message !== undefined || closedWith === undefined) return message
      throw new Error(`The socket was closed with ${closedWith} instead of ${what}`)
    }, what)

  const socket: TestSocket = {
    get protocol() {
      return platform.protocol
    },
    send: (message) => platform.send(JSON.stringify(message)),
    sendRaw: (data) => platform.send(data),
    next: () => next('a message'),
    expect: async <Type extends ServerMessage['type']>(type: Type) => {
      const message = await next(type)
      assert(message.type === type, `Expected ${type}, got ${JSON.stringify(message).slice(0, 500)}`)
      return message as Told<Type>
    },
    pinged: async () => {
      const before = pings
      await until(() => (pings > before ? true : undefined), 'a ping of the server')
    },
    assertQuiet: async () => {
      platform.send('{"type":"ping"}')
      await socket.expect('pong')
    },
    mute: () => {
      isMute = true
    },
    pause: platform.pause === undefined ? undefined : () => platform.pause?.(),
    resume: () => platform.resume?.(),
    closed: () => until(() => closedWith, 'the end of the socket'),
    close: async () => {
      platform.close()
      await until(() => closedWith, 'the end of the socket')
    },
  }
  return socket
}

function readMessage(data: unknown): ServerMessage {
  assert(typeof data === 'string', 'A binary frame came from the server')
  const bytes = utf8ByteLength(data)
  assert(bytes <= MAX_SOCKET_MESSAGE_BYTES, `A message of ${bytes} bytes`)
  const message: unknown = JSON.parse(data)
  assertMatches('server-message', message, 'A message of the server')
  const told = message as ServerMessage
  if (told.type === 'page') {
    const page = utf8ByteLength(JSON.stringify(told.page))
    assert(page <= MAX_SOCKET_PAGE_BYTES, `A page of ${page} bytes`)
    assertEqual(told.page.hasMore, false, 'hasMore of a page')
  }
  return told
}
