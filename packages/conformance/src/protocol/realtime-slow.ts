import { acceptedVersion } from '../adapter/test-client.ts'
import { assert, assertEqual } from '../expect.ts'
import { given, type ProtocolTest } from './bench.ts'
import { follow } from './following.ts'
import { openSocket } from './socket.ts'

const PATIENCE_MS = 100_000
const TIMEOUT_MS = 150_000

/** More than the buffers of an operating system take on the way. */
const MEGABYTES = 32

/** What a server does about clients that are as good as gone. It takes a minute and more to see that. */
export function realtimeSlowTests(test: ProtocolTest): void {
  test(
    'who answers nothing is taken for dead after 60 seconds',
    async ({ server, hello }) => {
      given(hello.capabilities.realtime || undefined, 'the server has no realtime')
      const began = Date.now()
      const socket = await openSocket(server, PATIENCE_MS)
      socket.mute()
      socket.send({ type: 'hello', protocol: 1, ...(server.token === null ? {} : { token: server.token }) })
      await socket.expect('welcome')
      await socket.closed()
      const tookMs = Date.now() - began
      assert(tookMs > 50_000, `Closed after ${tookMs} ms`)
    },
    TIMEOUT_MS,
  )

  test(
    'who takes nothing for 30 seconds is closed with 1013, and catches up by a pull',
    async (bench) => {
      const [writer, reader] = [await bench.client(), await bench.client()]
      const { server } = bench
      const socket = await openSocket(server, PATIENCE_MS)
      try {
        const pause = given(socket.pause, 'the sockets of this platform always read')
        socket.send({ type: 'hello', protocol: 1, ...(server.token === null ? {} : { token: server.token }) })
        await socket.expect('welcome')
        await follow(socket, reader)
        pause()
        const text = 'x'.repeat(128 * 1024)
        const ids = Array.from({ length: MEGABYTES * 8 }, () => bench.name())
        for (const recordId of ids) {
          const [result] = await writer.push([writer.edit({ recordId, data: { id: recordId, text } })])
          acceptedVersion(result)
        }
        // Nobody else is kept waiting meanwhile.
        const other = await bench.socket()
        await other.assertQuiet()
        await new Promise((resolve) => setTimeout(resolve, 35_000))
        socket.resume()
        assertEqual(await socket.closed(), 1013, 'closed with')
        await reader.pullAll()
        assert(
          ids.every((recordId) => reader.get(recordId) !== undefined),
          'The pull brought all of it',
        )
      } finally {
        socket.resume()
        await socket.close()
      }
    },
    TIMEOUT_MS,
  )
}
