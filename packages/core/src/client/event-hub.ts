/** Where all events meet: they are counted, logged and told to whoever listens. */
import { reasonOf } from '../errors/reason-of.ts'
import type { RecordKey } from '../ports/storage.ts'
import type { Clock } from '../ports/clock.ts'
import type { Logger, LogLevel } from '../ports/logger.ts'
import { SyncError } from '../errors/sync-error.ts'
import { createEmitter } from '../shared/emitter.ts'
import { slotName } from '../store/workspace.ts'
import type { ConflictEvent, Report, SyncEvents } from '../sync/events.ts'
import type { Metrics, MetricsRecorder } from './metrics.ts'

export interface EventHub {
  /** Counts, logs and tells. Listeners are called in a microtask, in the order of the events. */
  readonly report: Report
  on<Name extends keyof SyncEvents>(name: Name, listener: (event: SyncEvents[Name]) => void): () => void
  /** True where somebody listens: an expensive event need not be made for nobody. */
  has(name: keyof SyncEvents): boolean
  /** Runs code of the app's; what it throws is logged and told as an `error` event, and goes no further. */
  guard(what: string, call: () => unknown): void
  /** The client is open: from now on events go to those who listen, and to nobody else. */
  opened(): void
  /** Forgets all listeners. */
  close(): void
}

export interface EventHubDeps {
  readonly clock: Clock
  readonly logger: Logger
  readonly metrics: MetricsRecorder
  readonly onMetrics: ((metrics: Metrics) => void) | null
}

/** So many events of the opening are kept for the first listener of their name. */
const MOST_AT_OPENING = 1_000

const LEVEL_BY_EVENT: { readonly [Name in keyof SyncEvents]?: LogLevel } = {
  error: 'error',
  syncFailed: 'warning',
  mutationParked: 'warning',
  stalled: 'warning',
  recovered: 'warning',
  mutationFailed: 'info',
  syncCompleted: 'info',
  conflict: 'info',
  connectivityChanged: 'info',
  realtimeConnected: 'info',
  realtimeDisconnected: 'info',
  syncStarted: 'debug',
  mutationSynced: 'debug',
}

export function createEventHub(deps: EventHubDeps): EventHub {
  const { clock, logger, metrics, onMetrics } = deps
  const emitter = createEmitter<SyncEvents>({
    onError: (error, event) => failed(`A listener of ${event}`, error, event),
  })
  /** What was reported before anybody could listen, kept for the first listener of each name. */
  let opening: { readonly name: keyof SyncEvents; readonly event: unknown }[] = []
  let isOpening = true
  const unresolved = new Map<string, ConflictEvent['winner']>()

  const failed = (what: string, cause: unknown, event?: keyof SyncEvents): void => {
    const why = reasonOf(cause)
    const error = new SyncError(
      'LISTENER_FAILED',
      `${what} threw: ${why}. Nothing else was harmed; mend the listener.`,
      {
        cause,
      },
    )
    // A listener of `error` that throws is not told of itself.
    if (event === 'error') logger.log('error', error.message, { error })
    else report('error', { error })
  }

  const guard = (what: string, call: () => unknown): void => {
    try {
      const answer = call()
      if (answer instanceof Promise) answer.catch((error: unknown) => failed(what, error))
    } catch (error) {
      failed(what, error)
    }
  }

  const report: Report = (name, event) => {
    metrics.record(name, event, clock.now())
    const level = levelOf(name, event)
    if (level !== undefined) logger.log(level, messageOf(name, event), { ...event })
    if (isOpening && opening.length < MOST_AT_OPENING) opening.push({ name, event })
    else if (emitter.has(name)) void Promise.resolve().then(() => emitter.emit(name, event))
    if (name === 'conflict') noteConflict(event as SyncEvents['conflict'])
    else if (name === 'mutationSynced') settleConflict(event as SyncEvents['mutationSynced'])
    else if ((name === 'syncCompleted' || name === 'syncFailed') && onMetrics !== null) {
      guard('The metrics handler', () => onMetrics(metrics.read()))
    }
  }

  /** Where the backend's side won there is nothing left to bring there. */
  const noteConflict = ({ collection, id, winner }: SyncEvents['conflict']): void => {
    if (winner === 'remote') report('conflictResolved', { collection, id, winner })
    else unresolved.set(slotName({ collection, id }), winner)
  }

  const settleConflict = ({ collection, id }: RecordKey): void => {
    const name = slotName({ collection, id })
    const winner = unresolved.get(name)
    if (winner === undefined) return
    unresolved.delete(name)
    report('conflictResolved', { collection, id, winner })
  }

  return {
    report,
    guard,
    has: (name) => emitter.has(name),
    on: (name, listener) => {
      const stop = emitter.on(name, listener)
      for (const one of opening.filter((candidate) => candidate.name === name)) {
        void Promise.resolve().then(() => emitter.emit(name, one.event as never))
      }
      opening = opening.filter((one) => one.name !== name)
      return stop
    },
    opened: () => {
      isOpening = false
    },
    close: () => emitter.clear(),
  }
}

/** What `pause()` or `close()` broke off is what the app asked for, and nothing to warn of. */
function levelOf<Name extends keyof SyncEvents>(name: Name, event: SyncEvents[Name]): LogLevel | undefined {
  const isBrokenOff = name === 'syncFailed' && (event as SyncEvents['syncFailed']).error.code === 'ABORTED'
  return isBrokenOff ? 'debug' : LEVEL_BY_EVENT[name]
}

function messageOf<Name extends keyof SyncEvents>(name: Name, event: SyncEvents[Name]): string {
  const { error } = event as { readonly error?: SyncError }
  return error === undefined ? name : `${name}: ${error.code}: ${error.message}`
}
