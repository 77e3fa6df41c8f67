import { type BackendAdapter, type LogLevel, type PurgeRequest, SyncError } from '@synclayer/core/adapter'
import { describe, expect, test } from 'vitest'
import { purgeAll, startPurging } from './purge.ts'

const NEVER = new AbortController().signal

interface Bench {
  readonly adapter: BackendAdapter
  readonly purged: PurgeRequest[]
  readonly entries: (readonly [LogLevel, string, unknown])[]
  readonly logger: { log(level: LogLevel, message: string, details?: unknown): void }
}

/** An adapter of which only what purging needs is there. */
function createBench(scopes: readonly string[], failing: string | null = null): Bench {
  const purged: PurgeRequest[] = []
  const entries: (readonly [LogLevel, string, unknown])[] = []
  const adapter: Pick<BackendAdapter, 'scopes' | 'purge'> = {
    async *scopes() {
      yield* scopes
    },
    purge: (request) => {
      if (request.scope === failing) return Promise.reject(new SyncError('BACKEND_FAILED', 'busy'))
      purged.push(request)
      return Promise.resolve({ tombstones: 2, results: 1 })
    },
  }
  return {
    adapter: adapter as BackendAdapter,
    purged,
    entries,
    logger: { log: (level, message, details) => entries.push([level, message, details]) },
  }
}

describe('purgeAll', () => {
  test('purges every scope, and tells what went', async () => {
    const { adapter, purged, entries, logger } = createBench(['a', 'b'])
    await purgeAll(adapter, 1_000, logger, NEVER)
    expect(purged).toEqual([
      { scope: 'a', before: 1_000 },
      { scope: 'b', before: 1_000 },
    ])
    const went = { tombstones: 4, results: 2, before: '1970-01-01T00:00:01.000Z' }
    expect(entries).toEqual([['info', 'Purged', went]])
  })

  test('a scope that fails is told, and holds up no other', async () => {
    const { adapter, purged, entries, logger } = createBench(['a', 'b', 'c'], 'b')
    await purgeAll(adapter, 1_000, logger, NEVER)
    expect(purged.map(({ scope }) => scope)).toEqual(['a', 'c'])
    expect(entries[0]).toMatchObject(['error', 'A scope could not be purged', { scope: 'b' }])
  })
})

describe('startPurging', () => {
  test('purges at once what is older than the retention, and no more once it is stopped', async () => {
    const { adapter, purged, logger } = createBench(['a'])
    const began = Date.now()
    await startPurging(adapter, { retentionMs: 5_000, intervalMs: 1_000_000, logger }).stop()
    expect(purged).toEqual([])
    const purging = startPurging(adapter, { retentionMs: 5_000, intervalMs: 1_000_000, logger })
    await new Promise(setImmediate)
    await purging.stop()
    expect(purged).toHaveLength(1)
    expect(purged[0]!.before).toBeGreaterThanOrEqual(began - 5_000)
    expect(purged[0]!.before).toBeLessThanOrEqual(Date.now() - 5_000)
  })

  test('says so where the backend cannot', async () => {
    const { entries, logger } = createBench([])
    await startPurging({} as BackendAdapter, { retentionMs: 1, intervalMs: 1_000, logger }).stop()
    expect(entries).toEqual([
      ['warning', 'This backend does not purge: deletes are remembered forever', undefined],
    ])
  })
})
