/** A proxy before the server that is bad to what is synced, as it is told to; the app itself passes. */
import { createServer } from 'node:http'
import type { Socket } from 'node:net'
import { createFates, type HttpFate } from '../../wire/proxy/fates.ts'
import { answerFaultily, reset } from '../../wire/proxy/http-faults.ts'
import { listen } from '../../wire/proxy/listen.ts'
import { passSocketFaultily } from '../../wire/proxy/socket-faults.ts'

export interface SyncProxy {
  readonly url: string
  /** What is to become of the next push. Resolves once that has begun. */
  nextPush(fate: HttpFate): Promise<void>
  /** From now on, until it is calm, all kinds of things happen: which, the seed says. */
  storm(seed: number): void
  calm(): void
  /** How often each fate was met in the storm. */
  readonly tally: ReadonlyMap<string, number>
  close(): Promise<void>
}

/** Stands in front of the server at `port`. */
export async function createSyncProxy(port: number): Promise<SyncProxy> {
  const fine = createFates(1)
  fine.calm(true)
  let fates = fine
  let storm = fine
  const script: { readonly fate: HttpFate; begun(): void }[] = []
  const sockets = new Set<Socket>()
  const server = createServer((request, response) => {
    const next = request.url === '/sync/push' ? script.shift() : undefined
    next?.begun()
    const ofSync = request.url?.startsWith('/sync/') === true ? fates : fine
    const chosen = next === undefined ? ofSync : { ...fine, http: () => next.fate }
    answerFaultily(port, chosen, request, response).catch(() => reset(request.socket))
  })
  server.on('connection', (socket) => {
    sockets.add(socket)
    socket.on('error', () => undefined).once('close', () => sockets.delete(socket))
  })
  server.on('upgrade', (request, socket) => passSocketFaultily(port, fates, request, socket as Socket))
  return {
    url: `http://127.0.0.1:${await listen(server)}`,
    nextPush: (fate) => new Promise((begun) => script.push({ fate, begun })),
    storm(seed) {
      fates = storm = createFates(seed)
    },
    calm() {
      // Sockets that stand know the storm's fates.
      storm.calm(true)
      fates = fine
    },
    get tally() {
      return storm.tally
    },
    async close() {
      const closed = new Promise((resolve) => server.close(resolve))
      for (const socket of sockets) socket.destroy()
      await closed
    },
  }
}
