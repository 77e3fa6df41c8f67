/**
 * The engine: runs the rounds that the pure machine in sync-state.ts asks for, and shows what is going on. The shell
 * around it does timers, the adapter and the store; every decision about data is in outbox/, every decision about
 * time in sync-state.ts.
 */
import { SyncError, toSyncError } from '../errors/sync-error.ts'
import type { RecordKey } from '../ports/storage.ts'
import { CLIENT_ENTRY, parseIdentity } from './client-identity.ts'
import type { SyncEngine } from './engine-contract.ts'
import type { SyncReport } from './events.ts'
import { type FeedState, feedEntry, parseFeed } from './feed-state.ts'
import { forgetFeed, leaveScope, returnToScope } from './leave-scope.ts'
import { createManualSync } from './manual-sync.ts'
import type { BatchLimit } from './push.ts'
import { openRealtime, type Realtime } from './realtime.ts'
import { newCounts } from './report-counts.ts'
import { request } from './request.ts'
import { type RoundResult, runRound } from './round.ts'
import type { ClockOffset, ScopeSession } from './scope-session.ts'
import type { EngineDeps } from './sync-deps.ts'
import {
  initialSyncState,
  type RoundFailure,
  type SyncEffect,
  type SyncEvent,
  type SyncSettings,
  type SyncState,
  syncStep,
  type Wants,
} from './sync-state.ts'
import { setAside } from './set-aside.ts'
import { createStatusBoard } from './status-board.ts'
import { type Differences, verifyScope } from './verify.ts'

/** Scopes the app has dropped while something of theirs was unsent. */
const LEAVING_ENTRY = 'leaving'

interface ScopeRuntime {
  readonly session: ScopeSession
  readonly limit: BatchLimit
  feed: FeedState | null
  realtime: Realtime | null
  running: Promise<void> | null
}

export function createSyncEngine(deps: EngineDeps): SyncEngine {
  const { settings, scheduler, clock, random, report, store, adapter } = deps
  const machineSettings: SyncSettings = {
    auto: settings.auto,
    intervalMs: settings.intervalMs,
    retryBaseMs: settings.retryBaseMs,
    retryMaxMs: settings.retryMaxMs,
    stallAfterMs: Math.max(120_000, 3 * settings.timeoutMs),
  }
  const offset: ClockOffset = { ms: 0 }
  const manual = createManualSync()
  const board = createStatusBoard(deps)
  const runtimes = new Map<string, ScopeRuntime>()
  const completeListeners = new Set<() => void>()
  let scopes: readonly string[] = deps.scopes
  let leaving: readonly string[] = []
  let state: SyncState = initialSyncState(scopes)
  let cancelAlarm = (): void => undefined
  let stopRequests = new AbortController()
  let adapterOpen: Promise<void> | null = null
  let stopConnectivity = (): void => undefined
  let asking: Promise<SyncReport> | null = null
  let closed = false
  let closing: Promise<void> | null = null

  const dispatch = (event: SyncEvent): void => {
    const step = syncStep(state, event, clock.now(), machineSettings)
    state = step.state
    for (const effect of step.effects) perform(effect)
    board.machine(state)
  }

  const perform = (effect: SyncEffect): void => {
    switch (effect.type) {
      case 'alarm':
        cancelAlarm()
        cancelAlarm = () => undefined
        if (effect.at !== null && !closed) {
          cancelAlarm = scheduler.after(Math.max(0, effect.at - clock.now()), () =>
            dispatch({ type: 'tick' }),
          )
        }
        break
      case 'stalled':
        report('stalled', { scope: effect.scope, sinceMs: effect.sinceMs })
        break
      case 'run': {
        const runtime = runtimeOf(effect.scope)
        const asked = manual.wants(effect.scope)
        manual.began(effect.scope)
        // Not at once: listeners that are told of its beginning may call the engine again.
        runtime.running = Promise.resolve()
          .then(() => runScope(runtime, effect.wants, asked))
          .finally(() => {
            runtime.running = null
          })
        break
      }
    }
  }

  const runtimeOf = (scope: string): ScopeRuntime => {
    const known = runtimes.get(scope)
    if (known !== undefined) return known
    const most = Math.max(1, Math.min(settings.batchSize, adapter.capabilities.maxBatch))
    const runtime: ScopeRuntime = {
      session: {
        scope,
        deps,
        limits: {
          timeoutMs: settings.timeoutMs,
          scheduler,
          get signal() {
            return stopRequests.signal
          },
        },
        offset,
        counts: newCounts(),
        progress: () => dispatch({ type: 'progress', scope }),
      },
      limit: { current: most, most, unknownInARow: 0 },
      feed: null,
      realtime: null,
      running: null,
    }
    runtimes.set(scope, runtime)
    return runtime
  }

  const openAdapter = (): Promise<void> => {
    adapterOpen ??= adapter
      .open({
        collections: [...deps.collections.keys()],
        scopes: [...scopes, ...leaving],
        logger: deps.logger,
        clock,
        random,
        traffic: deps.traffic,
      })
      .catch((error: unknown) => {
        adapterOpen = null
        throw toSyncError(error, 'BACKEND_FAILED', 'The adapter could not be opened')
      })
    return adapterOpen
  }

  const runScope = async (runtime: ScopeRuntime, wants: Wants, asked: boolean): Promise<void> => {
    const { scope } = runtime.session
    Object.assign(runtime.session.counts, newCounts())
    board.began(scope)
    const startedAt = clock.now()
    let result: RoundResult
    try {
      await request(runtime.session.limits, openAdapter)
      result = await runRound(runtime.session, {
        wants: leaving.includes(scope) ? { push: true, pull: false } : wants,
        ignoreBackoff: asked,
        limit: runtime.limit,
        stopped: () => closed || state.paused,
        onFeed: (feed, remaining) => {
          runtime.feed = feed
          board.feed(scope, feed, remaining)
          for (const listener of completeListeners) listener()
        },
      })
      subscribeTo(runtime)
    } catch (error) {
      const failure = toSyncError(error, 'STORAGE_FAILED', 'The round failed')
      result = { error: failure, recordOnly: false, nextRetry: null }
    }
    await afterRound(runtime, result, startedAt)
  }

  const afterRound = async (runtime: ScopeRuntime, result: RoundResult, startedAt: number): Promise<void> => {
    const { session } = runtime
    const stopped = closed || state.paused
    let { error } = result
    try {
      if (error?.code === 'SCOPE_REVOKED') await revoke(runtime)
      if (error === null && !stopped && leaving.includes(session.scope)) await leaveIfSettled(runtime)
    } catch (failure) {
      error ??= toSyncError(failure, 'STORAGE_FAILED', 'The scope could not be left')
    }
    if (stopped && error === null)
      error = new SyncError('ABORTED', 'Syncing was stopped before the round was done.')
    const counts = { ...session.counts }
    board.ended(session.scope, counts, error, clock.now() - startedAt)
    manual.ended(session.scope, counts, error, clock.now())
    dispatch({
      type: 'ended',
      scope: session.scope,
      failure: error === null || error.code === 'ABORTED' || result.recordOnly ? null : failureOf(error),
      more: { push: false, pull: false },
      nextRetry: result.nextRetry,
      random: random.next(),
    })
  }

  const revoke = async (runtime: ScopeRuntime): Promise<void> => {
    await leaveScope(runtime.session, 'revoked')
    runtime.feed = null
  }

  const leaveIfSettled = async (runtime: ScopeRuntime): Promise<void> => {
    const { scope } = runtime.session
    const size = await store.storage.outboxSize(scope)
    if (size.waiting > 0 || size.sending > 0) return
    // Again, should the process have ended in the middle of the first time.
    await leaveScope(runtime.session, 'dropped')
    await forgetFeed(runtime.session)
    await setLeaving(leaving.filter((name) => name !== scope))
    if (runtime.realtime !== null) await runtime.realtime.close()
    runtimes.delete(scope)
    dispatch({ type: 'scopes', scopes: [...scopes, ...leaving] })
    manual.left(scope, clock.now())
  }

  /** These were being left, and are wanted again. */
  const comeBack = async (names: readonly string[]): Promise<void> => {
    for (const scope of names) {
      const runtime = runtimeOf(scope)
      await runtime.running
      await returnToScope(runtime.session)
    }
  }

  const setLeaving = async (names: readonly string[]): Promise<void> => {
    leaving = names
    await store.submit({
      origin: 'internal',
      keys: [],
      entries: [LEAVING_ENTRY],
      run: (workspace) =>
        workspace.setEntry(LEAVING_ENTRY, names.length === 0 ? null : JSON.stringify(names)),
    })
  }

  const subscribeTo = (runtime: ScopeRuntime): void => {
    const { scope } = runtime.session
    if (!settings.auto || !settings.realtime || adapter.subscribe === undefined || closed) return
    if (runtime.realtime !== null || leaving.includes(scope)) return
    runtime.realtime = openRealtime(
      deps,
      scope,
      () => runtime.feed?.cursor ?? null,
      () => dispatch({ type: 'wake', scope, wants: { push: false, pull: true } }),
    )
  }

  const loadFeeds = async (): Promise<void> => {
    for (const scope of [...scopes, ...leaving]) {
      const entry = await store.entry(feedEntry(scope))
      const feed = parseFeed(entry?.value ?? null)
      runtimeOf(scope).feed = feed
      if (feed !== null) board.feed(scope, feed, null)
    }
  }

  /** The rounds that run now have ended. */
  const quiet = async (): Promise<void> => {
    await Promise.all([...runtimes.values()].map(async ({ running }) => running))
  }

  const askForRounds = (): Promise<SyncReport> => {
    asking = null
    if (closed) throw new SyncError('CLOSED', 'This client is closed.')
    if (state.paused) throw new SyncError('ABORTED', 'Syncing is paused. Call resume() first.')
    const done = manual.wait(Object.keys(state.scopes), clock.now())
    dispatch({ type: 'manual' })
    return done
  }

  const engine: SyncEngine = {
    get status() {
      return board.status
    },
    onStatus: (listener) => board.subscribe(listener),
    async start() {
      const identity = parseIdentity((await store.entry(CLIENT_ENTRY))?.value ?? null)
      offset.ms = identity?.offsetMs ?? 0
      const entry = await store.entry(LEAVING_ENTRY)
      const before = entry === undefined ? [] : (JSON.parse(entry.value) as readonly string[])
      await comeBack(before.filter((name) => scopes.includes(name)))
      leaving = before.filter((name) => !scopes.includes(name))
      if (leaving.length < before.length) await setLeaving(leaving)
      state = initialSyncState([...scopes, ...leaving])
      await loadFeeds()
      await board.count()
      stopConnectivity = deps.connectivity.subscribe((event) => {
        if (event !== 'offline') dispatch({ type: 'revived' })
      })
      dispatch({ type: 'started' })
    },
    sync() {
      if (closed) return Promise.reject(new SyncError('CLOSED', 'This client is closed.'))
      if (state.paused) {
        return Promise.reject(new SyncError('ABORTED', 'Syncing is paused. Call resume() first.'))
      }
      // Calls of one moment share their rounds.
      asking ??= Promise.resolve().then(askForRounds)
      return asking
    },
    pause() {
      if (state.paused || closed) return
      dispatch({ type: 'paused' })
      stopRequests.abort()
      stopRequests = new AbortController()
      manual.abort(new SyncError('ABORTED', 'Syncing was paused before the sync was done. Nothing is lost.'))
    },
    resume() {
      if (state.paused && !closed) dispatch({ type: 'resumed' })
    },
    settled: () => board.settled(),
    isComplete(collections) {
      return scopes.every((scope) => {
        const feed = runtimes.get(scope)?.feed
        return (
          feed != null && feed.cursor !== null && collections.every((name) => feed.collections.includes(name))
        )
      })
    },
    onComplete(listener) {
      completeListeners.add(listener)
      return () => completeListeners.delete(listener)
    },
    async setScopes(next) {
      await comeBack(leaving.filter((scope) => next.includes(scope)))
      const dropped = [...scopes, ...leaving].filter((scope) => !next.includes(scope))
      scopes = next
      await setLeaving(dropped)
      for (const scope of dropped) {
        const runtime = runtimeOf(scope)
        await runtime.running
        if (runtime.realtime !== null) await runtime.realtime.close()
        runtime.realtime = null
        await leaveScope(runtime.session, 'dropped')
      }
      await loadFeeds()
      dispatch({ type: 'scopes', scopes: [...scopes, ...leaving] })
      for (const scope of dropped) dispatch({ type: 'wake', scope, wants: { push: true, pull: false } })
    },
    async verify({ repair }) {
      await engine.sync()
      await quiet()
      const found: Differences = { checked: 0, missingThere: [], missingHere: [], different: [], damaged: [] }
      for (const scope of scopes) {
        const runtime = runtimeOf(scope)
        await verifyScope(runtime.session, runtime.feed?.generation ?? 1, repair, found)
      }
      return { ...found, repaired: repair }
    },
    committed(changes) {
      board.committed(changes)
      for (const scope of new Set(changes.filter(({ edited }) => edited).map((change) => change.scope))) {
        dispatch({ type: 'wake', scope, wants: { push: true, pull: false } })
      }
    },
    foreignCommit() {
      void board.count().catch((error: unknown) => {
        report('error', { error: toSyncError(error, 'STORAGE_FAILED', 'The outbox could not be counted') })
      })
    },
    damaged(keys) {
      void noteDamaged(keys).catch((error: unknown) => {
        report('error', { error: toSyncError(error, 'STORAGE_FAILED', 'Damaged rows could not be noted') })
      })
    },
    close() {
      closing ??= closeEngine()
      return closing
    },
  }

  const noteDamaged = async (keys: readonly RecordKey[]): Promise<void> => {
    for (const scope of scopes) {
      await setAside(runtimeOf(scope).session, keys)
      dispatch({ type: 'wake', scope, wants: { push: false, pull: true } })
    }
  }

  /** The adapter is open, or could not be opened, or has had its time. */
  const opened = async (): Promise<void> => {
    if (adapterOpen === null) return
    const opening = adapterOpen
    const { signal } = new AbortController()
    await request({ timeoutMs: settings.timeoutMs, scheduler, signal }, () => opening).catch(() => undefined)
  }

  const closeEngine = async (): Promise<void> => {
    closed = true
    dispatch({ type: 'closed' })
    cancelAlarm()
    stopConnectivity()
    stopRequests.abort()
    manual.abort(new SyncError('ABORTED', 'The client was closed before the sync was done. Nothing is lost.'))
    board.close()
    await quiet()
    await Promise.all([...runtimes.values()].map(async ({ realtime }) => realtime?.close()))
    await opened()
    await adapter.close()
  }

  return engine
}

function failureOf(error: SyncError): RoundFailure {
  const { retryAfterMs } = error.details
  return { code: error.code, ...(typeof retryAfterMs === 'number' ? { retryAfterMs } : {}) }
}
