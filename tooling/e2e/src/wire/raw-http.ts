/** Bytes over a socket, as no well-behaved client sends them. */
import { connect, type Socket } from 'node:net'

export interface RawSocket {
  readonly socket: Socket
  /** All that came so far, as Latin-1. */
  readonly received: string
  write(text: string | Buffer): void
  /** Resolves with what came, once `matches`; or, with what came until then, once the other side has closed. */
  until(matches: (received: string) => boolean): Promise<string>
  /** Resolves with what came, once the connection is gone. */
  readonly closed: Promise<string>
}

/** Opens a connection to the port on the loopback interface. */
export async function openRaw(port: number): Promise<RawSocket> {
  const socket = connect({ port, host: '127.0.0.1', allowHalfOpen: true })
  const listeners = new Set<() => void>()
  let received = ''
  let isClosed = false
  const tell = (): void => {
    for (const listener of listeners) listener()
  }
  const closed = new Promise<string>((resolve) => {
    socket.once('close', () => {
      isClosed = true
      tell()
      resolve(received)
    })
  })
  socket.on('data', (chunk: Buffer) => {
    received += chunk.toString('latin1')
    tell()
  })
  socket.on('end', () => socket.end())
  await new Promise<void>((resolve, reject) => socket.once('connect', resolve).once('error', reject))
  // Being reset is an end like any other here.
  socket.on('error', () => undefined)
  return {
    socket,
    closed,
    get received() {
      return received
    },
    write: (text) => void socket.write(text),
    until: (matches) =>
      new Promise((resolve) => {
        const look = (): void => {
          if (!isClosed && !matches(received)) return
          listeners.delete(look)
          resolve(received)
        }
        listeners.add(look)
        look()
      }),
  }
}

/** The status of the first answer in what came; null where there is none. */
export function statusOf(received: string): number | null {
  const status = /^HTTP\/1\.1 (\d{3}) /.exec(received)?.[1]
  return status === undefined ? null : Number(status)
}
