/** Silence, on a time of its own. */
import type { SyncError } from '@synclayer/core/adapter'
import { DEAD_AFTER_MS, PING_INTERVAL_MS } from '@synclayer/core/protocol'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { createTokens } from '@synclayer/adapter-kit/http'
import { createContext } from '../testing/scripted-server.ts'
import { createRealtime, type Realtime } from './realtime.ts'

type Listener = (event: object) => void

/** A WebSocket whose other side is the test. */
class TestSocket {
  static opened: TestSocket[] = []
  readonly sent: { readonly type: string; readonly id?: number }[] = []
  readonly #listeners: [string, Listener][] = []
  closedWith: number | 'terminated' | undefined
  readonly url: string
  readonly protocols: string[] | undefined

  constructor(url: string, protocols?: string[]) {
    this.url = url
    this.protocols = protocols
    TestSocket.opened.push(this)
  }
  addEventListener(type: string, listener: Listener): void {
    this.#listeners.push([type, listener])
  }
  send(text: string): void {
    this.sent.push(JSON.parse(text) as { type: string })
  }
  close(code: number): void {
    this.closedWith = code
  }
  terminate(): void {
    this.closedWith = 'terminated'
  }
  emit(type: string, event: object = {}): void {
    for (const [name, listener] of this.#listeners) if (name === type) listener(event)
  }
  hear(message: object): void {
    this.emit('message', { data: JSON.stringify(message) })
  }
}

beforeEach(() => {
  vi.useFakeTimers()
  TestSocket.opened = []
})
afterEach(() => {
  vi.useRealTimers()
})

interface Following {
  readonly realtime: Realtime
  readonly socket: TestSocket
  readonly outcome: Promise<unknown>
  readonly losses: SyncError[]
}

/** Asks to follow a scope, and goes as far as `until`. */
async function follow(until: 'connecting' | 'greeting' | 'welcome' | 'subscribed'): Promise<Following> {
  const realtime = createRealtime({
    options: { url: 'https://example.com/api', WebSocket: TestSocket },
    tokens: createTokens(() => null),
    traffic: createContext().traffic,
  })
  const losses: SyncError[] = []
  const outcome = realtime
    .subscribe(
      { scope: 's', collections: [], cursor: null },
      () => undefined,
      (error) => losses.push(error),
    )
    .catch((error: unknown) => error)
  await vi.advanceTimersByTimeAsync(0)
  const socket = TestSocket.opened[0]!
  const following = { realtime, socket, outcome, losses }
  if (until === 'connecting') return following
  socket.emit('open')
  if (until === 'greeting') return following
  socket.hear({ type: 'welcome', protocol: 1 })
  await vi.advanceTimersByTimeAsync(0)
  if (until === 'welcome') return following
  socket.hear({ type: 'subscribed', id: 1 })
  await outcome
  return following
}

test('asks for our subprotocol, at the address of the server', async () => {
  const { socket } = await follow('connecting')
  expect([socket.url, socket.protocols]).toEqual(['wss://example.com/api/sync/ws', ['synclayer.1']])
})

test.each(['connecting', 'greeting', 'welcome'] as const)(
  'a server that is silent when %s is TIMEOUT',
  async (until) => {
    const { socket, outcome } = await follow(until)
    await vi.advanceTimersByTimeAsync(10_000)
    expect(await outcome).toMatchObject({ code: 'TIMEOUT' })
    expect(socket.closedWith).toBeDefined()
    expect(vi.getTimerCount()).toBe(0)
  },
)

test('pings where it has said nothing for long, and only then', async () => {
  const { socket } = await follow('subscribed')
  const pings = (): number => socket.sent.filter(({ type }) => type === 'ping').length
  await vi.advanceTimersByTimeAsync(PING_INTERVAL_MS - 1_000)
  socket.hear({ type: 'ping' })
  await vi.advanceTimersByTimeAsync(PING_INTERVAL_MS - 1_000)
  expect(pings()).toBe(0)
  socket.hear({ type: 'wake', id: 1 })
  await vi.advanceTimersByTimeAsync(1_000)
  expect(pings()).toBe(1)
  socket.hear({ type: 'pong' })
  await vi.advanceTimersByTimeAsync(PING_INTERVAL_MS)
  expect(pings()).toBe(2)
})

test('takes a server for dead that has said nothing for too long', async () => {
  const { socket, losses } = await follow('subscribed')
  await vi.advanceTimersByTimeAsync(DEAD_AFTER_MS - 1)
  expect(losses).toEqual([])
  await vi.advanceTimersByTimeAsync(1)
  expect(losses).toMatchObject([{ code: 'NETWORK' }])
  expect(socket.closedWith).toBe('terminated')
  socket.emit('close', { code: 1006 })
  socket.hear({ type: 'wake', id: 1 })
  expect(losses).toHaveLength(1)
  expect(vi.getTimerCount()).toBe(0)
})

test('keeps no timer once it is closed', async () => {
  const { realtime, socket } = await follow('subscribed')
  realtime.close()
  await vi.advanceTimersByTimeAsync(0)
  expect([socket.closedWith, vi.getTimerCount()]).toEqual([1000, 0])
})
