/**
 * Whether the other side of a socket is there. Judged once a second for every socket by one timer; its time is counted in
 * those seconds, so that neither a clock that jumps nor a process that was suspended takes everyone for dead.
 */
import { DEAD_AFTER_MS, PING_INTERVAL_MS } from '@synclayer/core/protocol'

/** How often sockets are looked at. */
export const PULSE_MS = 1_000

/** Who has not said hello by then is closed. */
export const HELLO_WITHIN_MS = 10_000

/** Who takes nothing of what is waiting for so long is closed. */
const STALLED_AFTER_MS = 30_000

export interface Liveness {
  /** When something was last heard, and last sent. */
  heardAt: number
  sentAt: number
  /** When the network last took something, or nothing was waiting. */
  takenAt: number
  /** The bytes that would be waiting now, had the network taken nothing since then. */
  waiting: number
}

export type Verdict = 'fine' | 'ping' | 'stalled' | 'dead'

export function createLiveness(now: number): Liveness {
  return { heardAt: now, sentAt: now, takenAt: now, waiting: 0 }
}

/** Something was sent, and so many bytes were waiting before and after. */
export function noteSent(liveness: Liveness, now: number, before: number, after: number): void {
  liveness.sentAt = now
  liveness.waiting += Math.max(0, after - before)
}

/** What is to be done about a socket that has so many bytes waiting. */
export function judge(liveness: Liveness, now: number, waiting: number): Verdict {
  if (waiting === 0 || waiting < liveness.waiting) liveness.takenAt = now
  liveness.waiting = waiting
  if (now - liveness.heardAt >= DEAD_AFTER_MS) return 'dead'
  if (now - liveness.takenAt >= STALLED_AFTER_MS) return 'stalled'
  return waiting === 0 && now - liveness.sentAt >= PING_INTERVAL_MS ? 'ping' : 'fine'
}
