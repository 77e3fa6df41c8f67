/**
 * The engine: runs the rounds that the pure machine in sync-state.ts asks for, and shows what is going on. The shell
 * around it does timers, the adapter and the store; every decision about data is in outbox/, every decision about
 * time in sync-state.ts.
 */
import { SyncError, toSyncError } from '../errors/sync-error.ts'
import type { RecordKey } from '../ports/storage.ts'
import { deepEqual } from '../shared/deep-equal.ts'
import { createAdapterOpening } from './adapter-opening.ts'
import { CLIENT_ENTRY, parseIdentity } from './client-identity.ts'
import type { SyncEngine } from './engine-contract.ts'
import type { SyncReport } from './events.ts'
import { feedEntry, parseFeed } from './feed-state.ts'
import { createForeignCommits } from './foreign-commits.ts'
import { leaveScope } from './leave-scope.ts'
import { createLead } from './lead.ts'
import { createLeavingScopes } from './leaving-scopes.ts'
import { createManualSync } from './manual-sync.ts'
import { openRealtime } from './realtime.ts'
import { createScopeRounds } from './scope-rounds.ts'
import { createScopeRuntimes, type ScopeRuntime } from './scope-runtimes.ts'
import type { ClockOffset } from './scope-session.ts'
import { shownStatus } from './shown-status.ts'
import { setAside } from './set-aside.ts'
import { createStatusBoard } from './status-board.ts'
import { strandedScopes } from './stranded-scopes.ts'
import type { EngineDeps } from './sync-deps.ts'
import {
  initialSyncState,
  type SyncEffect,
  type SyncEvent,
  type SyncSettings,
  type SyncState,
  syncStep,
} from './sync-state.ts'
import { type Differences, verifyScope } from './verify.ts'

export function createSyncEngine(deps: EngineDeps): SyncEngine {
  const { settings, scheduler, clock, report, store, adapter } = deps
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
  const leaving = createLeavingScopes(store, [...deps.collections.keys()])
  const completeListeners = new Set<() => void>()
  let scopes: readonly string[] = deps.scopes
  let state: SyncState = initialSyncState(scopes)
  let cancelAlarm = (): void => undefined
  let stopRequests = new AbortController()
  let stopConnectivity = (): void => undefined
  let asking: Promise<SyncReport> | null = null
  let closed = false
  let closing: Promise<void> | null = null
  let changingScopes: Promise<void> = Promise.resolve()

  /** Those the app wants, and those that something is still to be sent of. */
  const allScopes = (): readonly string[] => [...scopes, ...leaving.names]

  /** Another process syncs, and the app does not wait for a round of this one. */
  const isIdleFollower = (): boolean => !state.leads && !manual.isAsked()

  const isStopped = (scope: string): boolean =>
    closed || state.paused || (isIdleFollower() && !leaving.names.includes(scope))

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
        const runtime = runtimes.of(effect.scope)
        const asked = manual.wants(effect.scope)
        manual.began(effect.scope)
        runtime.signal = stopRequests.signal
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

  const runtimes = createScopeRuntimes({
    deps,
    offset,
    signal: () => stopRequests.signal,
    onProgress: (scope) => dispatch({ type: 'progress', scope }),
  })
  const opening = createAdapterOpening(deps, allScopes)

  const subscribeTo = (runtime: ScopeRuntime): void => {
    const { scope } = runtime.session
    if (!settings.auto || !settings.realtime || adapter.subscribe === undefined || closed || !state.leads)
      return
    if (runtime.realtime !== null || leaving.names.includes(scope)) return
    runtime.realtime = openRealtime(
      deps,
      scope,
      () => runtime.feed?.cursor ?? null,
      ({ page }) => {
        const pull = page !== undefined && runtime.session.arrived.add(page) ? 'told' : true
        dispatch({ type: 'wake', scope, wants: { push: false, pull } })
      },
    )
  }

  const runScope = createScopeRounds({
    deps,
    opening,
    leaving,
    board,
    manual,
    dispatch,
    pushWanted: (scope) => state.scopes[scope]?.wants.push === true,
    stopped: isStopped,
    onFeed: () => tellComplete(),
    onRun: subscribeTo,
    async onLeft({ session: { scope }, realtime }) {
      await realtime?.close()
      runtimes.forget(scope)
      tellScopes()
      manual.left(scope, clock.now())
    },
  })

  const tellComplete = (): void => {
    for (const listener of completeListeners) listener()
  }

  const tellScopes = (): void => dispatch({ type: 'scopes', scopes: allScopes(), leaving: leaving.names })

  const stopUnderWay = (): void => {
    stopRequests.abort()
    stopRequests = new AbortController()
  }

  const follow = (): void => {
    const asked = Object.keys(state.scopes).filter((scope) => manual.wants(scope))
    dispatch({ type: 'follows', asked })
    void runtimes.closeRealtime().catch((error: unknown) => {
      report('error', { error: toSyncError(error, 'BACKEND_FAILED', 'Realtime could not be closed') })
    })
  }

  const lead = createLead({
    deps,
    scopes: () => scopes,
    told: {
      leads() {
        board.shown(null)
        dispatch({ type: 'leads' })
      },
      follows() {
        // Another has taken the lead of one that did not answer.
        if (state.leads) deps.stoodStill()
        follow()
        if (isIdleFollower()) stopUnderWay()
      },
      shown: (status) => board.shown(shownStatus(status)),
      revived: () => dispatch({ type: 'revived' }),
    },
  })

  const foreign = createForeignCommits({
    deps,
    runtimes,
    scopes: allScopes,
    leads: () => state.leads,
    count: () => board.count(),
    onWaiting: (scope) => dispatch({ type: 'wake', scope, wants: { push: true, pull: false } }),
    onFeed: tellComplete,
  })

  const loadFeeds = async (): Promise<void> => {
    for (const scope of allScopes()) {
      const entry = await store.entry(feedEntry(scope))
      const feed = parseFeed(entry?.value ?? null)
      runtimes.of(scope).feed = feed
      if (feed !== null) board.feed(scope, feed, null)
    }
  }

  const askForRounds = (): Promise<SyncReport> => {
    asking = null
    if (closed) throw new SyncError('CLOSED', 'This client is closed.')
    if (state.paused) throw new SyncError('ABORTED', 'Syncing is paused. Call resume() first.')
    const done = manual.wait(Object.keys(state.scopes), clock.now())
    dispatch({ type: 'manual' })
    return done
  }

  const changeScopes = async (next: readonly string[]): Promise<void> => {
    for (const scope of leaving.names) if (next.includes(scope)) await runtimes.of(scope).running
    const dropped = allScopes().filter((scope) => !next.includes(scope))
    await leaving.set(dropped, next)
    // From here on it is so, whatever else fails: what is left of the dropped ones goes with their last round.
    scopes = next
    try {
      for (const scope of dropped) await takeOff(scope)
      await loadFeeds()
    } finally {
      tellScopes()
      for (const scope of dropped) dispatch({ type: 'wake', scope, wants: { push: true, pull: false } })
      await lead.regroup()
    }
  }

  const takeOff = async (scope: string): Promise<void> => {
    const runtime = runtimes.of(scope)
    await runtime.running
    if (runtime.realtime !== null) await runtime.realtime.close()
    runtime.realtime = null
    await leaveScope(runtime.session, 'dropped')
  }

  const engine: SyncEngine = {
    get status() {
      return board.status
    },
    onStatus: (listener) => board.subscribe(listener),
    async start() {
      const identity = parseIdentity((await store.entry(CLIENT_ENTRY))?.value ?? null)
      offset.ms = identity?.offsetMs ?? 0
      const wanted = await leaving.load()
      const before = leaving.names
      const known = [...new Set([...scopes, ...before, ...wanted])]
      const all = [...known, ...(await strandedScopes(store.storage, known))]
      const left = all.filter((name) => !scopes.includes(name))
      if (!deepEqual(left, before) || !deepEqual(scopes, wanted)) await leaving.set(left, scopes)
      for (const scope of left)
        if (!before.includes(scope)) await leaveScope(runtimes.of(scope).session, 'dropped')
      // Until it is told that it leads.
      state = { ...initialSyncState(allScopes(), leaving.names), leads: !settings.auto }
      await loadFeeds()
      await board.count()
      stopConnectivity = deps.connectivity.subscribe((event) => {
        if (event === 'offline') return
        dispatch({ type: 'revived' })
        lead.revived()
      })
      board.subscribe((status) => lead.show(status))
      dispatch({ type: 'started' })
      lead.stand()
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
      stopUnderWay()
      manual.abort(new SyncError('ABORTED', 'Syncing was paused before the sync was done. Nothing is lost.'))
      if (settings.auto) follow()
      void lead.handOver()
    },
    resume() {
      if (!state.paused || closed) return
      dispatch({ type: 'resumed' })
      lead.stand()
    },
    settled: () => board.settled(),
    isComplete(collections) {
      return scopes.every((scope) => {
        const feed = runtimes.find(scope)?.feed
        return (
          feed != null && feed.cursor !== null && collections.every((name) => feed.collections.includes(name))
        )
      })
    },
    onComplete(listener) {
      completeListeners.add(listener)
      return () => completeListeners.delete(listener)
    },
    get scopes() {
      return scopes
    },
    setScopes(wanted) {
      // One after another: the last call is the one that counts.
      const change = changingScopes.then(() => changeScopes(wanted))
      changingScopes = change.catch(() => undefined)
      return change
    },
    async verify({ repair }) {
      await engine.sync()
      await runtimes.quiet()
      const found: Differences = { checked: 0, missingThere: [], missingHere: [], different: [], damaged: [] }
      for (const scope of scopes) {
        const runtime = runtimes.of(scope)
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
    foreignCommit(records) {
      lead.storeChanged()
      foreign.told(records)
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
      await setAside(runtimes.of(scope).session, keys)
      dispatch({ type: 'wake', scope, wants: { push: false, pull: true } })
    }
  }

  const closeEngine = async (): Promise<void> => {
    closed = true
    dispatch({ type: 'closed' })
    cancelAlarm()
    stopConnectivity()
    foreign.close()
    stopRequests.abort()
    manual.abort(new SyncError('ABORTED', 'The client was closed before the sync was done. Nothing is lost.'))
    board.close()
    await runtimes.quiet()
    // The next leader finds nothing under way.
    await lead.handOver()
    await runtimes.closeRealtime()
    await opening.ended()
    await adapter.close()
  }

  return engine
}
