import { once } from 'node:events'
import { Agent, createServer, type IncomingMessage, request as httpRequest } from 'node:http'
import type { AddressInfo, Socket } from 'node:net'
import { expect, onTestFinished, test } from 'vitest'
import { createRequestListener } from './request-listener.ts'

/** A server that answers without a look at the body, and a client that keeps its one connection. */
async function start(): Promise<{
  /** Resolves once the answer has come, and the server is done with the request. */
  ask(body: string): Promise<{ status: number; socket: Socket }>
}> {
  const fetch = async (): Promise<Response> => Response.json({ error: {} }, { status: 401 })
  const server = createServer(createRequestListener({ fetch }))
  await once(server.listen(0, '127.0.0.1'), 'listening')
  const { port } = server.address() as AddressInfo
  const agent = new Agent({ keepAlive: true, maxSockets: 1 })
  onTestFinished(() => {
    agent.destroy()
    server.close()
  })
  return {
    ask: async (body) => {
      const done = once(server, 'request').then(([incoming]) => once(incoming as IncomingMessage, 'close'))
      const asking = httpRequest({ host: '127.0.0.1', port, method: 'POST', agent })
      asking.end(body)
      const [answer] = (await once(asking, 'response')) as [IncomingMessage]
      const { socket } = answer
      answer.resume()
      await Promise.all([once(answer, 'end'), done])
      return { status: answer.statusCode ?? 0, socket }
    },
  }
}

test('a connection whose body nobody read is kept, and not cut off under its next request', async () => {
  const { ask } = await start()
  const { socket } = await ask('{"a":1}')
  expect(socket.destroyed).toBe(false)
  const again = await ask('x'.repeat(100_000))
  expect([again.status, again.socket === socket]).toEqual([401, true])
})
