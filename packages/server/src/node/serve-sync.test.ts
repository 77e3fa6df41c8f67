import { once } from 'node:events'
import { Agent, type IncomingMessage, request as httpRequest } from 'node:http'
import { connect, type Socket } from 'node:net'
import { afterEach, describe, expect, test } from 'vitest'
import type { SyncServer } from '../contract.ts'
import { createServerLab, type LabOptions, PULL, put } from '../testing/server-lab.ts'
import { serveSync, type ServeOptions, type Serving } from './serve-sync.ts'

const open: Serving[] = []
afterEach(async () => {
  await Promise.all(open.splice(0).map((serving) => serving.close()))
})

async function serve(options: Partial<ServeOptions> = {}, lab: LabOptions = {}): Promise<Serving> {
  const serving = await serveSync({ server: createServerLab(lab).server, port: 0, ...options })
  open.push(serving)
  return serving
}

/** A server that answers in a way of its own. */
const answering = (fetch: SyncServer['fetch']): ServeOptions['server'] => ({
  fetch,
  connect: () => ({ message: () => undefined, drained: () => undefined, closed: () => undefined }),
  close: () => Promise.resolve(),
})

async function dial({ port }: Serving, text: string): Promise<Socket> {
  const socket = connect(port, '127.0.0.1')
  socket.on('error', () => undefined)
  await once(socket, 'connect')
  socket.write(text)
  return socket
}

/** All that is answered until the connection ends. */
async function readAll(socket: Socket): Promise<string> {
  let text = ''
  socket.setEncoding('utf8')
  socket.on('data', (chunk: string) => (text += chunk))
  await new Promise((resolve) => socket.once('close', resolve))
  return text
}

const post = (body: string, length = body.length): string =>
  `POST /sync/pull HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ada\r\nContent-Type: application/json\r\nContent-Length: ${length}\r\n\r\n${body}`

describe('serveSync', () => {
  test.each<readonly [string, unknown]>([
    ['options', null],
    ['server', { server: {} }],
    ['port', { port: 70_000 }],
    ['port', { port: '80' }],
    ['host', { host: '' }],
    ['headersMs', { headersMs: 0 }],
    ['requestMs', { requestMs: -1 }],
    ['keepAliveMs', { keepAliveMs: 0.5 }],
    ['closeMs', { closeMs: '1s' }],
    ['prot', { prot: 80 }],
  ])('an unsound %s is INVALID_OPTION and named', async (option, options) => {
    const given = options === null ? null : { server: answering(fetch), ...(options as object) }
    await expect(serveSync(given as ServeOptions)).rejects.toMatchObject({
      code: 'INVALID_OPTION',
      details: { option },
    })
  })

  test('tells where it is reached; a port that is taken is NETWORK', async () => {
    const { url, port } = await serve()
    expect(url).toBe(`http://127.0.0.1:${port}`)
    expect((await fetch(`${url}/health`)).status).toBe(200)
    await expect(serveSync({ server: answering(fetch), port })).rejects.toMatchObject({ code: 'NETWORK' })
  })

  test('keeps connections', async () => {
    const { port } = await serve()
    const agent = new Agent({ keepAlive: true, maxSockets: 1 })
    const ports = new Set<unknown>()
    for (let n = 0; n < 3; n++) {
      const request = httpRequest({ port, path: '/health', agent }).end()
      const [answer] = (await once(request, 'response')) as [IncomingMessage]
      ports.add(answer.socket.localPort)
      await once(answer.resume(), 'end')
    }
    expect(ports.size).toBe(1)
    agent.destroy()
  })

  test('answers requests that are no requests with 400', async () => {
    const serving = await serve()
    for (const head of [
      'GET http://evil.test/sync HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n',
      'GET /sync HTTP/1.1\r\nHost: a b\r\nConnection: close\r\n\r\n',
      'GET /sync HTTP/1.1\r\nConnection: close\r\n\r\n',
      'TRACE /sync HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n',
      'hello\r\n\r\n',
    ]) {
      expect(await readAll(await dial(serving, head))).toMatch(/^HTTP\/1\.1 400 /)
    }
  })

  test('cuts off who does not end the head of a request, or its body', async () => {
    const serving = await serve({ headersMs: 40, requestMs: 80 })
    for (const text of ['GET /sync HTTP/1.1\r\nHost:', post('{"scope"', 5_000)]) {
      expect(await readAll(await dial(serving, text))).toMatch(/^HTTP\/1\.1 408 /)
    }
  })

  test('a body that is too slow for the server is answered 408 and cut off', async () => {
    const serving = await serve({}, { limits: { requestMs: 30 } })
    const answer = await readAll(await dial(serving, post('{"scope"', 5_000)))
    expect(answer).toMatch(/^HTTP\/1\.1 408 [^]*"code":"TIMEOUT"/)
  })

  test('a body that is refused in the middle is listened to until its answer was taken', async () => {
    const serving = await serve({}, { limits: { bodyBytes: 200_000 } })
    const request = httpRequest({
      port: serving.port,
      path: '/sync/pull',
      method: 'POST',
      headers: { Authorization: 'Bearer ada', 'Content-Type': 'application/json' },
    })
    const chunk = 'x'.repeat(100_000)
    for (let n = 0; n < 30; n++) request.write(chunk)
    request.end()
    const [answer] = (await once(request, 'response')) as [IncomingMessage]
    expect(answer.statusCode).toBe(413)
    await once(answer.resume(), 'end')
    expect((await fetch(`${serving.url}/health`)).status).toBe(200)
  })

  test('tells the backend to stop when the client hangs up', async () => {
    let begun = (): void => undefined
    const reading = new Promise<void>((resolve) => (begun = resolve))
    let stop = (): void => undefined
    const stopped = new Promise<void>((resolve) => (stop = () => resolve()))
    const serving = await serve(
      {},
      {
        faults: () => ({
          pull: (_, signal) => {
            signal.addEventListener('abort', stop)
            begun()
            return new Promise(() => undefined)
          },
        }),
      },
    )
    const socket = await dial(serving, post(JSON.stringify(PULL)))
    await reading
    socket.destroy()
    await expect(stopped).resolves.toBeUndefined()
  })

  test('makes no more of an answer than the client takes, and none once it has gone', async () => {
    let pieces = 0
    let cancel = (): void => undefined
    const cancelled = new Promise<void>((resolve) => (cancel = resolve))
    const endless = (): Response =>
      new Response(
        new ReadableStream({
          pull(controller) {
            pieces += 1
            controller.enqueue(new Uint8Array(64 * 1024))
          },
          cancel,
        }),
      )
    const serving = await serve({ server: answering(() => Promise.resolve(endless())) })
    const socket = await dial(serving, 'GET / HTTP/1.1\r\nHost: x\r\n\r\n')
    await once(socket, 'readable')
    // What the sockets of both sides hold, and a little more.
    let before = -1
    while (pieces !== before) {
      before = pieces
      for (let turn = 0; turn < 50; turn++) await new Promise((resolve) => setImmediate(resolve))
    }
    expect(pieces * 64).toBeLessThan(64 * 1024)
    socket.destroy()
    await cancelled
  })

  test('sends large pages whole', async () => {
    const lab = createServerLab()
    const serving = await serve({ server: lab.server })
    const text = 'Grüße 🌍 '.repeat(1_000)
    await lab.push(Array.from({ length: 200 }, (_, n) => put(n + 1, { data: { id: `r${n + 1}`, text } })))
    for (const encoding of ['gzip', 'identity']) {
      const answer = await fetch(`${serving.url}/sync/pull`, {
        method: 'POST',
        headers: {
          Authorization: 'Bearer ada',
          'Content-Type': 'application/json',
          'Accept-Encoding': encoding,
        },
        body: JSON.stringify({ ...PULL, limit: 1_000 }),
      })
      const page = (await answer.json()) as { changes: { data: { text: string } }[] }
      expect(page.changes).toHaveLength(200)
      expect(page.changes.every(({ data }) => data.text === text)).toBe(true)
    }
  })
})

describe('close', () => {
  test('answers what was begun, keeps no connection, and takes no more', async () => {
    let begun = (): void => undefined
    const reading = new Promise<void>((resolve) => (begun = resolve))
    let release = (): void => undefined
    const held = new Promise<void>((resolve) => (release = resolve))
    let closedAfter: unknown
    const serving = await serve(
      {},
      {
        faults: (whole) => ({
          async pull(request, signal) {
            begun()
            await held
            return whole.pull(request, signal)
          },
          close() {
            closedAfter = answered
            return whole.close()
          },
        }),
      },
    )
    let answered = false
    const socket = await dial(serving, post(JSON.stringify(PULL)))
    const idle = await dial(serving, '')
    await reading
    const closing = serving.close()
    expect(serving.close()).toBe(closing)
    const answer = readAll(socket).then((text) => {
      answered = true
      return text
    })
    await once(idle, 'close')
    await expect(fetch(`${serving.url}/health`)).rejects.toThrow('fetch failed')
    release()
    expect(await answer).toMatch(/^HTTP\/1\.1 200 [^]*"hasMore":false/)
    await closing
    expect(closedAfter).not.toBeUndefined()
  })

  test('does not wait for connections that no request has come over', async () => {
    const serving = await serve({ closeMs: 600_000 })
    const spare = await dial(serving, '')
    const begun = await dial(serving, 'GET /hea')
    const ends = [spare, begun].map((socket) => new Promise((resolve) => socket.once('close', resolve)))
    await expect(serving.close()).resolves.toBeUndefined()
    await Promise.all(ends)
  })

  test('does not wait for those who never take their answer', async () => {
    const stuck = (): Response =>
      new Response(
        new ReadableStream({ pull: (controller) => controller.enqueue(new Uint8Array(1_000_000)) }),
      )
    const serving = await serve({ closeMs: 30, server: answering(() => Promise.resolve(stuck())) })
    const socket = await dial(serving, 'GET / HTTP/1.1\r\nHost: x\r\n\r\n')
    await once(socket, 'readable')
    await expect(serving.close()).resolves.toBeUndefined()
  })
})
