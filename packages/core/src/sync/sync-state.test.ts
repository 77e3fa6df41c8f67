import { describe, expect, test } from 'vitest'
import type { ErrorCode } from '../errors/codes.ts'
import {
  backoffMs,
  initialSyncState,
  phaseOf,
  type ScopeState,
  type SyncEvent,
  type SyncSettings,
  type SyncState,
  syncStep,
  retryWaitMs,
} from './sync-state.ts'

const NOW = 1_000_000

const settings: SyncSettings = {
  auto: true,
  intervalMs: 300_000,
  retryBaseMs: 1_000,
  retryMaxMs: 60_000,
  stallAfterMs: 120_000,
}

const IDLE: ScopeState = { ...initialSyncState(['s']).scopes['s']!, nextPull: NOW + 200_000 }
const FAILED: Partial<ScopeState> = { failures: 3, failure: 'BACKEND_FAILED', nextPull: null }

const SCOPES = {
  idle: IDLE,
  'idle, a record backs off': { ...IDLE, nextRetry: NOW + 5_000 },
  'idle, a pull is due': { ...IDLE, nextPull: NOW },
  'idle, a record is due': { ...IDLE, nextRetry: NOW },
  running: { ...IDLE, running: true, stuckSince: NOW - 1_000 },
  'running, a push is wanted': {
    ...IDLE,
    running: true,
    wants: { push: true, pull: false },
    stuckSince: NOW - 1_000,
  },
  'backing off': {
    ...IDLE,
    ...FAILED,
    wants: { push: true, pull: true },
    notBefore: NOW + 7_000,
    stuckSince: NOW - 20_000,
  },
  'backing off, its wait is over': {
    ...IDLE,
    ...FAILED,
    wants: { push: true, pull: true },
    notBefore: NOW,
    stuckSince: NOW - 20_000,
  },
  'running for too long': { ...IDLE, running: true, stuckSince: NOW - 120_000 },
} as const satisfies Record<string, ScopeState>

type Condition = keyof typeof SCOPES

const EVENTS = {
  wake: { type: 'wake', scope: 's', wants: { push: true, pull: false } },
  revived: { type: 'revived' },
  manual: { type: 'manual' },
  tick: { type: 'tick' },
  paused: { type: 'paused' },
  resumed: { type: 'resumed' },
  closed: { type: 'closed' },
  progress: { type: 'progress', scope: 's' },
  'ended well': ended(null),
  'ended, a record backs off': { ...ended(null), nextRetry: NOW + 3_000 },
  'ended badly': ended('BACKEND_FAILED'),
  'ended offline': ended('NETWORK'),
} as const satisfies Record<string, SyncEvent>

type EventName = keyof typeof EVENTS

function ended(code: ErrorCode | null): Extract<SyncEvent, { readonly type: 'ended' }> {
  return {
    type: 'ended',
    scope: 's',
    failure: code === null ? null : { code },
    more: { push: false, pull: false },
    nextRetry: null,
    random: 0.5,
  }
}

function stateOf(scope: ScopeState): SyncState {
  return {
    at: NOW,
    started: true,
    paused: false,
    closed: false,
    leads: true,
    leaving: [],
    scopes: { s: scope },
  }
}

/** What is to be done, in a few words: `run push pull`, `alarm 5000` (from now), `stalled`. */
function told(state: SyncState, event: SyncEvent, given: SyncSettings = settings): string {
  const { effects } = syncStep(state, event, NOW, given)
  const words = effects.map((effect) => {
    if (effect.type === 'alarm') return effect.at === null ? 'no alarm' : `alarm ${effect.at - NOW}`
    if (effect.type === 'stalled') return 'stalled'
    return `run${effect.wants.push ? ' push' : ''}${effect.wants.pull ? ' pull' : ''}`
  })
  return words.join(', ')
}

/** A round that has just begun is looked at again when it could be stuck. */
const RUN_BOTH = 'run push pull, alarm 120000'
const RUN_PUSH = 'run push, alarm 120000'
const PULL_DUE = 'alarm 200000'
/** A round under way for a second. */
const WATCH = 'alarm 119000'
/** A scope that fails is noticed when it has made no progress for two minutes; before, its wait ends. */
const WAIT = 'alarm 7000'
const AGAIN = 'run push pull, alarm 100000'
const QUIET = 'no alarm'

const TABLE: Record<Condition, Record<EventName, string>> = {
  idle: {
    wake: RUN_PUSH,
    revived: RUN_BOTH,
    manual: RUN_BOTH,
    tick: PULL_DUE,
    paused: QUIET,
    resumed: RUN_BOTH,
    closed: QUIET,
    progress: PULL_DUE,
    'ended well': PULL_DUE,
    'ended, a record backs off': 'alarm 3000',
    'ended badly': 'alarm 500',
    'ended offline': 'alarm 500',
  },
  'idle, a record backs off': {
    wake: RUN_PUSH,
    revived: RUN_BOTH,
    manual: RUN_BOTH,
    tick: 'alarm 5000',
    paused: QUIET,
    resumed: RUN_BOTH,
    closed: QUIET,
    progress: 'alarm 5000',
    'ended well': PULL_DUE,
    'ended, a record backs off': 'alarm 3000',
    'ended badly': 'alarm 500',
    'ended offline': 'alarm 500',
  },
  'idle, a pull is due': {
    wake: RUN_PUSH,
    revived: RUN_BOTH,
    manual: RUN_BOTH,
    tick: RUN_BOTH,
    paused: QUIET,
    resumed: RUN_BOTH,
    closed: QUIET,
    progress: 'alarm 0',
    'ended well': 'alarm 0',
    'ended, a record backs off': 'alarm 0',
    'ended badly': 'alarm 500',
    'ended offline': 'alarm 500',
  },
  'idle, a record is due': {
    wake: RUN_PUSH,
    revived: RUN_BOTH,
    manual: RUN_BOTH,
    tick: RUN_PUSH,
    paused: QUIET,
    resumed: RUN_BOTH,
    closed: QUIET,
    progress: 'alarm 0',
    'ended well': PULL_DUE,
    'ended, a record backs off': 'alarm 3000',
    'ended badly': 'alarm 500',
    'ended offline': 'alarm 500',
  },
  running: {
    wake: WATCH,
    revived: WATCH,
    manual: WATCH,
    tick: WATCH,
    paused: QUIET,
    resumed: WATCH,
    closed: QUIET,
    progress: 'alarm 120000',
    'ended well': PULL_DUE,
    'ended, a record backs off': 'alarm 3000',
    'ended badly': 'alarm 500',
    'ended offline': 'alarm 500',
  },
  'running, a push is wanted': {
    wake: WATCH,
    revived: WATCH,
    manual: WATCH,
    tick: WATCH,
    paused: QUIET,
    resumed: WATCH,
    closed: QUIET,
    progress: 'alarm 120000',
    'ended well': RUN_PUSH,
    'ended, a record backs off': RUN_PUSH,
    'ended badly': 'alarm 500',
    'ended offline': 'alarm 500',
  },
  'backing off': {
    wake: WAIT,
    revived: AGAIN,
    manual: AGAIN,
    tick: WAIT,
    paused: QUIET,
    resumed: AGAIN,
    closed: QUIET,
    progress: WAIT,
    'ended well': RUN_BOTH,
    'ended, a record backs off': RUN_BOTH,
    // The fourth failure in a row: up to 8 s.
    'ended badly': 'alarm 4000',
    'ended offline': 'alarm 4000',
  },
  'backing off, its wait is over': {
    wake: AGAIN,
    revived: AGAIN,
    manual: AGAIN,
    tick: AGAIN,
    paused: QUIET,
    resumed: AGAIN,
    closed: QUIET,
    progress: RUN_BOTH,
    'ended well': RUN_BOTH,
    'ended, a record backs off': RUN_BOTH,
    'ended badly': 'alarm 4000',
    'ended offline': 'alarm 4000',
  },
  'running for too long': {
    wake: 'stalled, no alarm',
    revived: 'stalled, no alarm',
    manual: 'stalled, no alarm',
    tick: 'stalled, no alarm',
    paused: QUIET,
    resumed: 'stalled, no alarm',
    closed: QUIET,
    progress: 'alarm 120000',
    'ended well': PULL_DUE,
    'ended, a record backs off': 'alarm 3000',
    'ended badly': 'stalled, alarm 500',
    'ended offline': 'alarm 500',
  },
}

describe('syncStep', () => {
  describe.each(Object.entries(TABLE))('%s', (condition, row) => {
    test.each(Object.entries(row))('%s (W17, W21, W23)', (event, expected) => {
      expect(told(stateOf(SCOPES[condition as Condition]), EVENTS[event as EventName])).toBe(expected)
    })
  })

  test('nothing runs before it is started, while it is paused, or after it is closed (W21)', () => {
    for (const flags of [{ started: false }, { paused: true }, { closed: true }]) {
      const state = { ...stateOf(SCOPES['backing off, its wait is over']), ...flags }
      for (const event of [EVENTS.wake, EVENTS.revived, EVENTS.manual, EVENTS.tick]) {
        expect(told(state, event)).toBe(QUIET)
      }
    }
  })

  test('started: every scope pushes and pulls; without auto none does (W21)', () => {
    const state = { ...initialSyncState(['a', 'b']) }
    expect(told(state, { type: 'started' })).toBe('run push pull, run push pull, alarm 120000')
    expect(told(state, { type: 'started' }, { ...settings, auto: false })).toBe(QUIET)
  })

  test.each(['wake', 'revived', 'tick', 'resumed'] as const)(
    'without auto %s does nothing (W21)',
    (event) => {
      for (const scope of [SCOPES.idle, SCOPES['idle, a pull is due'], SCOPES['idle, a record is due']]) {
        expect(told(stateOf(scope), EVENTS[event], { ...settings, auto: false })).toBe(QUIET)
      }
    },
  )

  test('without auto a round that was asked for runs, and nothing after it (W21)', () => {
    const given = { ...settings, auto: false }
    const begun = syncStep(stateOf({ ...SCOPES.idle, nextPull: null }), EVENTS.manual, NOW, given)
    expect(begun.effects[0]).toMatchObject({ type: 'run' })
    expect(told(begun.state, EVENTS['ended well'], given)).toBe(QUIET)
    expect(told(begun.state, EVENTS['ended badly'], given)).toBe(QUIET)
  })

  test('what was wanted during a round is done by the next one (W20, W21)', () => {
    const asked = syncStep(stateOf(SCOPES.running), EVENTS.manual, NOW, settings).state
    expect(told(asked, EVENTS['ended well'])).toBe(RUN_BOTH)
  })

  test.each([
    ['idle', PULL_DUE],
    ['idle, a record backs off', 'alarm 5000'],
    ['running', WATCH],
    ['backing off', WAIT],
  ] as const)('a clock that is put back: %s waits for as long as before (W40)', (condition, expected) => {
    const DAYS = 2 * 86_400_000
    const ahead = stateOf(SCOPES[condition])
    const scope = ahead.scopes['s']!
    const later = (at: number | null): number | null => (at === null ? null : at + DAYS)
    const state: SyncState = {
      ...ahead,
      at: NOW + DAYS,
      scopes: {
        s: {
          ...scope,
          notBefore: scope.notBefore + DAYS,
          nextPull: later(scope.nextPull),
          nextRetry: later(scope.nextRetry),
          stuckSince: later(scope.stuckSince),
        },
      },
    }
    expect(told(state, EVENTS.tick)).toBe(expected)
  })

  test('scopes are independent: one that backs off does not keep another waiting (W19, W20)', () => {
    const state: SyncState = {
      ...stateOf(SCOPES.idle),
      scopes: { s: SCOPES.idle, other: SCOPES['backing off'] },
    }
    expect(told(state, EVENTS.wake)).toBe('run push, alarm 7000')
  })

  test('new scopes are read, dropped ones forgotten, the rest stay as they are (R9)', () => {
    const { state, effects } = syncStep(
      stateOf(SCOPES['backing off']),
      { type: 'scopes', scopes: ['s', 'new'], leaving: [] },
      NOW,
      settings,
    )
    expect(effects[0]).toMatchObject({ type: 'run', scope: 'new', wants: { push: true, pull: true } })
    expect(state.scopes['s']).toMatchObject({ failures: 3 })
    expect(
      Object.keys(
        syncStep(state, { type: 'scopes', scopes: ['new'], leaving: [] }, NOW, settings).state.scopes,
      ),
    ).toEqual(['new'])
  })

  test.each(Object.entries(SCOPES))(
    'where another process leads, nothing runs by itself: %s (W39)',
    (_, scope) => {
      const { state, effects } = syncStep(stateOf(scope), { type: 'follows', asked: [] }, NOW, settings)
      expect(effects.filter(({ type }) => type === 'run')).toEqual([])
      for (const name of ['wake', 'revived', 'tick', 'resumed', 'ended well', 'ended badly'] as const)
        expect(told(state, EVENTS[name])).not.toContain('run')
      expect(phaseOf(state) === 'idle').toBe(!scope.running)
    },
  )

  test('where another process leads, what the app asks for runs, and once only (W39, O1)', () => {
    const follower = syncStep(stateOf(SCOPES.idle), { type: 'follows', asked: [] }, NOW, settings).state
    const asked = syncStep(follower, EVENTS.manual, NOW, settings)
    expect(asked.effects[0]).toMatchObject({ type: 'run', wants: { push: true, pull: true } })
    expect(told(asked.state, EVENTS['ended badly'])).toBe(QUIET)
    const busy = syncStep(stateOf(SCOPES.running), EVENTS.manual, NOW, settings).state
    const robbed = syncStep(busy, { type: 'follows', asked: ['s'] }, NOW, settings).state
    expect(told(robbed, EVENTS['ended well'])).toBe(RUN_BOTH)
  })

  test('who comes to lead tries at once, whatever it knew of failures (W39, W17)', () => {
    const { state } = syncStep(stateOf(SCOPES['backing off']), { type: 'follows', asked: [] }, NOW, settings)
    expect(told(state, { type: 'leads' })).toBe(RUN_BOTH)
  })

  test('a scope that is being left is brought on its way by who left it, leader or not (W39, R9)', () => {
    const { state } = syncStep(stateOf(SCOPES.idle), { type: 'follows', asked: [] }, NOW, settings)
    const leaving: SyncEvent = { type: 'scopes', scopes: ['s', 'left'], leaving: ['left'] }
    const { effects } = syncStep(state, leaving, NOW, settings)
    expect(effects.filter(({ type }) => type === 'run')).toMatchObject([{ scope: 'left' }])
  })

  test('Retry-After is waited for, however short the backoff (W17)', () => {
    const event: SyncEvent = {
      ...ended('RATE_LIMITED'),
      failure: { code: 'RATE_LIMITED', retryAfterMs: 40_000 },
    }
    expect(told(stateOf(SCOPES.running), event)).toBe('alarm 40000')
  })

  test.each([
    [40_000, 40_000],
    [1e15, 3_600_000],
    [Number.POSITIVE_INFINITY, 3_600_000],
    [Number.NaN, 500],
    [-1, 500],
    [undefined, 500],
  ])('a Retry-After of %d ms, beside a backoff of 500, makes a wait of %d (W17)', (retryAfterMs, wait) => {
    expect(retryWaitMs(500, retryAfterMs)).toBe(wait)
  })

  test('a success forgets the failures before it (W17)', () => {
    const { state } = syncStep(
      stateOf({ ...SCOPES.running, failures: 9 }),
      EVENTS['ended well'],
      NOW,
      settings,
    )
    expect(state.scopes['s']).toMatchObject({ failures: 0, failure: null, notBefore: 0 })
  })

  test('a round that only pushed does not put off the pull that is due (W21)', () => {
    const pushing = syncStep(stateOf(SCOPES.idle), EVENTS.wake, NOW, settings).state
    expect(told(pushing, EVENTS['ended well'])).toBe(PULL_DUE)
    const pulling = syncStep(stateOf(SCOPES.idle), EVENTS.revived, NOW, settings).state
    expect(told(pulling, EVENTS['ended well'])).toBe('alarm 300000')
  })

  test('a stall is told once, and again after progress (W23)', () => {
    const first = syncStep(stateOf(SCOPES['running for too long']), EVENTS.tick, NOW, settings)
    expect(first.effects).toContainEqual({ type: 'stalled', scope: 's', sinceMs: 120_000 })
    expect(told(first.state, EVENTS.tick)).toBe(QUIET)
    const moved = syncStep(first.state, EVENTS.progress, NOW, settings).state
    const { effects } = syncStep(moved, EVENTS.tick, NOW + 120_000, settings)
    expect(effects[0]).toMatchObject({ type: 'stalled' })
  })
})

describe('backoffMs', () => {
  test('doubles up to its cap, with full jitter, and never runs out of attempts (W17)', () => {
    expect([0, 1, 2, 3].map((failures) => backoffMs(failures, 1, settings))).toEqual([
      1_000, 2_000, 4_000, 8_000,
    ])
    expect(backoffMs(6, 1, settings)).toBe(60_000)
    expect(backoffMs(1_000_000, 1, settings)).toBe(60_000)
    expect(backoffMs(3, 0, settings)).toBe(0)
    expect(backoffMs(3, 0.25, settings)).toBe(2_000)
  })
})

describe('phaseOf', () => {
  const scope = (change: Partial<ScopeState>): ScopeState => ({ ...IDLE, ...change })

  test.each([
    ['idle', {}],
    ['syncing', { running: true }],
    ['stalled', { running: true, stalled: true }],
    ['offline', { running: true, stalled: true, failure: 'NETWORK' }],
    ['needsAuth', { running: true, stalled: true, failure: 'UNAUTHENTICATED' }],
    ['idle', { failure: 'BACKEND_FAILED' }],
  ] as const)('%s for %o (W18, W23)', (phase, change) => {
    expect(phaseOf(stateOf(scope(change)))).toBe(phase)
  })

  test('the gravest of all scopes is shown, and paused before all (W18, W23)', () => {
    const scopes = {
      a: scope({ running: true }),
      b: scope({ failure: 'NETWORK' }),
      c: scope({ failure: 'UNAUTHENTICATED' }),
    }
    const state: SyncState = { ...stateOf(IDLE), scopes }
    expect(phaseOf(state)).toBe('needsAuth')
    expect(phaseOf({ ...state, scopes: { a: scopes.a, b: scopes.b } })).toBe('offline')
    expect(phaseOf({ ...state, paused: true })).toBe('paused')
  })
})
