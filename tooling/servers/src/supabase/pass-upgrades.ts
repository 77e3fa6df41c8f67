/** Passes WebSockets on to a project that runs elsewhere, byte by byte. */
import { connect, type Socket } from 'node:net'
import { connect as connectSecurely } from 'node:tls'
import type { IncomingMessage } from 'node:http'
import type { Duplex } from 'node:stream'

export function passUpgrades(projectUrl: string): {
  readonly upgrade: (request: IncomingMessage, socket: Duplex, head: Buffer) => void
  readonly connections: () => number
  readonly cutOff: () => void
} {
  const { protocol, hostname, port, host } = new URL(projectUrl)
  const open = new Set<Duplex>()
  const dial = (): Socket =>
    protocol === 'https:'
      ? connectSecurely({ host: hostname, port: Number(port) || 443, servername: hostname })
      : connect(Number(port) || 80, hostname)
  return {
    upgrade(request, socket, head) {
      const onward = dial()
      open.add(socket)
      const end = (): void => {
        open.delete(socket)
        socket.destroy()
        onward.destroy()
      }
      for (const side of [socket, onward]) side.on('error', end).on('close', end)
      const headers = Object.entries({ ...request.headers, host }).map(
        ([name, value]) => `${name}: ${String(value)}`,
      )
      onward.write(`GET ${request.url} HTTP/1.1\r\n${headers.join('\r\n')}\r\n\r\n`)
      onward.write(head)
      socket.pipe(onward).pipe(socket)
    },
    connections: () => open.size,
    cutOff() {
      for (const socket of open) socket.destroy()
    },
  }
}
