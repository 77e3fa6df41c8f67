/** A proxy that passes bytes on as they are, and counts them: for what crosses the wire, and for cutting it. */
import { connect, createServer, type Socket } from 'node:net'
import { listen } from './listen.ts'

export interface Relay {
  readonly url: string
  /** Bytes passed on so far, headers and all. */
  readonly toServer: number
  readonly toClient: number
  /** Upgrades to WebSockets are refused from now on, or are no longer. Those that stand are cut. */
  blockSockets(isBlocked: boolean): void
  /** Nothing of WebSockets is read from the server from now on, as if the client took nothing; or it is again. */
  stallSockets(isStalled: boolean): void
  /** Nothing passes from now on, or again. What stands is cut. */
  cut(isCut: boolean): void
  close(): Promise<void>
}

interface Pair {
  readonly client: Socket
  readonly server: Socket
  isUpgrade: boolean
}

const UPGRADE = /\r\nupgrade: websocket\r\n/i

/** Stands in front of the server at `port`. */
export async function createRelay(port: number): Promise<Relay> {
  const pairs = new Set<Pair>()
  let [toServer, toClient] = [0, 0]
  let [isBlocked, isCut] = [false, false]

  const end = (pair: Pair): void => {
    pairs.delete(pair)
    pair.client.destroy()
    pair.server.destroy()
  }
  const relay = createServer((client) => {
    if (isCut) return void client.destroy()
    const pair: Pair = { client, server: connect(port, '127.0.0.1'), isUpgrade: false }
    pairs.add(pair)
    for (const socket of [client, pair.server]) {
      socket.setNoDelay(true)
      socket.on('error', () => undefined).once('close', () => end(pair))
    }
    client.on('data', (chunk: Buffer) => {
      pair.isUpgrade ||= UPGRADE.test(chunk.toString('latin1'))
      if (pair.isUpgrade && isBlocked) return end(pair)
      toServer += chunk.length
      pair.server.write(chunk)
    })
    pair.server.on('data', (chunk: Buffer) => {
      toClient += chunk.length
      client.write(chunk)
    })
  })
  return {
    url: `http://127.0.0.1:${await listen(relay)}`,
    get toServer() {
      return toServer
    },
    get toClient() {
      return toClient
    },
    blockSockets(next) {
      isBlocked = next
      for (const pair of pairs) if (isBlocked && pair.isUpgrade) end(pair)
    },
    stallSockets(isStalled) {
      for (const { server, isUpgrade } of pairs) {
        if (!isUpgrade) continue
        if (isStalled) server.pause()
        else server.resume()
      }
    },
    cut(next) {
      isCut = next
      for (const pair of pairs) if (isCut) end(pair)
    },
    async close() {
      const closed = new Promise((resolve) => relay.close(resolve))
      for (const pair of pairs) end(pair)
      await closed
    },
  }
}
