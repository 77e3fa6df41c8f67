import { describe, expect, test } from 'vitest'
import { clampTime } from '../clock/hybrid-clock.ts'
import { sumNumbers } from '../conflict/resolvers.ts'
import {
  at,
  brief,
  change,
  cleanRecord,
  contextOf,
  createdRecord,
  echo,
  editOf,
  leave,
  momentOf,
  ORIGIN,
  remote,
  sendingRecord,
  text,
  v,
  waitingRecord,
} from '../testing/record-fixtures.ts'
import { answer, unanswered } from './answer.ts'
import { edit } from './edit.ts'
import { freeze } from './freeze.ts'
import { pulled } from './pulled.ts'
import type { RecordState } from './record-state.ts'

const context = contextOf()
const summing = contextOf({ strategy: sumNumbers(['n']) })
const accepted = { status: 'accepted', version: v(2) } as const

describe('an answer', () => {
  test('to another mutation changes nothing (W9)', () => {
    const sending = sendingRecord()
    expect(answer(sending, 'c.9', accepted, context).state).toBe(sending)
  })

  test('that comes twice changes nothing the second time (W9)', () => {
    const once = answer(sendingRecord(), 'c.1', accepted, context).state!
    expect(answer(once, 'c.1', accepted, context).state).toBe(once)
  })

  test('accepted while edited since: the difference goes on from what was sent (W5)', () => {
    const sending = edit(sendingRecord(waitingRecord({ n: 2 })), editOf({ n: 3 }, { order: 12 }))!
    const { state, events } = answer(sending, 'c.1', accepted, context)
    expect(state).toMatchObject({
      lane: 'waiting',
      base: text({ n: 2 }),
      document: text({ n: 3 }),
      order: 12,
    })
    expect(events).toEqual([{ kind: 'synced', version: v(2) }])
    expect(freeze(state!, 'c.2', context).mutation).toMatchObject({ base: v(2), patch: { set: { '/n': 3 } } })
  })

  test('accepted while deleted since: the delete names the accepted version (W5, W16)', () => {
    const sending = edit(sendingRecord(createdRecord()), editOf(null, { order: 12 }))!
    const { state } = answer(sending, 'c.1', accepted, context)
    expect(freeze(state!, 'c.2', context).mutation).toMatchObject({ kind: 'delete', base: v(2) })
  })

  test('an accepted delete whose record was saved again since: it is created again on the tombstone (W5)', () => {
    const sending = edit(sendingRecord(waitingRecord(null)), editOf({ n: 7 }))!
    const { state } = answer(sending, 'c.1', accepted, context)
    expect(freeze(state!, 'c.2', context).mutation).toMatchObject({
      kind: 'put',
      base: v(2),
      data: { id: 'a', n: 7 },
    })
  })

  test('defect 12: what a conflict was resolved to is sent (W6)', () => {
    const sending = sendingRecord(waitingRecord({ n: 2 }))
    const { state, events } = answer(
      sending,
      'c.1',
      { status: 'conflict', current: remote(4, { n: 1, x: 1 }) },
      context,
    )
    expect(freeze(state!, 'c.2', context).mutation).toMatchObject({ base: v(4), patch: { set: { '/n': 2 } } })
    expect(events).toMatchObject([
      { kind: 'conflict', winner: 'merged', base: { n: 1 }, resolved: { n: 2, x: 1 } },
    ])
  })

  test('a conflict takes later edits into the merge (W6)', () => {
    const sending = edit(sendingRecord(waitingRecord({ n: 2 })), editOf({ n: 2, y: 1 }))!
    const { state } = answer(
      sending,
      'c.1',
      { status: 'conflict', current: remote(4, { n: 1, x: 1 }) },
      context,
    )
    expect(brief(state)).toEqual(['waiting', { n: 2, x: 1, y: 1 }, v(4)])
  })

  test('a conflict keeps its place in the outbox (W3, W6)', () => {
    const sending = sendingRecord(waitingRecord({ n: 2 }, { order: 4 }))
    const { state } = answer(
      sending,
      'c.1',
      { status: 'conflict', current: remote(4, { n: 1, x: 1 }) },
      context,
    )
    expect(state!.order).toBe(4)
  })

  test('a conflict with the very state it made itself is its acceptance (A3, W12)', () => {
    const sending = sendingRecord(waitingRecord({ n: 12 }, { on: cleanRecord({ n: 10 }) }))
    // The backend keeps another time than it was sent, as it does for clocks that run ahead (T4).
    const current = remote(2, { n: 12 }, { mutation: 'c.1', time: clampTime(sending.sync.time, 50) })
    const { state, events } = answer(sending, 'c.1', { status: 'conflict', current }, summing)
    expect(brief(state)).toEqual(['clean', { n: 12 }, v(2)])
    expect(events).toEqual([{ kind: 'synced', version: v(2) }])
  })

  test('"nothing is there" to a create makes it wait, with its time corrected once (W6, T2)', () => {
    const created = edit(sendingRecord(createdRecord()), editOf({ n: 3 }, { time: at(300) }))!
    const ahead = contextOf({ correct: () => at(5_300) })
    const { state } = answer(created, 'c.1', { status: 'conflict', current: null }, ahead)
    expect(momentOf(freeze(state!, 'c.2', ahead).mutation!.time)).toBe(momentOf(at(5_300)))
  })

  test('rejected: it parks with its reason (W7)', () => {
    const outcome = {
      status: 'rejected',
      code: 'CONSTRAINT',
      reason: 'taken',
      details: { field: 'n' },
    } as const
    const { state, events } = answer(sendingRecord(), 'c.1', outcome, context)
    expect(state).toMatchObject({
      lane: 'parked',
      sync: { parked: { code: 'CONSTRAINT', reason: 'taken', details: { field: 'n' }, at: 5_000 } },
    })
    expect(events).toEqual([{ kind: 'parked', code: 'CONSTRAINT', reason: 'taken' }])
  })

  test('rejected with later edits: they are folded in and tried once more, then it parks (W7)', () => {
    const outcome = { status: 'rejected', code: 'CONSTRAINT', reason: 'taken' } as const
    const edited = edit(sendingRecord(waitingRecord({ n: 2 })), editOf({ n: 2, m: 1 }))!
    const first = answer(edited, 'c.1', outcome, context)
    expect(first.events).toEqual([])
    const again = freeze(first.state!, 'c.2', context)
    expect(again.mutation).toMatchObject({ base: v(1), patch: { set: { '/n': 2, '/m': 1 } } })
    expect(answer(again.state!, 'c.2', outcome, context).state).toMatchObject({ lane: 'parked' })
  })

  test('aborted: the difference waits again with its group (W8, W14)', () => {
    const sending = sendingRecord(waitingRecord({ n: 2 }, { group: 'g', order: 4 }))
    const { state } = answer(sending, 'c.1', { status: 'aborted' }, context)
    expect(state).toMatchObject({ lane: 'waiting', order: 4, sync: { group: 'g' } })
  })

  test('unknown: the same mutation stays in flight, and waits longer (W9, W17)', () => {
    const sending = sendingRecord()
    const once = unanswered(sending, 5_000, 6_000)
    const twice = unanswered(once, 7_000, 9_000)
    expect(twice.sync.inFlight).toBe(sending.sync.inFlight)
    expect(twice.sync).toMatchObject({ attempts: 2, failedAt: 7_000, retryAt: 9_000 })
  })

  test('a mutation made under an older schema is the raw base of the migrated record (R7)', () => {
    const sending = sendingRecord(waitingRecord({ n: 2 }))
    const migrated: RecordState = {
      ...sending,
      document: text({ n: 2, pinned: false }),
      sync: { ...sending.sync, schema: 2, baseSchema: 1 },
    }
    const now = contextOf({ schema: 2, migrate: (document) => ({ ...document, pinned: false }) })
    const { state } = answer(migrated, 'c.1', accepted, now)
    expect(state).toMatchObject({ lane: null, document: text({ n: 2, pinned: false }), base: text({ n: 2 }) })
    const edited = edit(state, editOf({ n: 3, pinned: false }, { schema: 2 }))!
    expect(freeze(edited, 'c.2', now).mutation!.patch).toEqual({ set: { '/n': 3, '/pinned': false } })
  })
})

describe('while the outcome is unknown', () => {
  /** Base 10, +2 here. */
  const sending = sendingRecord(waitingRecord({ n: 12 }, { on: cleanRecord({ n: 10 }) }))
  const theirs = change(3, { n: 15 }, { mutation: 'd.1' })

  test('+2 applied, its acknowledgement lost, +3 by another client: the sum counts 2 once (W12)', () => {
    const waits = pulled(sending, theirs, ORIGIN, summing).state!
    expect(brief(waits)).toEqual(['sending', { n: 12 }, v(1)])
    const { state, events } = answer(waits, 'c.1', accepted, summing)
    expect(brief(state)).toEqual(['clean', { n: 15 }, v(3)])
    expect(events).toEqual([{ kind: 'synced', version: v(2) }])
  })

  test('+2 applied, its acknowledgement lost, +3 by another client, +4 here: all count once (W12)', () => {
    const edited = edit(sending, editOf({ n: 16 }, { time: at(200) }))!
    const waits = pulled(edited, theirs, ORIGIN, summing).state!
    expect(brief(answer(waits, 'c.1', accepted, summing).state)).toEqual(['waiting', { n: 19 }, v(3)])
  })

  test('+2 not applied, +3 by another client: both count (W6, W12)', () => {
    const waits = pulled(sending, change(3, { n: 13 }), ORIGIN, summing).state!
    const current = remote(3, { n: 13 })
    expect(brief(answer(waits, 'c.1', { status: 'conflict', current }, summing).state)).toEqual([
      'waiting',
      { n: 15 },
      v(3),
    ])
  })

  test('of several changes only the newest is held (W12)', () => {
    const third = pulled(sending, change(3, { n: 13 }), ORIGIN, context).state!
    const fifth = pulled(third, change(5, { n: 10, x: 5 }), ORIGIN, context).state!
    const fourth = pulled(fifth, change(4, { n: 14 }), ORIGIN, context).state!
    expect(fourth.sync.held!.version).toBe(v(5))
    const { state } = answer(fourth, 'c.1', { status: 'conflict', current: remote(4, { n: 14 }) }, context)
    expect(brief(state)).toEqual(['waiting', { n: 12, x: 5 }, v(5)])
  })

  test('a conflict that shows a newer state than the held one is settled with that (W6, W12)', () => {
    const waits = pulled(sending, change(3, { n: 10, x: 3 }), ORIGIN, context).state!
    const { state } = answer(
      waits,
      'c.1',
      { status: 'conflict', current: remote(6, { n: 10, x: 6 }) },
      context,
    )
    expect(brief(state)).toEqual(['waiting', { n: 12, x: 6 }, v(6)])
    expect(state!.sync.held).toBeUndefined()
  })

  test('rejected: it parks, on what was held (W7, W12, W15)', () => {
    const waits = pulled(sending, change(3, { n: 10, x: 3 }), ORIGIN, context).state!
    const outcome = { status: 'rejected', code: 'FORBIDDEN', reason: 'no' } as const
    expect(brief(answer(waits, 'c.1', outcome, context).state)).toEqual(['parked', { n: 12, x: 3 }, v(3)])
  })

  test('an accepted delete, then another client created it anew: it is here again (W12)', () => {
    const deleting = sendingRecord(waitingRecord(null))
    const waits = pulled(deleting, change(3, { n: 7 }), ORIGIN, context).state!
    expect(brief(answer(waits, 'c.1', accepted, context).state)).toEqual(['clean', { n: 7 }, v(3)])
  })

  test('accepted, then deleted by another client: it is gone (W12)', () => {
    const waits = pulled(sending, change(3, null), ORIGIN, context).state!
    expect(answer(waits, 'c.1', accepted, context).state).toBeNull()
  })

  test('defect 11: its own echo is its answer, and no conflict (W12)', () => {
    const { state, events } = pulled(sending, echo(sending, 2, { n: 12 }), ORIGIN, context)
    expect(brief(state)).toEqual(['clean', { n: 12 }, v(2)])
    expect(events).toEqual([{ kind: 'synced', version: v(2) }])
  })

  test('what a copy of the store sent under the same id is no answer, and nothing of it is lost (W12, W27)', () => {
    const copied = change(2, { n: 10, x: 1 }, { mutation: 'c.1', time: at(100) })
    const { state } = pulled(sending, copied, ORIGIN, context)
    expect(brief(state)).toEqual(['sending', { n: 12 }, v(1)])
    const { state: landed } = answer(state!, 'c.1', { status: 'aborted' }, context)
    expect(brief(landed)).toEqual(['waiting', { n: 12, x: 1 }, v(2)])
  })

  test('its echo, then its answer: nothing is counted twice (W12, I3)', () => {
    const edited = edit(sending, editOf({ n: 16 }))!
    const echoed = pulled(edited, echo(edited, 2, { n: 12 }), ORIGIN, summing).state!
    expect(answer(echoed, 'c.1', accepted, summing).state).toBe(echoed)
    expect(brief(echoed)).toEqual(['waiting', { n: 16 }, v(2)])
  })

  test('a record that left the filter goes once its change is settled (W26)', () => {
    const left = pulled(sending, leave(3), ORIGIN, context).state!
    expect(brief(left)).toEqual(['sending', { n: 12 }, v(1)])
    expect(answer(left, 'c.1', accepted, context).state).toBeNull()
  })

  test('a record that left the filter and came back by its own echo stays (W26)', () => {
    const left = pulled(sending, leave(2), ORIGIN, context).state!
    const back = pulled(left, echo(left, 3, { n: 12 }), ORIGIN, context).state
    expect(brief(back)).toEqual(['clean', { n: 12 }, v(3)])
  })
})
