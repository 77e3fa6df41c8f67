/** A port that nobody listens on. */
import { once } from 'node:events'
import { createServer } from 'node:net'

// Below those that systems give to outgoing connections: a server that was killed finds its port free again.
const FIRST = 20_000
const COUNT = 10_000

export async function freePort(): Promise<number> {
  for (;;) {
    const port = FIRST + Math.floor(Math.random() * COUNT)
    if (await isFree(port)) return port
  }
}

async function isFree(port: number): Promise<boolean> {
  const server = createServer()
  try {
    server.listen(port, '127.0.0.1')
    await once(server, 'listening')
  } catch {
    return false
  }
  server.close()
  await once(server, 'close')
  return true
}
