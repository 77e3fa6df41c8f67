import { type SocketErrorCode, SOCKET_ERRORS } from '@synclayer/core/protocol'
import { assert, assertEqual } from '../expect.ts'
import { given, type ProtocolBench, type ProtocolTest } from './bench.ts'
import { follow } from './following.ts'
import { openSocket, type TestSocket } from './socket.ts'

const IDLE_MS = 45_000

/** What goes wrong on a socket, how it is told, and with which code the socket is closed. */
export function realtimeErrorTests(test: ProtocolTest): void {
  test('without a good token the socket is closed', async (bench) => {
    const { token, expiredToken } = bench.server
    given(token, 'the server asks for no token')
    for (const wrong of [null, 'nobody', '', ...(expiredToken === undefined ? [] : [expiredToken])]) {
      const socket = await bench.socket({ silent: true })
      socket.send({ type: 'hello', protocol: 1, ...(wrong === null ? {} : { token: wrong }) })
      await assertEnds(socket, 'AUTH_FAILED')
    }
  })

  test('a token in the address opens no socket', async (bench) => {
    const token = given(bench.server.token, 'the server asks for no token')
    await (await bench.socket()).close()
    const path = `/sync/ws?token=${encodeURIComponent(token)}`
    const opened = await openSocket(bench.server, bench.patienceMs, path).catch(() => undefined)
    if (opened === undefined) return
    await opened.close()
    throw new Error('The socket was opened')
  })

  test('before hello nothing else is said', async (bench) => {
    const { scope } = bench.server
    const early = [
      { type: 'subscribe', id: 1, scope, collections: [], cursor: null },
      { type: 'unsubscribe', id: 1 },
      { type: 'ping' },
    ] as const
    for (const message of early) {
      const socket = await bench.socket({ silent: true })
      socket.send(message)
      await assertEnds(socket, 'INVALID_MESSAGE')
    }
  })

  test('hello is said once, and in a version the server speaks', async (bench) => {
    const twice = await bench.socket()
    twice.send({ type: 'hello', protocol: 1 })
    await assertEnds(twice, 'INVALID_MESSAGE')
    const { token } = bench.server
    const newer = await bench.socket({ silent: true })
    newer.send({ type: 'hello', protocol: 999, ...(token === null ? {} : { token }) })
    await assertEnds(newer, 'INVALID_MESSAGE')
  })

  for (const [what, data] of Object.entries({
    'no JSON': '{',
    'no message': '{"type":"dance"}',
    'no object': '[]',
    'a message with a wrong member': '{"type":"unsubscribe","id":"1"}',
    'a message of a server': '{"type":"wake","id":1}',
    'a binary frame': new TextEncoder().encode('{"type":"ping"}'),
    'more than 1 MiB': `{"type":"ping","filler":"${'x'.repeat(1024 * 1024)}"}`,
    'nesting without end': `{"type":"ping","deep":${'['.repeat(200_000)}`,
  })) {
    test(`${what} ends the socket`, async (bench) => {
      const socket = await bench.socket()
      socket.sendRaw(data)
      await assertEnds(socket, 'INVALID_MESSAGE')
      await (await bench.socket()).close()
    })
  }

  test('a scope that was not granted ends that subscription, and no other', async (bench) => {
    given(bench.server.token, 'the server asks for no token')
    const [writer, reader] = [await bench.client(), await bench.client()]
    const socket = await bench.socket()
    const following = await follow(socket, reader, { id: 1 })
    socket.send({
      type: 'subscribe',
      id: 2,
      scope: 'not granted',
      collections: [{ name: 'todos' }],
      cursor: null,
    })
    const { id, code } = await socket.expect('error')
    assertEqual([id, code], [2, 'UNAUTHORIZED'], 'the error')
    await writer.write({ recordId: bench.name() })
    await following.read(1)
  })

  test('a socket ends with the token it was opened with', async (bench) => {
    const brief = given(bench.server.briefToken, 'no token that expires soon')
    const [socket, other] = [await bench.socket({ token: await brief() }), await bench.socket()]
    await follow(socket, await bench.client())
    await assertEnds(socket, 'AUTH_FAILED')
    await other.assertQuiet()
  })

  test('a scope that was taken back is told as such', async (bench) => {
    const token = given(bench.server.revokedToken, 'no token whose scope was taken back')
    const socket = await bench.socket({ token })
    const { scope } = bench.server
    socket.send({ type: 'subscribe', id: 3, scope, collections: [{ name: 'todos' }], cursor: null })
    const { id, code, details } = await socket.expect('error')
    assertEqual([id, code, details?.['code']], [3, 'UNAUTHORIZED', 'SCOPE_REVOKED'], 'the error')
    await socket.assertQuiet()
  })

  test('another principal is told nothing of the scope', async (bench) => {
    const token = given(bench.server.otherToken, 'no token without the scope')
    const writer = await bench.client()
    const socket = await bench.socket({ token })
    const { scope, cursor } = writer
    socket.send({ type: 'subscribe', id: 0, scope, collections: [{ name: 'todos' }], cursor })
    const { id, code } = await socket.expect('error')
    assertEqual([id, code], [0, 'UNAUTHORIZED'], 'the error')
    await writer.write({ recordId: bench.name() })
    await socket.assertQuiet()
  })

  test('a cursor that is none is no end of the connection', async (bench) => {
    const [writer, reader] = [await bench.client(), await bench.client()]
    const socket = await bench.socket()
    const following = await follow(socket, reader, { id: 1 })
    const { scope } = reader
    socket.send({ type: 'subscribe', id: 2, scope, collections: [{ name: 'todos' }], cursor: 'no cursor' })
    let message = await socket.next()
    if (message.type === 'subscribed') message = await socket.next()
    assert(message.type === 'wake' || message.type === 'error', `It is told by ${message.type}`)
    assertEqual(message.id, 2, 'the subscription that is told')
    socket.send({ type: 'unsubscribe', id: 2 })
    await socket.assertQuiet()
    await writer.write({ recordId: bench.name() })
    await following.read(1)
  })

  test('who asks for too much is told so', async (bench) => {
    const url = given(bench.server.limitedUrl, 'no server with a small limit')
    const { token, scope } = bench.server
    const socket = await openSocket({ ...bench.server, url }, bench.patienceMs)
    try {
      socket.send({ type: 'hello', protocol: 1, ...(token === null ? {} : { token }) })
      await socket.expect('welcome')
      for (let id = 0; id <= 100; id++)
        socket.send({ type: 'subscribe', id, scope, collections: [{ name: 'todos' }], cursor: null })
      let message = await socket.next()
      while (message.type !== 'error') message = await socket.next()
      assertEqual(message.code, 'RATE_LIMIT_EXCEEDED', 'code')
      if (message.id === undefined) assertEqual(await socket.closed(), 4429, 'closed with')
    } finally {
      await socket.close()
    }
  })

  test('members nobody knows are passed over', async (bench) => {
    const socket = await bench.socket()
    socket.sendRaw('{"type":"ping","future":{"member":[1]}}')
    await socket.expect('pong')
  })

  test(
    'who is silent is asked after 30 seconds, and who never says hello is closed after 10',
    async (bench) => {
      const slow = { ...bench, patienceMs: IDLE_MS }
      await Promise.all([assertPinged(slow), assertHelloDue(slow)])
    },
    IDLE_MS + 15_000,
  )
}

async function assertPinged({ server, patienceMs }: ProtocolBench): Promise<void> {
  const socket = await openSocket(server, patienceMs)
  try {
    socket.send({ type: 'hello', protocol: 1, ...(server.token === null ? {} : { token: server.token }) })
    await socket.expect('welcome')
    await socket.pinged()
    await socket.assertQuiet()
  } finally {
    await socket.close()
  }
}

async function assertHelloDue({ server, patienceMs }: ProtocolBench): Promise<void> {
  const began = Date.now()
  const socket = await openSocket(server, patienceMs)
  const message = await socket.next()
  assert(message.type === 'error', `It is told by ${message.type}`)
  const { close } = SOCKET_ERRORS[message.code]
  assert([4400, 4401].includes(close), `The error ${message.code}`)
  assertEqual(await socket.closed(), close, 'closed with')
  const tookMs = Date.now() - began
  assert(tookMs > 5_000 && tookMs < 20_000, `Closed after ${tookMs} ms`)
}

/** It is told what is wrong, of the whole connection, and then it is closed with the code for that. */
async function assertEnds(socket: TestSocket, code: SocketErrorCode): Promise<void> {
  const error = await socket.expect('error')
  assertEqual([error.id, error.code], [undefined, code], 'the error')
  assertEqual(await socket.closed(), SOCKET_ERRORS[code].close, 'closed with')
}
