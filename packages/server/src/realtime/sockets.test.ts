/** Real sockets, a real database file, and servers beside each other; only the seconds of the hub pass as told. */
import { type BackendAdapter, type Cursor, type Json, SyncError } from '@synclayer/core/adapter'
import type { ClientMessage, ServerMessage } from '@synclayer/core/protocol'
import { createVirtualTime, seededRandom } from '@synclayer/core/testing'
import { sqliteAdapter } from '@synclayer/adapter-sqlite'
import { mkdtempSync, rmSync } from 'node:fs'
import { EventEmitter, once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { WebSocket } from 'ws'
import { createUpgradeListener } from '../node/upgrade.ts'
import { createRealtime } from './hub.ts'

const { signal } = new AbortController()
const TODOS = [{ name: 'todos' }]

function newFile(): string {
  const folder = mkdtempSync(join(tmpdir(), 'synclayer-sockets-'))
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
  return join(folder, 'backend.db')
}

/** A server of sockets only, over a file that others may have open too. */
async function startServer(path: string, { expiresAt }: { readonly expiresAt?: number } = {}) {
  const time = createVirtualTime()
  const adapter = sqliteAdapter({ path, pollIntervalMs: 5, durability: 'process' })
  const random = seededRandom(1)
  const clock = { now: () => Date.now() }
  const logger = { log: () => undefined }
  const traffic = { sent: () => undefined, received: () => undefined }
  await adapter.open({ collections: [], scopes: [], logger, clock, random, traffic })
  const hub = createRealtime({
    adapter,
    ready: () => Promise.resolve(),
    clock,
    timers: time.scheduler,
    random,
    logger,
    collections: null,
    limits: { subscriptions: 10, sockets: 10, pageChanges: 1_000, requestMs: 30_000 },
    authenticate: async ({ token }) => {
      if (token !== 'good') throw new SyncError('UNAUTHENTICATED', 'Who are you?')
      const expiry = expiresAt === undefined ? {} : { expiresAt }
      return { principal: { id: 'ada', scopes: ['a'], ...expiry }, tag: 'ada' }
    },
    countRequest: () => undefined,
  })
  const server = createServer()
  server.on(
    'upgrade',
    createUpgradeListener({
      connect: hub.connect,
      fetch: async () => new Response(null, { status: 426 }),
    }),
  )
  await once(server.listen(0, '127.0.0.1'), 'listening')
  const { port } = server.address() as AddressInfo
  onTestFinished(async () => {
    await hub.close()
    server.close()
    await adapter.close()
  })
  return { adapter, hub, time, port }
}

async function headOf(adapter: BackendAdapter): Promise<Cursor> {
  const { cursor } = await adapter.pull({ scope: 'a', collections: [], cursor: null, limit: 0 }, signal)
  return cursor
}

let written = 0

async function write(adapter: BackendAdapter, recordId: string, data: { [key: string]: Json } = {}) {
  const { cursor, epoch } = await adapter.pull(
    { scope: 'a', collections: [], cursor: null, limit: 0 },
    signal,
  )
  const [current] = await adapter.fetch({ scope: 'a', collection: 'todos', ids: [recordId] }, signal)
  const mutation = {
    id: `w.${++written}`,
    collection: 'todos',
    recordId,
    kind: 'put' as const,
    base: current?.version ?? null,
    data: { id: recordId, ...data },
    time: `${written.toString(16).padStart(12, '0')}-0000-0000000000000001`,
    schema: 1,
  }
  const request = { scope: 'a', clientId: 'w', settled: 1, epoch, cursor, mutations: [mutation] }
  expect((await adapter.push(request, signal)).results).toMatchObject([{ status: 'accepted' }])
}

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
  const { adapter, port } = await startServer(newFile())
  const start = await headOf(adapter)
  await write(adapter, 'before')
  const first = await connect(port)
  await first.follow(start)
  const { cursor } = await first.readTo('before', start)
  first.socket.close()
  await once(first.socket, 'close')
  for (const id of ['x', 'y', 'x']) await write(adapter, id)
  const second = await connect(port)
  await second.follow(cursor)
  expect((await second.readTo('x', cursor)).ids).toEqual(['y', 'x'])
})

test('two servers on one file tell each other’s clients', async () => {
  const file = newFile()
  const [one, two] = [await startServer(file), await startServer(file)]
  const clients = [await connect(one.port), await connect(two.port)]
  const start = await headOf(one.adapter)
  for (const client of clients) await client.follow(start)
  await write(one.adapter, 'at one')
  const cursors: Cursor[] = []
  for (const client of clients) cursors.push((await client.readTo('at one', start)).cursor)
  await write(two.adapter, 'at two')
  for (const client of clients) expect((await client.readTo('at two', cursors[0]!)).ids).toEqual(['at two'])
})

test('who does not read is sent no more than fits, and goes on where it was', async () => {
  const { adapter, port } = await startServer(newFile())
  const client = await connect(port)
  const start = await headOf(adapter)
  await client.follow(start)
  client.socket.pause()
  const text = 'x'.repeat(100 * 1024)
  // Far more than all buffers between here and there.
  for (let n = 1; n <= 200; n++) await write(adapter, `large ${n % 2}`, { text, n })
  await write(adapter, 'small')
  client.socket.resume()
  const { ids } = await client.readTo('small', start)
  // What it had no room for was not kept, but read again: the latest of each record, once.
  expect(ids.length).toBeLessThan(150)
  expect(ids.slice(-3).toSorted()).toEqual(['large 0', 'large 1', 'small'])
})

test('who takes nothing for 30 seconds is closed with 1013, and catches up on a new connection', async () => {
  const { adapter, port, time } = await startServer(newFile())
  const client = await connect(port)
  const start = await headOf(adapter)
  await client.follow(start)
  client.socket.pause()
  const text = 'x'.repeat(100 * 1024)
  for (let n = 1; n <= 200; n++) await write(adapter, `large ${n % 2}`, { text, n })
  await time.advance(32_000)
  client.socket.resume()
  const [code] = (await once(client.socket, 'close')) as [number]
  expect(code).toBe(1013)
  const pages = client.heard.filter((message) => message.type === 'page')
  const cursor = pages.at(-1)!.page.cursor
  const again = await connect(port)
  await again.follow(cursor)
  await write(adapter, 'small')
  await again.readTo('small', cursor)
})

test('a token that expires closes the connection with 4401', async () => {
  const { adapter, port, time } = await startServer(newFile(), { expiresAt: Date.now() + 500 })
  const client = await connect(port)
  await client.follow(await headOf(adapter))
  const closed = once(client.socket, 'close')
  await expect.poll(() => time.advance(1_000).then(() => client.socket.readyState)).toBeGreaterThan(1)
  expect((await closed)[0]).toBe(4401)
  expect(client.heard).toMatchObject([{ type: 'error', code: 'AUTH_FAILED' }])
})

test('a server that closes says 1001', async () => {
  const { adapter, hub, port } = await startServer(newFile())
  const client = await connect(port)
  await client.follow(await headOf(adapter))
  await hub.close()
  expect((await once(client.socket, 'close'))[0]).toBe(1001)
})
