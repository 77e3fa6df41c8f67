/** What is sent over one socket. It keeps nothing: who has more to say than there is room for is asked to wait. */
import type { ServerSocket } from '../contract.ts'
import { createLiveness, judge, noteSent, type Verdict } from './liveness.ts'

/** Pages are sent only while no more than this is waiting for the network. */
const ROOM_BYTES = 256 * 1024

/** Answers to what the client asks are short, but who asks without reading has so much of them and no more. */
const MOST_BYTES = 2 * 1024 * 1024

export interface SocketWriter {
  /** False where so much is waiting already that `onRoom` is to be waited for. */
  hasRoom(): boolean
  send(text: string): void
  /** A number for what was sent last, and for the last of it that the network has taken. */
  sentCount(): number
  takenCount(): number
  /** Somebody could not be told something: `onRoom` will be called. */
  wait(): void
  /** The network has taken something. */
  drained(): void
  /** Something was heard. */
  heard(): void
  /** Looks after the socket, once in a while. */
  pulse(): Verdict
}

export interface WriterOptions {
  readonly socket: ServerSocket
  /** Milliseconds that never jump. */
  readonly now: () => number
  /** There is room again. */
  readonly onRoom: () => void
  /** The socket cannot be used any more, or holds more than it may. */
  readonly onBroken: () => void
}

export function createSocketWriter({ socket, now, onRoom, onBroken }: WriterOptions): SocketWriter {
  const liveness = createLiveness(now())
  let sent = 0
  let taken = 0
  let isWaiting = false

  const hasRoom = (): boolean => {
    if (socket.bufferedBytes <= ROOM_BYTES) return true
    isWaiting = true
    return false
  }
  const takenCount = (): number => {
    if (socket.bufferedBytes === 0) taken = sent
    return taken
  }
  const drained = (): void => {
    takenCount()
    if (!isWaiting || socket.bufferedBytes > ROOM_BYTES) return
    isWaiting = false
    onRoom()
  }

  return {
    hasRoom,
    send(text) {
      const before = socket.bufferedBytes
      try {
        if (before > MOST_BYTES) throw new RangeError('Nothing of what was sent is taken')
        socket.send(text)
      } catch {
        onBroken()
        return
      }
      sent += 1
      noteSent(liveness, now(), before, socket.bufferedBytes)
    },
    sentCount: () => sent,
    takenCount,
    wait() {
      isWaiting = true
    },
    drained,
    heard() {
      liveness.heardAt = now()
    },
    pulse() {
      drained()
      return judge(liveness, now(), socket.bufferedBytes)
    },
  }
}
