/** Exact counts of what the engine did since it was opened, or since they were last reset. */
import type { ErrorCode } from '../errors/codes.ts'
import type { Traffic } from '../ports/adapter.ts'
import type { SyncEvents } from '../sync/events.ts'

export interface Metrics {
  readonly sync: {
    readonly attempts: number
    readonly successes: number
    /** Those that `pause()` or `close()` stopped are none: they count as attempts alone. */
    readonly failures: number
    /** Successes among successes and failures, from 0 to 1; null before the first. */
    readonly successRate: number | null
    /** Of the last 100 syncs, failed ones too; null before the first. */
    readonly averageDurationMs: number | null
    /** When the last one succeeded: device time in milliseconds since 1970. */
    readonly lastSyncAt: number | null
  }
  readonly conflicts: { readonly found: number; readonly resolved: number }
  /** `queued`: local edits that must be sent. `failed`: attempts that failed. `parked`: changes refused for good. */
  readonly mutations: {
    readonly queued: number
    readonly synced: number
    readonly failed: number
    readonly parked: number
  }
  /** Bytes that crossed a network, as the adapter counts them on the wire; 0 where it has no network. */
  readonly bytes: { readonly sent: number; readonly received: number }
  /** By code, the most frequent first. */
  readonly errors: readonly { readonly code: ErrorCode; readonly count: number }[]
}

export interface MetricsRecorder {
  readonly traffic: Traffic
  /** Counts an event. */
  record<Name extends keyof SyncEvents>(name: Name, event: SyncEvents[Name], now: number): void
  read(): Metrics
  reset(): void
}

const DURATIONS = 100

interface Counts {
  attempts: number
  successes: number
  failures: number
  lastSyncAt: number | null
  durations: number[]
  found: number
  resolved: number
  queued: number
  synced: number
  failed: number
  parked: number
  sent: number
  received: number
  errors: Map<ErrorCode, number>
}

type Count = (counts: Counts, event: never, now: number) => void

const COUNT_BY_EVENT: {
  readonly [Name in keyof SyncEvents]?: (counts: Counts, event: SyncEvents[Name], now: number) => void
} = {
  syncStarted: (counts) => void (counts.attempts += 1),
  syncCompleted: (counts, { durationMs }, now) => {
    counts.successes += 1
    counts.lastSyncAt = now
    addDuration(counts, durationMs)
  },
  syncFailed: (counts, { error, durationMs }) => {
    if (error.code === 'ABORTED') return
    counts.failures += 1
    addDuration(counts, durationMs)
    addError(counts, error.code)
  },
  conflict: (counts) => void (counts.found += 1),
  conflictResolved: (counts) => void (counts.resolved += 1),
  mutationQueued: (counts) => void (counts.queued += 1),
  mutationSynced: (counts) => void (counts.synced += 1),
  mutationFailed: (counts, { code }) => {
    counts.failed += 1
    addError(counts, code)
  },
  mutationParked: (counts, { code }) => {
    counts.parked += 1
    addError(counts, code)
  },
  error: (counts, { error }) => addError(counts, error.code),
}

/** Starts counting from nothing. */
export function createMetrics(): MetricsRecorder {
  let counts = noCounts()
  return {
    traffic: {
      sent: (bytes) => void (counts.sent += bytes),
      received: (bytes) => void (counts.received += bytes),
    },
    record: (name, event, now) => (COUNT_BY_EVENT[name] as Count | undefined)?.(counts, event as never, now),
    read: () => snapshot(counts),
    reset: () => {
      counts = noCounts()
    },
  }
}

function snapshot(counts: Counts): Metrics {
  const { attempts, successes, failures, durations, errors } = counts
  const ended = successes + failures
  return {
    sync: {
      attempts,
      successes,
      failures,
      successRate: ended === 0 ? null : successes / ended,
      averageDurationMs:
        durations.length === 0 ? null : durations.reduce((sum, ms) => sum + ms, 0) / durations.length,
      lastSyncAt: counts.lastSyncAt,
    },
    conflicts: { found: counts.found, resolved: counts.resolved },
    mutations: { queued: counts.queued, synced: counts.synced, failed: counts.failed, parked: counts.parked },
    bytes: { sent: counts.sent, received: counts.received },
    errors: [...errors].map(([code, count]) => ({ code, count })).sort((a, b) => b.count - a.count),
  }
}

function noCounts(): Counts {
  return {
    attempts: 0,
    successes: 0,
    failures: 0,
    lastSyncAt: null,
    durations: [],
    found: 0,
    resolved: 0,
    queued: 0,
    synced: 0,
    failed: 0,
    parked: 0,
    sent: 0,
    received: 0,
    errors: new Map(),
  }
}

function addDuration(counts: Counts, durationMs: number): void {
  counts.durations.push(durationMs)
  if (counts.durations.length > DURATIONS) counts.durations.shift()
}

function addError(counts: Counts, code: ErrorCode): void {
  counts.errors.set(code, (counts.errors.get(code) ?? 0) + 1)
}
