import { describe, expect, test } from 'vitest'
import type { BackendAdapter } from '../ports/adapter.ts'
import type { LogLevel } from '../ports/logger.ts'
import { SyncError } from '../errors/sync-error.ts'
import type { SyncEvents } from '../sync/events.ts'
import { createModelBackend } from '../testing/model-backend.ts'
import { createTestLayer, testDeps } from '../testing/test-deps.ts'
import { createVirtualTime } from '../testing/virtual-time.ts'
import { collection } from './collection-definition.ts'
import { EVENT_NAMES } from './event-names.ts'
import type { Metrics } from './metrics.ts'
import type { SyncLayerOptions } from './options.ts'

const settle = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))

function world() {
  const time = createVirtualTime()
  const backend = createModelBackend({ now: () => time.clock.now() })
  const failing = { with: null as SyncError | null }
  const open = (seed: number, more: Partial<SyncLayerOptions> = {}) => {
    const deps = testDeps({ seed, time })
    const inner = backend.adapter()
    const adapter: BackendAdapter = {
      ...inner,
      open(context) {
        context.traffic.sent(30)
        context.traffic.received(7)
        return inner.open(context)
      },
      push: (...given) => (failing.with === null ? inner.push(...given) : Promise.reject(failing.with)),
      pull: (...given) => (failing.with === null ? inner.pull(...given) : Promise.reject(failing.with)),
    }
    const layer = createTestLayer(
      { collections: { todos: collection() }, adapter, sync: { auto: false }, ...more },
      deps,
    )
    return { deps, layer }
  }
  return { time, backend, failing, open }
}

function record(db: { on: (name: keyof SyncEvents, listener: (event: unknown) => void) => () => void }) {
  const events: [string, unknown][] = []
  for (const name of EVENT_NAMES) db.on(name as keyof SyncEvents, (event) => void events.push([name, event]))
  return events
}

describe('events', () => {
  test('tell of edits, syncs, remote changes and conflicts, with their fields (C7, O7)', async () => {
    const { open } = world()
    const one = await open(1).layer
    const two = await open(2).layer
    const mine = record(one as never)
    await one.collection('todos').save({ id: 'a', text: 'x', rank: 1 })
    await one.sync()
    await two.sync()
    await settle()
    expect(mine.map(([name]) => name)).toEqual([
      'mutationQueued',
      'syncStarted',
      'mutationSynced',
      'syncCompleted',
    ])
    expect(mine[0]![1]).toEqual({ collection: 'todos', id: 'a', kind: 'put' })
    expect(mine[2]![1]).toEqual({ collection: 'todos', id: 'a', version: expect.any(String) as unknown })
    expect(mine[3]![1]).toMatchObject({
      pushed: 1,
      conflicts: 0,
      parked: 0,
      durationMs: expect.any(Number) as unknown,
    })

    mine.length = 0
    await two.collection('todos').update('a', { text: 'theirs' })
    await two.collection('todos').save({ id: 'b', text: 'y' })
    await two.sync()
    await one.sync()
    await two.collection('todos').delete('b')
    await two.sync()
    await one.sync()
    await settle()
    expect(mine.filter(([name]) => name.startsWith('remote'))).toEqual([
      ['remoteUpdate', { collection: 'todos', id: 'a', document: { id: 'a', text: 'theirs', rank: 1 } }],
      ['remoteInsert', { collection: 'todos', id: 'b', document: { id: 'b', text: 'y' } }],
      ['remoteDelete', { collection: 'todos', id: 'b' }],
    ])

    mine.length = 0
    await one.collection('todos').update('a', { text: 'ours' })
    await two.collection('todos').update('a', { rank: 2 })
    await two.sync()
    await one.sync()
    await one.sync()
    await settle()
    const conflicts = mine.filter(([name]) => name.startsWith('conflict'))
    expect(conflicts).toEqual([
      [
        'conflict',
        {
          collection: 'todos',
          id: 'a',
          base: { id: 'a', text: 'theirs', rank: 1 },
          local: { id: 'a', text: 'ours', rank: 1 },
          remote: { id: 'a', text: 'theirs', rank: 2 },
          resolved: { id: 'a', text: 'ours', rank: 2 },
          strategy: 'merge',
          winner: 'merged',
        },
      ],
      ['conflictResolved', { collection: 'todos', id: 'a', winner: 'merged' }],
    ])
    await one.close()
    await two.close()
  })

  test('tell of failures, and of the network that went and came (O7)', async () => {
    const { failing, open } = world()
    const db = await open(1).layer
    const events = record(db as never)
    failing.with = new SyncError('NETWORK', 'unplugged')
    await expect(db.sync()).rejects.toEqual(expect.objectContaining({ code: 'NETWORK' }))
    await settle()
    expect(db.status.phase).toBe('offline')
    failing.with = null
    await db.sync()
    await settle()
    expect(events.map(([name]) => name)).toEqual([
      'syncStarted',
      'connectivityChanged',
      'syncFailed',
      'syncStarted',
      'connectivityChanged',
      'syncCompleted',
    ])
    await db.close()
  })

  test('a listener that throws harms no other, and unsubscribing ends it (D19, O7)', async () => {
    const { open } = world()
    const { layer, deps } = open(1)
    const db = await layer
    const seen: string[] = []
    db.on('mutationQueued', () => {
      throw new Error('mine')
    })
    const stop = db.on('mutationQueued', ({ id }) => void seen.push(id))
    db.on('error', ({ error }) => {
      seen.push(error.code)
      throw new Error('even here')
    })
    await db.collection('todos').save({ id: 'a' })
    await settle()
    stop()
    stop()
    await db.collection('todos').save({ id: 'b' })
    await settle()
    expect(seen).toEqual(['a', 'LISTENER_FAILED', 'LISTENER_FAILED'])
    expect(deps.logged.filter(({ message }) => message.includes('even here'))).toHaveLength(2)
    expect(() => db.on('conflicts' as never, () => undefined)).toThrow('Did you mean "conflict"?')
    expect(() => db.on('conflict', 'x' as never)).toThrow('must be a function')
    await db.close()
  })
})

describe('metrics', () => {
  test('are exact, can be reset, and go to a handler after every sync (O5)', async () => {
    const { failing, open, time } = world()
    const told: Metrics[] = []
    const one = await open(1, { metrics: (metrics) => void told.push(metrics) }).layer
    const two = await open(2).layer
    const todos = one.collection('todos')
    await todos.saveAll([{ id: 'a' }, { id: 'b' }])
    await todos.update('a', { text: 'x' })
    await one.sync()
    failing.with = new SyncError('TIMEOUT', 'too slow')
    await one.sync().catch(() => undefined)
    await one.sync().catch(() => undefined)
    failing.with = null
    await two.sync()
    await two.collection('todos').update('a', { text: 'theirs' })
    await two.sync()
    await time.advance(1_000)
    await todos.update('a', { text: 'ours' })
    await one.sync()
    const metrics = one.metrics()
    expect(metrics.sync).toMatchObject({
      attempts: 4,
      successes: 2,
      failures: 2,
      successRate: 0.5,
      lastSyncAt: time.clock.now(),
    })
    expect(metrics.conflicts).toEqual({ found: 1, resolved: 1 })
    expect(metrics.mutations).toEqual({ queued: 4, synced: 3, failed: 0, parked: 0 })
    expect(metrics.errors).toEqual([{ code: 'TIMEOUT', count: 2 }])
    expect(metrics.bytes).toEqual({ sent: 30, received: 7 })
    expect(told).toHaveLength(4)
    expect(told.at(-1)).toEqual(metrics)
    one.resetMetrics()
    expect(one.metrics().sync).toEqual({
      attempts: 0,
      successes: 0,
      failures: 0,
      successRate: null,
      averageDurationMs: null,
      lastSyncAt: null,
    })
    expect(one.metrics().errors).toEqual([])
    await one.close()
    await two.close()
  })

  test('a sync that was stopped is an attempt, and no failure (O5)', async () => {
    const { backend, open } = world()
    const hanging = { ...backend.adapter(), pull: () => new Promise<never>(() => undefined) }
    const db = await open(1, { adapter: hanging }).layer
    const syncing = db.sync().catch((error: unknown) => error)
    await settle()
    db.pause()
    expect(await syncing).toMatchObject({ code: 'ABORTED' })
    await settle()
    const { sync, errors } = db.metrics()
    expect(sync).toMatchObject({ attempts: 1, failures: 0, successRate: null, averageDurationMs: null })
    expect(errors).toEqual([])
    await db.close()
  })

  test('a handler that throws harms nothing (D19)', async () => {
    const { open } = world()
    const db = await open(1, {
      metrics: () => {
        throw new Error('mine')
      },
    }).layer
    await db.sync()
    expect(db.metrics().errors).toEqual([{ code: 'LISTENER_FAILED', count: 1 }])
    await db.close()
  })
})

describe('logger', () => {
  test.each([
    ['off', []],
    ['error', []],
    ['warning', ['warning']],
    ['info', ['info', 'warning']],
    ['debug', ['debug', 'info', 'warning']],
  ] as const)('at %s passes only what is as severe', async (level, expected) => {
    const { open, failing } = world()
    const { layer, deps } = open(1, { logger: level })
    const db = await layer
    failing.with = new SyncError('TIMEOUT', 'too slow')
    await db.sync().catch(() => undefined)
    failing.with = null
    await db.sync()
    const levels = [...new Set(deps.logged.map((line) => line.level))].sort()
    expect(levels).toEqual([...expected])
    await db.close()
  })

  test('of the app replaces the console, keeps to its level, and may throw (D19)', async () => {
    const { open, failing } = world()
    const lines: [LogLevel, string][] = []
    const logger = {
      level: 'warning' as const,
      log: (level: LogLevel, message: string) => {
        lines.push([level, message])
        throw new Error('the log is full')
      },
    }
    const { layer, deps } = open(1, { logger })
    const db = await layer
    failing.with = new SyncError('TIMEOUT', 'too slow')
    await db.sync().catch(() => undefined)
    expect(lines).toEqual([['warning', 'syncFailed: TIMEOUT: too slow']])
    expect(deps.logged).toEqual([])
    await db.close()
  })
})

describe('a sync that pause() breaks off', () => {
  test('is told of, but neither logged as trouble nor shown as the last error', async () => {
    const { open } = world()
    const { layer, deps } = open(1)
    const db = await layer
    const failures: string[] = []
    db.on('syncFailed', ({ error }) => failures.push(error.code))
    db.on('syncStarted', () => db.pause())
    await expect(db.sync()).rejects.toMatchObject({ code: 'ABORTED' })
    await settle()
    expect(failures).toEqual(['ABORTED'])
    expect(deps.logged).toEqual([])
    expect(db.status.lastError).toBeNull()
    await db.close()
  })
})

describe('status', () => {
  test('is live: read it at any time, or be told of changes (O3)', async () => {
    const { open, time } = world()
    const db = await open(1).layer
    const { status } = db
    const seen: string[] = []
    const stop = status.subscribe(({ phase, pending }) => void seen.push(`${phase} ${pending}`))
    await db.collection('todos').save({ id: 'a' })
    expect(status.pending).toBe(1)
    await db.sync()
    await settle()
    expect(status).toMatchObject({
      phase: 'idle',
      pending: 0,
      parked: 0,
      lastSyncAt: time.clock.now(),
      lastError: null,
    })
    expect(seen[0]).toBe('idle 1')
    expect(seen).toContain('syncing 1')
    expect(seen.at(-1)).toBe('idle 0')
    stop()
    db.pause()
    await settle()
    expect(status.phase).toBe('paused')
    expect(seen).not.toContain('paused 0')
    db.resume()
    await db.close()
  })
})
