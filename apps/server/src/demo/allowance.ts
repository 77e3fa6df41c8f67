/** How often something may be done: so many times at once, and so many a second in the long run. */
import { SyncError } from '@synclayer/core/adapter'

export interface AllowanceOptions {
  readonly burst: number
  readonly perSecond: number
  /** Milliseconds. */
  readonly now: () => number
}

/** The function counts one. It throws RATE_LIMITED, with `details.retryAfterMs`, where that is one too many. */
export function createAllowance({ burst, perSecond, now }: AllowanceOptions): () => void {
  let left = burst
  let countedAt = now()
  return () => {
    const at = now()
    // A clock that was set back gives nothing, and takes nothing.
    left = Math.min(burst, left + (Math.max(0, at - countedAt) * perSecond) / 1_000)
    countedAt = at
    if (left < 1) {
      const retryAfterMs = Math.ceil(((1 - left) * 1_000) / perSecond)
      throw new SyncError('RATE_LIMITED', 'Too many people sign in at once', { details: { retryAfterMs } })
    }
    left -= 1
  }
}
