/** What each test of the suite gets: the server, what it says of itself, and clients of it. */
import type { Hello } from '@synclayer/core/protocol'
import { createTestClient, type TestClient } from '../adapter/test-client.ts'
import { assertEqual } from '../expect.ts'
import { TEST_TIMEOUT_MS, type TestRunner } from '../runner.ts'
import { type Answer, type Call, endpointOf, send } from './http.ts'
import type { ServerUnderTest } from './server-under-test.ts'
import { openSocket, type TestSocket } from './socket.ts'

/** All the suite needs. */
export interface ProtocolSuiteOptions extends TestRunner {
  /** A fresh, empty server; or one that goes on. */
  readonly create: () => Promise<ServerUnderTest>
  /** How long to wait for what must come, in milliseconds, before it counts as lost; 20 seconds unless told. */
  readonly patienceMs?: number
  /** Also what takes a minute and more: that who hears nothing, or takes nothing, is closed. */
  readonly slow?: boolean
  /** Is told of a test that the server under test gives no occasion for, and why. */
  readonly note?: (title: string, reason: string) => void
}

export interface ProtocolBench {
  readonly server: ServerUnderTest
  readonly hello: Hello
  readonly patienceMs: number
  /** One request. Its answer is held against the schemas and against what is promised of all answers. */
  call(call: Call): Promise<Answer>
  /** A client with a new id, which stands at the head of the feed. */
  client(options?: { readonly token?: string; readonly id?: string }): Promise<TestClient>
  /** An open socket; it has said hello and been welcomed, unless told. */
  socket(options?: { readonly token?: string | null; readonly silent?: boolean }): Promise<TestSocket>
  /** A name nobody has used. */
  name(prefix?: string): string
  /** Another server, with a history of its own. */
  another(): Promise<ServerUnderTest>
}

/** Defines one test on a bench of its own. */
export type ProtocolTest = (
  title: string,
  body: (bench: ProtocolBench) => Promise<void>,
  timeoutMs?: number,
) => void

/** The server under test gives no occasion for a test. */
class NoOccasion extends Error {}

/** What the server under test gave; without it there is nothing to be tested here. */
export function given<Value>(value: Value | undefined | null, what: string): Value {
  if (value === undefined || value === null) throw new NoOccasion(what)
  return value
}

const PATIENCE_MS = 20_000

/** A definer of tests, each on a bench of its own. */
export function createProtocolTest(options: ProtocolSuiteOptions): ProtocolTest {
  return (title, body, timeoutMs = TEST_TIMEOUT_MS) => {
    const run = async (): Promise<void> => {
      try {
        await onBench(options, body)
      } catch (error) {
        if (!(error instanceof NoOccasion)) throw error
        options.note?.(title, error.message)
      }
    }
    options.test(title, run, timeoutMs)
  }
}

async function onBench(
  { create, patienceMs = PATIENCE_MS }: ProtocolSuiteOptions,
  body: (bench: ProtocolBench) => Promise<void>,
): Promise<void> {
  const servers: ServerUnderTest[] = []
  const sockets: TestSocket[] = []
  const begin = async (): Promise<ServerUnderTest> => {
    const server = await create()
    servers.push(server)
    return server
  }
  try {
    const server = await begin()
    const greeting = await send(server, { path: '/sync' })
    assertEqual(greeting.status, 200, 'status of GET /sync')
    const run = randomName()
    let names = 0
    const bench: ProtocolBench = {
      server,
      hello: greeting.json as Hello,
      patienceMs,
      call: (call) => send(server, call),
      name: (prefix = 'r') => `${prefix}-${run}-${names++}`,
      client: async ({ token, id = bench.name('c') } = {}) => {
        const client = createTestClient(endpointOf(server, token), { id, scope: server.scope })
        await client.enter()
        return client
      },
      socket: async ({ token = server.token, silent = false } = {}) => {
        given(bench.hello.capabilities.realtime || undefined, 'the server has no realtime')
        const socket = await openSocket(server, patienceMs)
        sockets.push(socket)
        if (silent) return socket
        socket.send({ type: 'hello', protocol: 1, ...(token === null ? {} : { token }) })
        await socket.expect('welcome')
        return socket
      },
      another: async () => {
        const other = await begin()
        return given(other.url === server.url ? undefined : other, 'there is only one server')
      },
    }
    await body(bench)
  } finally {
    for (const socket of sockets) await socket.close()
    for (const server of servers) await server.close()
  }
}

function randomName(): string {
  const bytes = globalThis.crypto.getRandomValues(new Uint8Array(6))
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('')
}
