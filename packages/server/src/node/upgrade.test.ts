import { EventEmitter, once } from 'node:events'
import { createServer, type IncomingMessage } from 'node:http'
import { type AddressInfo, connect } from 'node:net'
import { expect, onTestFinished, test } from 'vitest'
import { WebSocket } from 'ws'
import type { RequestHead, ServerSocket, SocketHandler } from '../contract.ts'
import { createUpgradeListener } from './upgrade.ts'

interface Setup {
  readonly answer?: (request: Request) => Response | Promise<Response>
  readonly handler?: Partial<SocketHandler>
}

/** An HTTP server whose sockets end up in this test. */
async function start({ answer = () => new Response(null, { status: 426 }), handler = {} }: Setup = {}) {
  const accepted: { socket: ServerSocket; head: RequestHead }[] = []
  const heard: string[] = []
  const server = createServer()
  server.on(
    'upgrade',
    createUpgradeListener({
      fetch: async (request) => answer(request),
      connect(socket, head) {
        accepted.push({ socket, head })
        return {
          message: (text) => void heard.push(text),
          drained: () => void heard.push('(drained)'),
          closed: () => void heard.push('(closed)'),
          ...handler,
        }
      },
    }),
  )
  await once(server.listen(0, '127.0.0.1'), 'listening')
  const { port } = server.address() as AddressInfo
  onTestFinished(() => void server.close())
  const open = async (protocols = ['synclayer.1'], headers: Record<string, string> = {}) => {
    const client = new WebSocket(`ws://127.0.0.1:${port}/sync/ws?x=1`, protocols, { headers })
    onTestFinished(() => client.terminate())
    await once(client, 'open')
    return client
  }
  return { accepted, heard, port, open }
}

test('hands over the socket, its messages, what was asked for, and its end', async () => {
  const { accepted, heard, open } = await start()
  const client = await open(['other', 'synclayer.1'], { 'X-Forwarded-For': '10.0.0.1' })
  expect(client.protocol).toBe('synclayer.1')
  expect(client.extensions).toBe('')
  const { socket, head } = accepted[0]!
  expect([head.method, head.url.pathname, head.url.search]).toEqual(['GET', '/sync/ws', '?x=1'])
  expect([head.header('x-forwarded-for'), head.header('cookie')]).toEqual(['10.0.0.1', null])

  const arrived = once(client, 'message')
  socket.send('grüße')
  expect(String((await arrived)[0])).toBe('grüße')
  expect(socket.bufferedBytes).toBe(0)
  expect(heard).toEqual(['(drained)'])

  client.send('{}')
  client.send(Buffer.from('{}'))
  client.close(1000)
  await once(client, 'close')
  // A binary frame is no message.
  await expect.poll(() => heard).toEqual(['(drained)', '{}', '', '(closed)'])
})

test('closes with the code and the reason', async () => {
  const { accepted, open } = await start()
  const client = await open()
  accepted[0]!.socket.close(4401, 'AUTH_FAILED')
  const [code, reason] = (await once(client, 'close')) as [number, Buffer]
  expect([code, String(reason)]).toEqual([4401, 'AUTH_FAILED'])
})

test('gives the server’s answer where it is not 426', async () => {
  const asked: string[] = []
  const { accepted, port } = await start({
    answer: (request) => {
      asked.push(request.url, request.headers.get('origin')!)
      return Response.json({ error: { code: 'FORBIDDEN', message: 'no' } }, { status: 403 })
    },
  })
  const client = new WebSocket(`ws://127.0.0.1:${port}/sync/ws`, 'synclayer.1', {
    origin: 'https://evil.example',
  })
  const [, response] = (await once(client, 'unexpected-response')) as [unknown, IncomingMessage]
  expect(response.statusCode).toBe(403)
  expect(response.headers['content-type']).toBe('application/json')
  const [body] = (await once(response, 'data')) as [Buffer]
  expect(JSON.parse(String(body))).toEqual({ error: { code: 'FORBIDDEN', message: 'no' } })
  expect(asked).toEqual([`http://127.0.0.1:${port}/sync/ws`, 'https://evil.example'])
  expect(accepted).toEqual([])
})

test.each<readonly [string, string[]]>([
  ['none', []],
  ['another', ['graphql-ws', 'synclayer.2']],
])('refuses a socket of %s of our subprotocols', async (_, protocols) => {
  const { accepted, port } = await start()
  const client = new WebSocket(`ws://127.0.0.1:${port}/sync/ws`, protocols)
  const [, response] = (await once(client, 'unexpected-response')) as [unknown, { statusCode: number }]
  expect(response.statusCode).toBe(400)
  expect(accepted).toEqual([])
  client.on('error', () => undefined)
})

test('cuts off what is far too large, before it has come', async () => {
  const { heard, open } = await start()
  const client = await open()
  client.send('x'.repeat(3 * 1024 * 1024))
  const [code] = (await once(client, 'close')) as [number]
  expect(code).toBe(1009)
  await expect.poll(() => heard).toEqual(['(closed)'])
})

test.each([
  'GET /sync/ws HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Protocol: synclayer.1\r\n\r\n',
  'GET //:99999999/ HTTP/1.1\r\nHost: :::\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n',
])('answers 400 to what is no handshake: %j', async (request) => {
  const { accepted, port } = await start()
  const socket = connect(port, '127.0.0.1')
  socket.write(request)
  const [answer] = (await once(socket, 'data')) as [Buffer]
  expect(String(answer)).toMatch(/^HTTP\/1.1 400 /)
  socket.destroy()
  expect(accepted).toEqual([])
})

test('a client that vanishes while it is asked for, or later, harms nothing', async () => {
  const asking = new EventEmitter()
  const { accepted, heard, port, open } = await start({
    answer: ({ headers }) => {
      if (headers.get('x-slow') === null) return new Response(null, { status: 426 })
      asking.emit('asked')
      return once(asking, 'answer').then(() => new Response(null, { status: 426 }))
    },
  })
  const early = new WebSocket(`ws://127.0.0.1:${port}/sync/ws`, 'synclayer.1', { headers: { 'x-slow': '1' } })
  early.on('error', () => undefined)
  await once(asking, 'asked')
  early.terminate()
  await new Promise((resolve) => early.once('close', resolve))
  asking.emit('answer')
  const late = await open()
  late.terminate()
  await expect.poll(() => heard).toContain('(closed)')
  const { socket } = accepted.at(-1)!
  socket.send('too late')
  socket.close(1000, 'gone')
})
