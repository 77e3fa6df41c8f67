/** What push, pull and resync of one scope share while the engine runs. */
import { clampTime, correctTime, stampTime } from '../clock/hybrid-clock.ts'
import type { SyncError } from '../errors/sync-error.ts'
import type { RecordKey } from '../ports/storage.ts'
import type { TransitionContext, TransitionEvent } from '../outbox/transition.ts'
import type { CollectionSpec } from '../store/collection-spec.ts'
import type { ArrivedPages } from './arrived-pages.ts'
import type { PageAhead } from './page-ahead.ts'
import type { PageSize } from './page-size.ts'
import type { ReportCounts } from './report-counts.ts'
import type { RequestLimits } from './request.ts'
import type { EngineDeps } from './sync-deps.ts'

/** The backend's clock against ours, shared by all scopes. */
export interface ClockOffset {
  ms: number
}

export interface ScopeSession {
  readonly scope: string
  readonly deps: EngineDeps
  readonly limits: RequestLimits
  readonly offset: ClockOffset
  /** Counts what happens for the report of the round under way. */
  readonly counts: ReportCounts
  /** What came along with wake-ups since the last round. */
  readonly arrived: ArrivedPages
  /** The page of a snapshot that was asked for already. */
  readonly ahead: PageAhead
  /** How many changes to ask for at once. */
  readonly pageSize: PageSize
  /** Tells the engine that something moved. */
  progress(): void
}

export function transitionContext(
  session: ScopeSession,
  spec: CollectionSpec,
  generation: number,
): TransitionContext {
  const { deps, offset } = session
  const { capabilities } = deps.adapter
  const now = deps.clock.now()
  return {
    schema: spec.schema,
    migrate: (document, from) => spec.migrate(document, from),
    reconcile: (input) => spec.reconcile(input),
    fields: spec.fields,
    // An edit that a clock took for a later one than now was made by one that has been put back since.
    correct: (time, atLeast) => correctTime(clampTime(time, now), offset.ms, atLeast),
    stamp: stampTime,
    orderedVersions: capabilities.orderedVersions,
    recover: deps.settings.onBackendReset === 'recover',
    patch: capabilities.patch,
    now,
    nextOrder: () => deps.nextOrder(),
    generation,
  }
}

/** Takes the middle of the request as the moment the backend's clock was read. */
export function noteServerTime(session: ScopeSession, sentAt: number, serverTime: number | null): void {
  if (serverTime === null || !Number.isFinite(serverTime)) return
  const now = session.deps.clock.now()
  session.offset.ms = Math.round(serverTime - (sentAt + now) / 2)
}

/** Counts and tells what the transitions of a commit were, once it is durable. */
export function tell(session: ScopeSession, key: RecordKey, events: readonly TransitionEvent[]): void {
  const { report } = session.deps
  const { collection, id } = key
  for (const event of events) {
    switch (event.kind) {
      case 'conflict': {
        const { kind: _kind, ...conflict } = event
        session.counts.conflicts += 1
        report('conflict', { collection, id, ...conflict })
        break
      }
      case 'synced':
        session.counts.pushed += 1
        report('mutationSynced', { collection, id, version: event.version })
        break
      case 'parked':
        session.counts.parked += 1
        report('mutationParked', { collection, id, code: event.code, reason: event.reason })
        break
      case 'recovered':
        report('recovered', { collection, id })
        break
    }
  }
}

export function reportError(session: ScopeSession, error: SyncError, key?: RecordKey): void {
  session.deps.report('error', {
    error,
    ...(key === undefined ? {} : { collection: key.collection, id: key.id }),
  })
}
