/** A proxy that passes bytes on as they are, and counts them: for what crosses the wire, and for cutting it. */
import { connect, createServer, type Socket } from 'node:net'
import { listen } from './listen.ts'

/** Bytes, headers and all. */
export interface Traffic {
  readonly requests: number
  readonly toServer: number
  readonly toClient: number
}

export interface Relay {
  readonly url: string
  /** What crossed so far, by the path that was asked for; what a WebSocket says counts for the path of its request. */
  traffic(): ReadonlyMap<string, Traffic>
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
  path: string
  isUpgrade: boolean
}

/** Clients here do not ask again before they were answered, so a request begins where a piece of the stream does. */
const REQUEST = /^(?:GET|POST) (\S+) HTTP\/1\.1\r\n/
const UPGRADE = /\r\nupgrade: websocket\r\n/i

/** Stands in front of the server at `port`. */
export async function createRelay(port: number): Promise<Relay> {
  const pairs = new Set<Pair>()
  const counts = new Map<string, { -readonly [Name in keyof Traffic]: number }>()
  let [isBlocked, isCut] = [false, false]

  const count = (path: string, what: keyof Traffic, more: number): void => {
    const traffic = counts.get(path) ?? { requests: 0, toServer: 0, toClient: 0 }
    traffic[what] += more
    counts.set(path, traffic)
  }
  const end = (pair: Pair): void => {
    pairs.delete(pair)
    pair.client.destroy()
    pair.server.destroy()
  }
  const passToServer = (pair: Pair, chunk: Buffer): void => {
    const text = pair.isUpgrade ? '' : chunk.toString('latin1')
    const path = REQUEST.exec(text)?.[1]
    if (path !== undefined) {
      pair.path = path
      pair.isUpgrade = UPGRADE.test(text)
      count(path, 'requests', 1)
    }
    if (pair.isUpgrade && isBlocked) {
      end(pair)
      return
    }
    count(pair.path, 'toServer', chunk.length)
    pair.server.write(chunk)
  }
  const relay = createServer((client) => {
    if (isCut) return void client.destroy()
    const pair: Pair = { client, server: connect(port, '127.0.0.1'), path: '', isUpgrade: false }
    pairs.add(pair)
    for (const socket of [client, pair.server]) {
      socket.setNoDelay(true)
      socket.on('error', () => undefined).once('close', () => end(pair))
    }
    client.on('data', (chunk: Buffer) => passToServer(pair, chunk))
    pair.server.on('data', (chunk: Buffer) => {
      count(pair.path, 'toClient', chunk.length)
      client.write(chunk)
    })
  })
  return {
    url: `http://127.0.0.1:${await listen(relay)}`,
    traffic: () => new Map([...counts].map(([path, traffic]) => [path, { ...traffic }])),
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
