/** Forgets old deletes, scope by scope, now and then. */
import type { BackendAdapter, Logger } from '@synclayer/core/adapter'

export interface PurgeOptions {
  readonly retentionMs: number
  readonly intervalMs: number
  readonly logger: Logger
}

export interface Purging {
  /** No more of it. Resolves once the scope under way is done. */
  stop(): Promise<void>
}

/** Purges at once, since a server may not run for as long as an interval, and then once an interval. */
export function startPurging(
  adapter: BackendAdapter,
  { retentionMs, intervalMs, logger }: PurgeOptions,
): Purging {
  if (adapter.purge === undefined || adapter.scopes === undefined) {
    logger.log('warning', 'This backend does not purge: deletes are remembered forever')
    return { stop: () => Promise.resolve() }
  }
  const stopping = new AbortController()
  let underWay = Promise.resolve()
  const round = (): void => {
    const before = Date.now() - retentionMs
    // Where the last round takes longer than an interval, this one waits for it.
    underWay = underWay.then(() => purgeAll(adapter, before, logger, stopping.signal))
  }
  round()
  const timer = setInterval(round, intervalMs)
  return {
    stop: () => {
      clearInterval(timer)
      stopping.abort()
      return underWay
    },
  }
}

/** Purges every scope there is. One that fails is told, and holds up no other. Never rejects. */
export async function purgeAll(
  adapter: BackendAdapter,
  before: number,
  logger: Logger,
  signal: AbortSignal,
): Promise<void> {
  let tombstones = 0
  let results = 0
  try {
    for await (const scope of adapter.scopes?.() ?? []) {
      if (signal.aborted) break
      try {
        const report = await adapter.purge?.({ scope, before })
        tombstones += report?.tombstones ?? 0
        results += report?.results ?? 0
      } catch (error) {
        logger.log('error', 'A scope could not be purged', { scope, error })
      }
    }
  } catch (error) {
    logger.log('error', 'The scopes to purge could not be read', { error })
  }
  if (tombstones + results > 0) {
    logger.log('info', 'Purged', { tombstones, results, before: new Date(before).toISOString() })
  }
}
