/** A proxy that understands what it passes on, and does to it what networks do. */
import { createServer } from 'node:http'
import type { Socket } from 'node:net'
import { createFates } from './fates.ts'
import { answerFaultily, reset } from './http-faults.ts'
import { listen } from './listen.ts'
import { passSocketFaultily } from './socket-faults.ts'

export interface FaultProxy {
  readonly url: string
  /** How often each fate was met, by its name. */
  readonly tally: ReadonlyMap<string, number>
  /** From now on everything passes. */
  calm(): void
  close(): Promise<void>
}

/** Stands in front of the server at `port`. The same seed draws the same fates in the same order. */
export async function createFaultProxy(port: number, seed: number): Promise<FaultProxy> {
  const fates = createFates(seed)
  const sockets = new Set<Socket>()
  const server = createServer((request, response) => {
    // A server that is down, or goes down meanwhile, is a broken connection.
    answerFaultily(port, fates, request, response).catch(() => reset(request.socket))
  })
  server.on('connection', (socket) => {
    sockets.add(socket)
    socket.on('error', () => undefined).once('close', () => sockets.delete(socket))
  })
  server.on('upgrade', (request, socket) => passSocketFaultily(port, fates, request, socket as Socket))
  return {
    url: `http://127.0.0.1:${await listen(server)}`,
    tally: fates.tally,
    calm: () => fates.calm(true),
    async close() {
      const closed = new Promise((resolve) => server.close(resolve))
      for (const socket of sockets) socket.destroy()
      await closed
    },
  }
}
