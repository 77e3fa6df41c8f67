import { describe, expect, test } from 'vitest'
import {
  brief,
  change,
  cleanRecord,
  contextOf,
  createdRecord,
  echo,
  editOf,
  leave,
  ORIGIN,
  parkedRecord,
  remote,
  sendingRecord,
  v,
  waitingRecord,
} from '../testing/record-fixtures.ts'
import { answer } from './answer.ts'
import { edit } from './edit.ts'
import { discard, retry } from './intervene.ts'
import { pulled } from './pulled.ts'
import type { RecordState } from './record-state.ts'
import type { Outcome } from './transition.ts'
import { unseen } from './unseen.ts'

const context = contextOf()
const undo = { time: '000000000200-0000-0000000000000001', order: 20 }

/** The base is `{n: 1}` at version 1; the app made it `{n: 2}`, and later `{n: 3}`. */
const LANES = {
  absent: null,
  clean: cleanRecord(),
  waiting: waitingRecord(),
  'waiting create': createdRecord(),
  'waiting delete': waitingRecord(null),
  sending: sendingRecord(),
  'sending, edited': edit(sendingRecord(), editOf({ n: 3 })),
  'sending create': sendingRecord(createdRecord()),
  'sending delete': sendingRecord(waitingRecord(null)),
  parked: parkedRecord(),
  'parked create': parkedRecord(createdRecord()),
} as const satisfies Record<string, RecordState | null>

type LaneName = keyof typeof LANES

const EVENTS = {
  edited: (state: RecordState | null) => edit(state, editOf({ n: 9 })),
  deleted: (state: RecordState | null) => edit(state, editOf(null)),
  accepted: (state: RecordState | null) => answered(state, { status: 'accepted', version: v(5) }),
  'accepted, stored otherwise': (state: RecordState | null) =>
    answered(state, { status: 'accepted', version: v(5), data: { id: 'a', n: 2, by: 'server' } }),
  'conflict, field x': (state: RecordState | null) =>
    answered(state, { status: 'conflict', current: remote(5, { n: 1, x: 1 }) }),
  'conflict, deleted': (state: RecordState | null) =>
    answered(state, { status: 'conflict', current: remote(5, null) }),
  'conflict, nothing': (state: RecordState | null) => answered(state, { status: 'conflict', current: null }),
  rejected: (state: RecordState | null) =>
    answered(state, { status: 'rejected', code: 'FORBIDDEN', reason: 'Not yours.' }),
  aborted: (state: RecordState | null) => answered(state, { status: 'aborted' }),
  'newer put': (state: RecordState | null) => pull(state, change(5, { n: 1, x: 1 })),
  'newer delete': (state: RecordState | null) => pull(state, change(5, null)),
  'known put': (state: RecordState | null) => pull(state, change(1, { n: 1 })),
  'older put': (state: RecordState | null) => pull(state, change(0, { n: 0 })),
  'own echo': (state: RecordState | null) =>
    pull(state, state?.sync.inFlight === undefined ? change(5, { n: 2 }) : echo(state, 5, { n: 2 })),
  leave: (state: RecordState | null) => pull(state, leave(5)),
  'not seen': (state: RecordState | null) => sweep(state, false),
  'not seen, recover': (state: RecordState | null) => sweep(state, true),
  retried: (state: RecordState | null) => (state === null ? null : retry(state)),
  discarded: (state: RecordState | null) => (state === null ? null : discard(state, undo, context).state),
} as const

type EventName = keyof typeof EVENTS

function answered(state: RecordState | null, outcome: Parameters<typeof answer>[2]): RecordState | null {
  return state === null ? null : answer(state, 'c.1', outcome, context).state
}

function pull(state: RecordState | null, news: Parameters<typeof pulled>[1]): RecordState | null {
  return pulled(state, news, ORIGIN, context).state
}

function sweep(state: RecordState | null, recover: boolean): RecordState | null {
  const outcome: Outcome | null = state === null ? null : unseen(state, recover, contextOf({ generation: 2 }))
  return outcome === null ? null : outcome.state
}

const GONE = 'gone'
const CLEAN = ['clean', { n: 1 }, v(1)]
const WAITING = ['waiting', { n: 2 }, v(1)]
const CREATE = ['waiting', { n: 2 }, null]
const DELETE = ['waiting', null, v(1)]
const SENDING = ['sending', { n: 2 }, v(1)]
const EDITED = ['sending', { n: 3 }, v(1)]
const SENDING_CREATE = ['sending', { n: 2 }, null]
const SENDING_DELETE = ['sending', null, v(1)]
const PARKED = ['parked', { n: 2 }, v(1)]
const PARKED_CREATE = ['parked', { n: 2 }, null]

/** What an answer does to a record that waits for none. */
function notAsked(before: unknown) {
  return {
    accepted: before,
    'accepted, stored otherwise': before,
    'conflict, field x': before,
    'conflict, deleted': before,
    'conflict, nothing': before,
    rejected: before,
    aborted: before,
  }
}

/** What is pulled while an outcome is unknown is held: nothing is seen of it (W12). */
function held(before: unknown) {
  return {
    'newer put': before,
    'newer delete': before,
    'known put': before,
    'older put': before,
    leave: before,
    'not seen': before,
    'not seen, recover': before,
    retried: before,
  }
}

const TABLE: Record<LaneName, Record<EventName, unknown>> = {
  absent: {
    ...notAsked(GONE),
    edited: ['waiting', { n: 9 }, null],
    deleted: GONE,
    'newer put': ['clean', { n: 1, x: 1 }, v(5)],
    'newer delete': GONE,
    'known put': CLEAN,
    'older put': ['clean', { n: 0 }, v(0)],
    'own echo': ['clean', { n: 2 }, v(5)],
    leave: GONE,
    'not seen': GONE,
    'not seen, recover': GONE,
    retried: GONE,
    discarded: GONE,
  },
  clean: {
    ...notAsked(CLEAN),
    edited: ['waiting', { n: 9 }, v(1)],
    deleted: DELETE,
    'newer put': ['clean', { n: 1, x: 1 }, v(5)],
    'newer delete': GONE,
    'known put': CLEAN,
    'older put': CLEAN,
    'own echo': ['clean', { n: 2 }, v(5)],
    leave: GONE,
    'not seen': GONE,
    'not seen, recover': ['waiting', { n: 1 }, null],
    retried: CLEAN,
    discarded: CLEAN,
  },
  waiting: {
    ...notAsked(WAITING),
    edited: ['waiting', { n: 9 }, v(1)],
    deleted: DELETE,
    'newer put': ['waiting', { n: 2, x: 1 }, v(5)],
    'newer delete': ['waiting', { n: 2 }, v(5)],
    'known put': WAITING,
    'older put': WAITING,
    'own echo': ['clean', { n: 2 }, v(5)],
    leave: WAITING,
    'not seen': ['waiting', { n: 2 }, null],
    'not seen, recover': ['waiting', { n: 2 }, null],
    retried: WAITING,
    discarded: CLEAN,
  },
  'waiting create': {
    ...notAsked(CREATE),
    edited: ['waiting', { n: 9 }, null],
    deleted: GONE,
    'newer put': ['waiting', { n: 2, x: 1 }, v(5)],
    'newer delete': ['waiting', { n: 2 }, v(5)],
    'known put': ['waiting', { n: 2 }, v(1)],
    'older put': ['waiting', { n: 2 }, v(0)],
    'own echo': ['clean', { n: 2 }, v(5)],
    leave: CREATE,
    'not seen': CREATE,
    'not seen, recover': CREATE,
    retried: CREATE,
    discarded: GONE,
  },
  'waiting delete': {
    ...notAsked(DELETE),
    edited: ['waiting', { n: 9 }, v(1)],
    deleted: DELETE,
    // An edit beats a delete (C2).
    'newer put': ['clean', { n: 1, x: 1 }, v(5)],
    'newer delete': GONE,
    'known put': DELETE,
    'older put': DELETE,
    'own echo': ['clean', { n: 2 }, v(5)],
    leave: DELETE,
    'not seen': GONE,
    'not seen, recover': GONE,
    retried: DELETE,
    discarded: CLEAN,
  },
  sending: {
    ...held(SENDING),
    edited: ['sending', { n: 9 }, v(1)],
    deleted: SENDING_DELETE,
    accepted: ['clean', { n: 2 }, v(5)],
    'accepted, stored otherwise': ['clean', { n: 2, by: 'server' }, v(5)],
    'conflict, field x': ['waiting', { n: 2, x: 1 }, v(5)],
    'conflict, deleted': ['waiting', { n: 2 }, v(5)],
    'conflict, nothing': ['waiting', { n: 2 }, null],
    rejected: PARKED,
    aborted: WAITING,
    'own echo': ['clean', { n: 2 }, v(5)],
    // It cannot be called back: what was sent is undone by another edit.
    discarded: ['sending', { n: 1 }, v(1)],
  },
  'sending, edited': {
    ...held(EDITED),
    edited: ['sending', { n: 9 }, v(1)],
    deleted: SENDING_DELETE,
    accepted: ['waiting', { n: 3 }, v(5)],
    'accepted, stored otherwise': ['waiting', { n: 3, by: 'server' }, v(5)],
    'conflict, field x': ['waiting', { n: 3, x: 1 }, v(5)],
    'conflict, deleted': ['waiting', { n: 3 }, v(5)],
    'conflict, nothing': ['waiting', { n: 3 }, null],
    // Tried once more, with what came later (W7).
    rejected: ['waiting', { n: 3 }, v(1)],
    aborted: ['waiting', { n: 3 }, v(1)],
    'own echo': ['waiting', { n: 3 }, v(5)],
    discarded: ['sending', { n: 1 }, v(1)],
  },
  'sending create': {
    ...held(SENDING_CREATE),
    edited: ['sending', { n: 9 }, null],
    // It may have been applied, so it is not folded away (W16).
    deleted: ['sending', null, null],
    accepted: ['clean', { n: 2 }, v(5)],
    'accepted, stored otherwise': ['clean', { n: 2, by: 'server' }, v(5)],
    'conflict, field x': ['waiting', { n: 2, x: 1 }, v(5)],
    'conflict, deleted': ['waiting', { n: 2 }, v(5)],
    'conflict, nothing': CREATE,
    rejected: PARKED_CREATE,
    aborted: CREATE,
    'own echo': ['clean', { n: 2 }, v(5)],
    discarded: ['sending', null, null],
  },
  'sending delete': {
    ...held(SENDING_DELETE),
    edited: ['sending', { n: 9 }, v(1)],
    deleted: SENDING_DELETE,
    accepted: GONE,
    'accepted, stored otherwise': GONE,
    'conflict, field x': ['clean', { n: 1, x: 1 }, v(5)],
    'conflict, deleted': GONE,
    'conflict, nothing': GONE,
    rejected: ['parked', null, v(1)],
    aborted: DELETE,
    'own echo': GONE,
    discarded: ['sending', { n: 1 }, v(1)],
  },
  parked: {
    ...notAsked(PARKED),
    edited: ['waiting', { n: 9 }, v(1)],
    deleted: DELETE,
    'newer put': ['parked', { n: 2, x: 1 }, v(5)],
    'newer delete': ['parked', { n: 2 }, v(5)],
    'known put': PARKED,
    'older put': PARKED,
    'own echo': ['clean', { n: 2 }, v(5)],
    leave: PARKED,
    'not seen': ['parked', { n: 2 }, null],
    'not seen, recover': ['parked', { n: 2 }, null],
    retried: WAITING,
    discarded: CLEAN,
  },
  'parked create': {
    ...notAsked(PARKED_CREATE),
    edited: ['waiting', { n: 9 }, null],
    deleted: GONE,
    'newer put': ['parked', { n: 2, x: 1 }, v(5)],
    'newer delete': ['parked', { n: 2 }, v(5)],
    'known put': ['parked', { n: 2 }, v(1)],
    'older put': ['parked', { n: 2 }, v(0)],
    'own echo': ['clean', { n: 2 }, v(5)],
    leave: PARKED_CREATE,
    'not seen': PARKED_CREATE,
    'not seen, recover': PARKED_CREATE,
    retried: CREATE,
    discarded: GONE,
  },
}

describe('the transitions of a record', () => {
  describe.each(Object.entries(TABLE))('%s', (lane, expectations) => {
    test.each(Object.entries(expectations))(
      '%s (W5, W6, W7, W8, W11, W12, W13, W15, W16, R2, R3)',
      (event, expected) => {
        const before = LANES[lane as LaneName]
        const after = EVENTS[event as EventName](before)
        expect(brief(after)).toEqual(expected)
        expectConsistent(after)
      },
    )
  })
})

/** What holds for every row, whatever happened. */
function expectConsistent(state: RecordState | null): void {
  if (state === null) return
  const { lane, order, base, document, sync } = state
  expect(sync.inFlight !== undefined).toBe(lane === 'sending')
  expect(sync.parked !== undefined).toBe(lane === 'parked')
  if (lane !== 'sending') expect(sync.editedAt).toBeUndefined()
  if (lane === null) {
    expect([order, base, sync.device, sync.group]).toEqual([0, null, undefined, undefined])
    expect(document).not.toBeNull()
  } else {
    expect(order).toBeGreaterThan(0)
  }
}
