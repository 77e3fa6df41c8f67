/** The connections of a node:http server, so that it can be closed without cutting an answer short. */
import type { IncomingMessage, Server, ServerResponse } from 'node:http'
import type { Socket } from 'node:net'

export interface Connections {
  /**
   * Takes no more of them, and ends each as soon as nothing is being answered over it. Those that became WebSockets are left
   * to their owner.
   */
  end(): void
  /** Cuts all of them off. */
  destroy(): void
}

/**
 * Node's own `close` and `closeIdleConnections` cut off answers that were ended and are not with the network yet, and leave
 * connections open that no request has come over; so this is not left to them.
 */
export function trackConnections(http: Server): Connections {
  const all = new Set<Socket>()
  /** How many answers are under way over each connection; WebSockets are not among them. */
  const answers = new Map<Socket, number>()
  let isEnding = false

  const add = (socket: Socket, change: number): void => {
    const count = answers.get(socket)
    if (count === undefined) return
    answers.set(socket, count + change)
    if (isEnding && count + change === 0) socket.destroySoon()
  }
  http.on('connection', (socket) => {
    // It was accepted before the port was given up, and is told of only now.
    if (isEnding) socket.destroy()
    all.add(socket)
    answers.set(socket, 0)
    socket.once('close', () => {
      all.delete(socket)
      answers.delete(socket)
    })
  })
  http.on('upgrade', ({ socket }: IncomingMessage) => answers.delete(socket))
  http.prependListener('request', ({ socket }: IncomingMessage, outgoing: ServerResponse) => {
    if (isEnding) outgoing.shouldKeepAlive = false
    add(socket, 1)
    // By then all of it is with the network, or the client is gone.
    outgoing.once('close', () => add(socket, -1))
  })

  return {
    end() {
      isEnding = true
      for (const [socket, count] of answers) if (count === 0) socket.destroy()
    },
    destroy() {
      for (const socket of all) socket.destroy()
    },
  }
}
