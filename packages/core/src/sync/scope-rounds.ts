/** A round of one scope from end to end: the adapter is opened, the round is run, and what came of it is told. */
import { SyncError, toSyncError } from '../errors/sync-error.ts'
import type { AdapterOpening } from './adapter-opening.ts'
import { leaveScope } from './leave-scope.ts'
import type { LeavingScopes } from './leaving-scopes.ts'
import type { ManualSync } from './manual-sync.ts'
import { newCounts } from './report-counts.ts'
import { request } from './request.ts'
import { type RoundResult, runRound } from './round.ts'
import type { ScopeRuntime } from './scope-runtimes.ts'
import type { StatusBoard } from './status-board.ts'
import type { EngineDeps } from './sync-deps.ts'
import type { RoundFailure, SyncEvent, Wants } from './sync-state.ts'

export interface ScopeRoundsOptions {
  readonly deps: EngineDeps
  readonly opening: AdapterOpening
  readonly leaving: LeavingScopes
  readonly board: StatusBoard
  readonly manual: ManualSync
  readonly dispatch: (event: SyncEvent) => void
  /** Something was saved in the scope since its round began. */
  readonly pushWanted: (scope: string) => boolean
  /** Rounds of the scope are not to go on: they end between two steps. */
  readonly stopped: (scope: string) => boolean
  /** A feed has moved. */
  readonly onFeed: () => void
  /** A round was run, whatever came of it: the backend can be talked to. */
  readonly onRun: (runtime: ScopeRuntime) => void
  /** Nothing of a scope that was being left is unsent any more, and nothing of it is here. */
  readonly onLeft: (runtime: ScopeRuntime) => Promise<void>
}

/** Runs a round; `asked`: the app asked for it, so that records that back off are sent too. Never rejects. */
export type RunScope = (runtime: ScopeRuntime, wants: Wants, asked: boolean) => Promise<void>

const NOTHING_TO_DO: RoundResult = { error: null, recordOnly: false, nextRetry: null }

export function createScopeRounds(options: ScopeRoundsOptions): RunScope {
  const { deps, leaving, board, manual, stopped } = options
  const { clock, random, store } = deps

  /** What is parked may be retried yet. */
  const isSettled = async (scope: string): Promise<boolean> => {
    const { waiting, sending, parked } = await store.storage.outboxSize(scope)
    return waiting + sending + parked === 0
  }

  const attempt = async (runtime: ScopeRuntime, wants: Wants, asked: boolean): Promise<RoundResult> => {
    const { session, limit } = runtime
    const { scope } = session
    const isLeaving = leaving.names.includes(scope)
    try {
      // Another process on this store may have sent the last of it, and have forgotten its feed.
      if (isLeaving && (await isSettled(scope))) return NOTHING_TO_DO
      await request(session.limits, options.opening.open)
      const result = await runRound(session, {
        wants: isLeaving ? { push: true, pull: false } : wants,
        ignoreBackoff: asked,
        limit,
        pushWanted: () => options.pushWanted(scope),
        stopped: () => stopped(scope),
        onFeed: (feed, remaining) => {
          runtime.feed = feed
          board.feed(scope, feed, remaining)
          options.onFeed()
        },
      })
      options.onRun(runtime)
      return result
    } catch (error) {
      const failure = toSyncError(error, 'STORAGE_FAILED', 'The round failed')
      return { error: failure, recordOnly: false, nextRetry: null }
    }
  }

  /** What the outcome means for whether the scope stays. */
  const settleMembership = async (runtime: ScopeRuntime, error: SyncError | null): Promise<void> => {
    const { session } = runtime
    if (error?.code === 'SCOPE_REVOKED') {
      await leaveScope(session, 'revoked')
      runtime.feed = null
    }
    if (error !== null || stopped(session.scope) || !leaving.names.includes(session.scope)) return
    if (!(await isSettled(session.scope))) return
    // Again, should the process have ended in the middle of the first time.
    await leaveScope(session, 'dropped')
    await leaving.left(session.scope)
    await options.onLeft(runtime)
  }

  return async (runtime, wants, asked) => {
    const { session } = runtime
    Object.assign(session.counts, newCounts())
    board.began(session.scope)
    const startedAt = clock.now()
    const result = await attempt(runtime, wants, asked)
    const wasStopped = stopped(session.scope)
    let { error } = result
    try {
      await settleMembership(runtime, error)
    } catch (failure) {
      error ??= toSyncError(failure, 'STORAGE_FAILED', 'The scope could not be left')
    }
    if (wasStopped && error === null)
      error = new SyncError('ABORTED', 'Syncing was stopped before the round was done.')
    const counts = { ...session.counts }
    board.ended(session.scope, counts, error, clock.now() - startedAt)
    manual.ended(session.scope, counts, error, clock.now())
    options.dispatch({
      type: 'ended',
      scope: session.scope,
      failure: error === null || error.code === 'ABORTED' || result.recordOnly ? null : failureOf(error),
      more: { push: false, pull: false },
      nextRetry: result.nextRetry,
      random: random.next(),
    })
  }
}

function failureOf(error: SyncError): RoundFailure {
  const { retryAfterMs } = error.details
  return { code: error.code, ...(typeof retryAfterMs === 'number' ? { retryAfterMs } : {}) }
}
