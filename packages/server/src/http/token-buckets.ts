/** How many requests each principal may make: so many at once, and so many a second in the long run. */
import { type Clock, SyncError } from '@synclayer/core/adapter'

export interface TokenBuckets {
  /** Counts one request. Throws RATE_LIMITED, with `details.retryAfterMs`, where it is one too many. */
  count(principalId: string): void
}

interface Bucket {
  tokens: number
  at: number
}

/** Full buckets are forgotten once there are so many. */
const MOST_BUCKETS = 10_000

export function createTokenBuckets(
  clock: Clock,
  { requestsPerSecond, burst }: { readonly requestsPerSecond: number; readonly burst: number },
): TokenBuckets {
  const buckets = new Map<string, Bucket>()
  let sweepAt = MOST_BUCKETS

  const fill = (bucket: Bucket, now: number): void => {
    // A clock that was set back gives nothing, and takes nothing.
    const passedMs = Math.max(0, now - bucket.at)
    bucket.tokens = Math.min(burst, bucket.tokens + (passedMs * requestsPerSecond) / 1_000)
    bucket.at = now
  }
  const sweep = (now: number): void => {
    for (const [id, bucket] of buckets) {
      fill(bucket, now)
      if (bucket.tokens >= burst) buckets.delete(id)
    }
    // Those that are left are in use: to look again at once would cost much and free nothing.
    sweepAt = Math.max(MOST_BUCKETS, buckets.size * 2)
  }

  return {
    count(principalId) {
      const now = clock.now()
      let bucket = buckets.get(principalId)
      if (bucket === undefined) {
        if (buckets.size >= sweepAt) sweep(now)
        bucket = { tokens: burst, at: now }
        buckets.set(principalId, bucket)
      } else fill(bucket, now)
      if (bucket.tokens < 1) {
        const retryAfterMs = Math.ceil(((1 - bucket.tokens) * 1_000) / requestsPerSecond)
        throw new SyncError('RATE_LIMITED', 'Too many requests', { details: { retryAfterMs } })
      }
      bucket.tokens -= 1
    },
  }
}
