/**
 * When to sync what: a pure machine over events, whose effects the engine carries out. Wake-ups only ever bring the
 * next round of a scope forward (W21); nothing here knows what a round does.
 *
 *   per scope   idle ──wanted, due──▶ running ──ended──▶ idle (waiting until `notBefore` after a failure)
 *   overall     paused | needsAuth | offline | stalled | syncing | idle, in this order of precedence
 *
 * Where another process on the store leads, only rounds the app asks for run here, and those of scopes that are being left.
 */
import type { ErrorCode } from '../errors/codes.ts'
import type { SyncPhase } from './events.ts'

/** What a round is to do. */
export interface Wants {
  readonly push: boolean
  /** `told`: only what came along with wake-ups, unless it does not follow on what is here. */
  readonly pull: boolean | 'told'
}

export interface ScopeState {
  readonly running: boolean
  readonly wants: Wants
  /** Failed rounds in a row. */
  readonly failures: number
  /** No round before this time, unless something better than a timer asks. */
  readonly notBefore: number
  /** When the next round by the clock is due; null: none. */
  readonly nextPull: number | null
  /** When a record that backs off may be sent again. */
  readonly nextRetry: number | null
  readonly failure: ErrorCode | null
  /** Since when it should have made progress and has not; null where all is well. */
  readonly stuckSince: number | null
  readonly stalled: boolean
}

export interface SyncState {
  /** When the last event was, by the clock of that time. */
  readonly at: number
  readonly started: boolean
  readonly paused: boolean
  readonly closed: boolean
  /** This is the process on its store that syncs by itself. */
  readonly leads: boolean
  /** Scopes that are being left: whoever left them brings what is unsent of them on its way. */
  readonly leaving: readonly string[]
  readonly scopes: Readonly<Record<string, ScopeState>>
}

/** The settings the machine obeys, in milliseconds. */
export interface SyncSettings {
  /** False: rounds run only when asked for. */
  readonly auto: boolean
  readonly intervalMs: number
  readonly retryBaseMs: number
  readonly retryMaxMs: number
  readonly stallAfterMs: number
}

export interface RoundFailure {
  readonly code: ErrorCode
  readonly retryAfterMs?: number
}

export type SyncEvent =
  | { readonly type: 'started' }
  | { readonly type: 'scopes'; readonly scopes: readonly string[]; readonly leaving: readonly string[] }
  | { readonly type: 'leads' }
  /** Another process syncs. The rounds the app still waits for are of the scopes `asked`. */
  | { readonly type: 'follows'; readonly asked: readonly string[] }
  /** Someone asks for a round: a commit, realtime, another process. Waits for a backoff under way. */
  | { readonly type: 'wake'; readonly scope: string; readonly wants: Wants }
  /** The network came back, or the app became visible: try at once. */
  | { readonly type: 'revived' }
  /** The app called `sync()`: a whole round of every scope, whatever the backoff. */
  | { readonly type: 'manual' }
  | { readonly type: 'tick' }
  | { readonly type: 'paused' }
  | { readonly type: 'resumed' }
  | { readonly type: 'closed' }
  | { readonly type: 'progress'; readonly scope: string }
  | {
      readonly type: 'ended'
      readonly scope: string
      readonly failure: RoundFailure | null
      /** More is to be sent or pulled at once. */
      readonly more: Wants
      readonly nextRetry: number | null
      /** In [0, 1), for jitter. */
      readonly random: number
    }

export type SyncEffect =
  | { readonly type: 'run'; readonly scope: string; readonly wants: Wants }
  /** Send a tick at this time; it replaces the alarm before. Null: none. */
  | { readonly type: 'alarm'; readonly at: number | null }
  | { readonly type: 'stalled'; readonly scope: string; readonly sinceMs: number }

const BOTH: Wants = { push: true, pull: true }
const NOTHING: Wants = { push: false, pull: false }

const NEW_SCOPE: ScopeState = {
  running: false,
  wants: NOTHING,
  failures: 0,
  notBefore: 0,
  nextPull: null,
  nextRetry: null,
  failure: null,
  stuckSince: null,
  stalled: false,
}

/** All is at rest. It leads where nobody says otherwise. */
export function initialSyncState(scopes: readonly string[], leaving: readonly string[] = []): SyncState {
  return {
    at: 0,
    started: false,
    paused: false,
    closed: false,
    leads: true,
    leaving,
    scopes: Object.fromEntries(scopes.map((scope) => [scope, NEW_SCOPE])),
  }
}

export function syncStep(
  state: SyncState,
  event: SyncEvent,
  now: number,
  settings: SyncSettings,
): { readonly state: SyncState; readonly effects: readonly SyncEffect[] } {
  return dispatch(changed(byClock(state, now), event, now, settings), now, settings)
}

/** The state as of now. Where the clock was put back since the last event, what is waited for comes as much earlier (W40). */
function byClock(state: SyncState, now: number): SyncState {
  const back = state.at - now
  const current = { ...state, at: now }
  if (back <= 0) return current
  const earlier = (at: number | null): number | null => (at === null ? null : at - back)
  return withAll(current, (scope) => ({
    ...scope,
    notBefore: scope.notBefore - back,
    nextPull: earlier(scope.nextPull),
    nextRetry: earlier(scope.nextRetry),
    stuckSince: earlier(scope.stuckSince),
  }))
}

/** What is to be shown, by precedence. */
export function phaseOf(state: SyncState): SyncPhase {
  const scopes = Object.values(state.scopes)
  if (state.paused) return 'paused'
  if (scopes.some(({ failure }) => failure === 'UNAUTHENTICATED')) return 'needsAuth'
  if (scopes.some(({ failure }) => failure === 'NETWORK')) return 'offline'
  if (scopes.some(({ stalled }) => stalled)) return 'stalled'
  if (scopes.some(({ running }) => running)) return 'syncing'
  return 'idle'
}

/** Full jitter: anything up to the exponential wait (W17). */
export function backoffMs(failures: number, random: number, settings: SyncSettings): number {
  const ceiling = Math.min(settings.retryMaxMs, settings.retryBaseMs * 2 ** Math.min(failures, 30))
  return Math.ceil(random * ceiling)
}

/** The longest that a backend's own wish is followed: a mistaken one must not silence a client for good. */
const LONGEST_RETRY_AFTER_MS = 3_600_000

/** What to wait for: the backoff, or what the backend asked for where that is more, up to an hour (W17). */
export function retryWaitMs(backoff: number, retryAfterMs: number | undefined): number {
  const wished = retryAfterMs === undefined || Number.isNaN(retryAfterMs) ? 0 : retryAfterMs
  return Math.max(backoff, Math.min(wished, LONGEST_RETRY_AFTER_MS))
}

function changed(state: SyncState, event: SyncEvent, now: number, settings: SyncSettings): SyncState {
  const ofItself = (change: ChangeScope): ChangeScope => {
    return (scope, name) => (isAuto(state, name, settings) ? change(scope, name) : scope)
  }
  switch (event.type) {
    case 'started':
      return { ...withAll(state, ofItself(urgent)), started: true }
    case 'scopes':
      return withScopes({ ...state, leaving: event.leaving }, event.scopes, settings)
    case 'leads':
      return changed({ ...state, leads: true }, { type: 'revived' }, now, settings)
    case 'follows': {
      const followed = { ...state, leads: false }
      return withAll(followed, (scope, name) =>
        isAuto(followed, name, settings) || event.asked.includes(name) ? scope : atRest(scope),
      )
    }
    case 'wake':
      return withScope(
        state,
        event.scope,
        ofItself((scope) => wanting(scope, event.wants)),
      )
    case 'revived':
      return withAll(state, ofItself(urgent))
    case 'manual':
      return withAll(state, urgent)
    case 'tick':
      return withAll(
        state,
        ofItself((scope) => due(scope, now)),
      )
    case 'paused':
      return { ...state, paused: true }
    case 'resumed':
      return { ...withAll(state, ofItself(urgent)), paused: false }
    case 'closed':
      return { ...state, closed: true }
    case 'progress':
      return withScope(state, event.scope, (scope) => ({
        ...scope,
        stuckSince: scope.running ? now : null,
        stalled: false,
      }))
    case 'ended': {
      const auto = isAuto(state, event.scope, settings)
      return withScope(state, event.scope, (scope) => ended(scope, event, now, { ...settings, auto }))
    }
  }
}

/** Whether rounds of the scope run here without being asked for. */
function isAuto(state: SyncState, scope: string, settings: SyncSettings): boolean {
  return settings.auto && (state.leads || state.leaving.includes(scope))
}

function ended(
  scope: ScopeState,
  event: Extract<SyncEvent, { readonly type: 'ended' }>,
  now: number,
  settings: SyncSettings,
): ScopeState {
  const { failure } = event
  const wants = merge(scope.wants, event.more)
  if (failure === null) {
    return {
      ...scope,
      running: false,
      wants,
      failures: 0,
      notBefore: 0,
      failure: null,
      // A round that only pushed does not put off the next pull.
      nextPull: settings.auto ? (scope.nextPull ?? now + settings.intervalMs) : null,
      nextRetry: event.nextRetry,
      stuckSince: null,
      stalled: false,
    }
  }
  const failures = scope.failures + 1
  // Offline or signed out it does not try in vain, it is known why; and where nobody asks, nothing is to be tried.
  const isKnown = failure.code === 'NETWORK' || failure.code === 'UNAUTHENTICATED'
  const isCalm = isKnown || !(settings.auto || isWanted(scope))
  const wait = retryWaitMs(backoffMs(scope.failures, event.random, settings), failure.retryAfterMs)
  return {
    ...scope,
    running: false,
    // What failed is to be done again, all of it.
    wants: settings.auto ? BOTH : scope.wants,
    failures,
    notBefore: now + wait,
    failure: failure.code,
    nextPull: null,
    nextRetry: event.nextRetry,
    stuckSince: isCalm ? null : scope.stuckSince,
    stalled: scope.stalled && !isCalm,
  }
}

/** Starts what is wanted and may start, notices what is stuck, and sets the next alarm. */
function dispatch(
  state: SyncState,
  now: number,
  settings: SyncSettings,
): { readonly state: SyncState; readonly effects: readonly SyncEffect[] } {
  const effects: SyncEffect[] = []
  const scopes: Record<string, ScopeState> = {}
  let alarm: number | null = null
  const wakeAt = (at: number | null): void => {
    if (at !== null && (alarm === null || at < alarm)) alarm = at
  }
  for (const [name, before] of Object.entries(state.scopes)) {
    let scope = before
    if (state.started && !state.paused && !state.closed) {
      if (!scope.running && isWanted(scope) && scope.notBefore <= now) {
        effects.push({ type: 'run', scope: name, wants: scope.wants })
        const nextPull = scope.wants.pull === true ? null : scope.nextPull
        scope = { ...scope, running: true, wants: NOTHING, nextPull, stuckSince: scope.stuckSince ?? now }
      }
      if (isStuck(scope, now, settings)) {
        effects.push({ type: 'stalled', scope: name, sinceMs: now - scope.stuckSince! })
        scope = { ...scope, stalled: true }
      }
      if (scope.stuckSince !== null && !scope.stalled)
        wakeAt(Math.max(now + 1, scope.stuckSince + settings.stallAfterMs))
      if (!scope.running && isWanted(scope)) wakeAt(scope.notBefore)
      if (!scope.running && isAuto(state, name, settings)) {
        wakeAt(scope.nextPull)
        wakeAt(scope.nextRetry)
      }
    }
    scopes[name] = scope
  }
  effects.push({ type: 'alarm', at: alarm })
  return { state: { ...state, scopes }, effects }
}

function isStuck(scope: ScopeState, now: number, settings: SyncSettings): boolean {
  if (scope.stalled || scope.stuckSince === null) return false
  return now - scope.stuckSince >= settings.stallAfterMs
}

function due(scope: ScopeState, now: number): ScopeState {
  let next = scope
  if (next.nextPull !== null && next.nextPull <= now) next = { ...wanting(next, BOTH), nextPull: null }
  if (next.nextRetry !== null && next.nextRetry <= now)
    next = { ...wanting(next, { push: true, pull: false }), nextRetry: null }
  return next
}

type ChangeScope = (scope: ScopeState, name: string) => ScopeState

function withScopes(state: SyncState, names: readonly string[], settings: SyncSettings): SyncState {
  const fresh = (name: string): ScopeState =>
    isAuto(state, name, settings) ? wanting(NEW_SCOPE, BOTH) : NEW_SCOPE
  return {
    ...state,
    scopes: Object.fromEntries(names.map((name) => [name, state.scopes[name] ?? fresh(name)])),
  }
}

function withScope(state: SyncState, name: string, change: ChangeScope): SyncState {
  const scope = state.scopes[name]
  return scope === undefined ? state : { ...state, scopes: { ...state.scopes, [name]: change(scope, name) } }
}

function withAll(state: SyncState, change: ChangeScope): SyncState {
  return {
    ...state,
    scopes: Object.fromEntries(
      Object.entries(state.scopes).map(([name, scope]) => [name, change(scope, name)]),
    ),
  }
}

/** Nothing is wanted and nothing known to be wrong; a round under way goes on to its end. */
function atRest({ running, stuckSince }: ScopeState): ScopeState {
  return { ...NEW_SCOPE, running, stuckSince: running ? stuckSince : null }
}

function urgent(scope: ScopeState): ScopeState {
  return { ...wanting(scope, BOTH), notBefore: 0, failures: 0 }
}

function wanting(scope: ScopeState, wants: Wants): ScopeState {
  return { ...scope, wants: merge(scope.wants, wants) }
}

function merge(a: Wants, b: Wants): Wants {
  return { push: a.push || b.push, pull: a.pull === true || b.pull === true || a.pull || b.pull }
}

function isWanted(scope: ScopeState): boolean {
  return scope.wants.push || scope.wants.pull !== false
}
