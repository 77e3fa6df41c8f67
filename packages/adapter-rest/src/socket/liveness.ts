/** Whether the other side of a connection is there, and who has been silent for how long. */
import { DEAD_AFTER_MS, PING_INTERVAL_MS } from '@synclayer/core/protocol'
import { after } from '@synclayer/adapter-kit/http'

export interface Liveness {
  sent(): void
  heard(): void
  stop(): void
}

/** Asks for a ping where nothing was sent for long, and tells once where nothing was heard for too long. */
export function watchLiveness(onQuiet: () => void, onDead: () => void): Liveness {
  // Not the time of day, which may jump.
  const now = (): number => performance.now()
  let sentAt = now()
  let heardAt = now()
  let cancel: () => void

  const look = (): void => {
    if (now() - heardAt >= DEAD_AFTER_MS) {
      onDead()
      return
    }
    if (now() - sentAt >= PING_INTERVAL_MS) onQuiet()
    plan()
  }
  const plan = (): void => {
    const at = Math.min(sentAt + PING_INTERVAL_MS, heardAt + DEAD_AFTER_MS)
    cancel = after(Math.max(1, at - now()), look)
  }
  plan()

  return {
    sent() {
      sentAt = now()
    },
    heard() {
      heardAt = now()
    },
    stop: () => cancel(),
  }
}
