/** Real sockets, a real database file, and servers beside each other; only the seconds of the hub pass as told. */
import { sqliteAdapter } from '@synclayer/adapter-sqlite'
import type { Cursor, Json, PullResponse, PushResponse } from '@synclayer/core/adapter'
import type { ClientMessage, ServerMessage } from '@synclayer/core/protocol'
import { createVirtualTime } from '@synclayer/core/testing'
import { EventEmitter, once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { WebSocket } from 'ws'
import { createSyncServer } from '../create-sync-server.ts'
import { serveSync } from '../node/serve-sync.ts'
import { put } from '../testing/server-lab.ts'

const TODOS = [{ name: 'todos' }]

function newFile(): string {
  const folder = mkdtempSync(join(tmpdir(), 'synclayer-sockets-'))
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
  return join(folder, 'backend.db')
}

/** A server over a file that others may have open too. */
async function startServer(path: string, { validMs = 3_600_000 } = {}) {
  const time = createVirtualTime()
  const expiresAt = time.clock.now() + validMs
  const serving = await serveSync({
    port: 0,
    server: createSyncServer({
      adapter: sqliteAdapter({ path, pollIntervalMs: 5, durability: 'process' }),
      authenticate: ({ token }) => (token === 'good' ? { id: 'ada', scopes: ['a'], expiresAt } : null),
      clock: time.clock,
      timers: time.scheduler,
      logger: { log: () => undefined },
    }),
  })
  onTestFinished(() => serving.close())

  const ask = async <Answer>(operation: string, request: object): Promise<Answer> => {
    const response = await fetch(`${serving.url}/sync/${operation}`, {
      method: 'POST',
      headers: { Authorization: 'Bearer good', 'Content-Type': 'application/json' },
      body: JSON.stringify({ scope: 'a', ...request }),
    })
    expect(response.status).toBe(200)
    return (await response.json()) as Answer
  }
  const head = (): Promise<PullResponse> => ask('pull', { collections: [], cursor: null, limit: 0 })
  const { cursor, epoch } = await head()
  const versions = new Map<string, string>()
  const write = async (recordId: string, data: { readonly [key: string]: Json } = {}): Promise<void> => {
    const base = versions.get(recordId) ?? null
    const mutation = put(++written, { recordId, base, data: { id: recordId, ...data } }, 'w')
    const pushed = { clientId: 'w', settled: 0, epoch, cursor, mutations: [mutation] }
    const [result] = (await ask<PushResponse>('push', pushed)).results
    if (result?.status !== 'accepted') throw new Error(`It was answered ${JSON.stringify(result)}`)
    versions.set(recordId, result.version)
  }
  return { time, serving, write, port: serving.port, headOf: async () => (await head()).cursor }
}

let written = 0

/** A client that has said hello. It keeps what it hears, and knows how far its pages have led. */
async function connect(port: number) {
  const socket = new WebSocket(`ws://127.0.0.1:${port}/sync/ws`, 'synclayer.1')
  onTestFinished(() => socket.terminate())
  const heard: ServerMessage[] = []
  const told = new EventEmitter()
  socket.on('message', (data: Buffer) => {
    heard.push(JSON.parse(String(data)) as ServerMessage)
    told.emit('told')
  })
  socket.on('error', () => undefined)
  await once(socket, 'open')
  const say = (message: ClientMessage): void => socket.send(JSON.stringify(message))
  const next = async (): Promise<ServerMessage> => {
    if (heard.length === 0) await once(told, 'told')
    return heard.shift()!
  }
  const follow = async (cursor: Cursor | null): Promise<void> => {
    say({ type: 'subscribe', id: 1, scope: 'a', collections: TODOS, cursor })
    expect(await next()).toEqual({ type: 'subscribed', id: 1 })
  }
  /** The ids that come until one is `last`, along a chain of pages from the cursor. */
  const readTo = async (last: string, from: Cursor) => {
    const ids: string[] = []
    let cursor = from
    while (!ids.includes(last)) {
      const message = await next()
      if (message.type !== 'page') throw new Error(`${message.type} has come`)
      expect(message.page.from).toBe(cursor)
      ids.push(...message.page.changes.map(({ id }) => id))
      cursor = message.page.cursor
    }
    return { ids, cursor }
  }
  say({ type: 'hello', protocol: 1, token: 'good' })
  expect(await next()).toEqual({ type: 'welcome', protocol: 1 })
  return { socket, heard, say, next, follow, readTo }
}

test('the very first connection delivers, and a gap while away is filled', async () => {
  const { write, headOf, port } = await startServer(newFile())
  const start = await headOf()
  await write('before')
  const first = await connect(port)
  await first.follow(start)
  const { cursor } = await first.readTo('before', start)
  const closed = once(first.socket, 'close')
  first.socket.close()
  await closed
  for (const id of ['x', 'y', 'x']) await write(id)
  const second = await connect(port)
  await second.follow(cursor)
  expect((await second.readTo('x', cursor)).ids).toEqual(['y', 'x'])
})

test('two servers on one file tell each other’s clients', async () => {
  const file = newFile()
  const [one, two] = [await startServer(file), await startServer(file)]
  const clients = [await connect(one.port), await connect(two.port)]
  const start = await one.headOf()
  for (const client of clients) await client.follow(start)
  await one.write('at one')
  const cursors: Cursor[] = []
  for (const client of clients) cursors.push((await client.readTo('at one', start)).cursor)
  await two.write('at two')
  for (const client of clients) expect((await client.readTo('at two', cursors[0]!)).ids).toEqual(['at two'])
})

const WRITES = 60

/** Far more than all buffers between here and there, of one record. */
async function writeTooMuch(write: (id: string, data: { readonly text: string }) => Promise<void>) {
  const text = 'x'.repeat(200 * 1024)
  for (let n = 1; n <= WRITES; n++) await write('large', { text })
}

test(
  'who does not read is sent no more than fits, and goes on where it was',
  { timeout: 30_000 },
  async () => {
    const { write, headOf, port } = await startServer(newFile())
    const client = await connect(port)
    const start = await headOf()
    await client.follow(start)
    client.socket.pause()
    await writeTooMuch(write)
    await write('small')
    client.socket.resume()
    const { ids } = await client.readTo('small', start)
    // What it had no room for was not kept, but read again: the latest of it, once.
    expect(ids.length).toBeLessThan(WRITES)
    expect(ids.slice(-2)).toEqual(['large', 'small'])
  },
)

test(
  'who takes nothing for 30 seconds is closed with 1013, and catches up later',
  { timeout: 30_000 },
  async () => {
    const { write, headOf, port, time } = await startServer(newFile())
    const client = await connect(port)
    const start = await headOf()
    await client.follow(start)
    client.socket.pause()
    await writeTooMuch(write)
    await time.advance(32_000)
    client.socket.resume()
    const [code] = (await once(client.socket, 'close')) as [number]
    expect(code).toBe(1013)
    const pages = client.heard.filter((message) => message.type === 'page')
    const cursor = pages.at(-1)!.page.cursor
    const again = await connect(port)
    await again.follow(cursor)
    await write('small')
    await again.readTo('small', cursor)
  },
)

test('a token that expires closes the connection with 4401', async () => {
  const { headOf, port, time } = await startServer(newFile(), { validMs: 5_000 })
  const client = await connect(port)
  await client.follow(await headOf())
  const closed = once(client.socket, 'close')
  await time.advance(5_000)
  expect((await closed)[0]).toBe(4401)
  expect(client.heard).toMatchObject([{ type: 'error', code: 'AUTH_FAILED' }])
})

test('a server that closes says 1001', async () => {
  const { headOf, serving, port } = await startServer(newFile())
  const client = await connect(port)
  await client.follow(await headOf())
  const closed = once(client.socket, 'close')
  await serving.close()
  expect((await closed)[0]).toBe(1001)
})
