import { describe, expect, test } from 'vitest'
import { sumNumbers } from '../conflict/resolvers.ts'
import {
  at,
  brief,
  change,
  cleanRecord,
  contextOf,
  createdRecord,
  editOf,
  leave,
  momentOf,
  ORIGIN,
  parkedRecord,
  text,
  v,
  waitingRecord,
} from '../testing/record-fixtures.ts'
import { migrateRecord } from '../client/migrate-record.ts'
import { correctTime } from '../clock/hybrid-clock.ts'
import { edit } from './edit.ts'
import { freeze } from './freeze.ts'
import { pulled } from './pulled.ts'

const context = contextOf()

describe('a pulled change', () => {
  test('defect 11: a clean record takes it without any conflict, whatever the times (W13)', () => {
    const { state, events } = pulled(cleanRecord(), change(2, { n: 5 }, { time: at(0) }), ORIGIN, context)
    expect(brief(state)).toEqual(['clean', { n: 5 }, v(2)])
    expect(events).toEqual([])
  })

  test('that comes again is no change at all: not even a write (W11)', () => {
    const clean = cleanRecord()
    expect(pulled(clean, change(1, { n: 1 }), ORIGIN, context).state).toBe(clean)
    expect(pulled(clean, change(0, { n: 0 }), ORIGIN, context).state).toBe(clean)
  })

  test('is taken whenever it differs, where versions have no order (W11)', () => {
    const unordered = contextOf({ orderedVersions: false })
    expect(brief(pulled(cleanRecord(), change(0, { n: 0 }), ORIGIN, unordered).state)).toEqual([
      'clean',
      { n: 0 },
      v(0),
    ])
  })

  test('defect 20: unsent edits survive it, and are sent on top of it (W6)', () => {
    const { state } = pulled(waitingRecord({ n: 2 }), change(2, { n: 1, x: 1 }), ORIGIN, context)
    expect(freeze(state!, 'c.1', context).mutation).toMatchObject({ base: v(2), patch: { set: { '/n': 2 } } })
  })

  test('that already says what is unsent here leaves nothing to send (W2, W6)', () => {
    const { state, events } = pulled(waitingRecord({ n: 2 }), change(2, { n: 2 }), ORIGIN, context)
    expect(brief(state)).toEqual(['clean', { n: 2 }, v(2)])
    expect(events).toEqual([])
  })

  test('a waiting record keeps its place, its group and its waits through it (W3, W14)', () => {
    const waiting = waitingRecord({ n: 2 }, { order: 4, group: 'g' })
    const { state } = pulled(waiting, change(2, { n: 1, x: 1 }), ORIGIN, context)
    expect(state).toMatchObject({ order: 4, sync: { group: 'g' } })
  })

  test('a parked record is reconciled with it and stays parked, with its reason (W15)', () => {
    const { state } = pulled(parkedRecord(), change(2, { n: 1, x: 1 }), ORIGIN, context)
    expect(brief(state)).toEqual(['parked', { n: 2, x: 1 }, v(2)])
    expect(state!.sync.parked).toMatchObject({ code: 'FORBIDDEN', reason: 'Not yours.' })
  })

  test('a merge carries the later of both times, never now (T3)', () => {
    const early = pulled(
      waitingRecord({ n: 2 }, { time: at(50) }),
      change(2, { n: 1, x: 1 }, { time: at(70) }),
      ORIGIN,
      context,
    )
    expect(early.state!.sync.time).toBe(at(70))
    const late = pulled(
      waitingRecord({ n: 2 }, { time: at(90) }),
      change(2, { n: 1, x: 1 }, { time: at(70) }),
      ORIGIN,
      context,
    )
    expect(late.state!.sync.time).toBe(at(90))
  })

  test('a clock that is days off does not decide a conflict: corrected times do (T2, C1)', () => {
    // The device is 1,000 ahead: its edit at "1,100" was made at 100, before the other one at 500.
    const ahead = contextOf({ correct: (time, atLeast) => correctTime(time, -1_000, atLeast) })
    const mine = waitingRecord({ n: 2 }, { time: at(1_100) })
    expect(brief(pulled(mine, change(2, { n: 7 }, { time: at(500) }), ORIGIN, ahead).state)).toEqual([
      'clean',
      { n: 7 },
      v(2),
    ])
  })

  test('three clients count one up each, at once: all three count (C6, I2)', () => {
    const summing = contextOf({ strategy: sumNumbers(['n']) })
    const base = cleanRecord({ n: 0 })
    const count = (time: string) => waitingRecord({ n: 1 }, { on: base, time })
    const first = change(2, { n: 1 }, { time: at(300, 'c') })
    // Both others merge with the first one, whose time is the latest.
    const second = pulled(count(at(100, 'a')), first, ORIGIN, summing).state!
    const third = pulled(count(at(200, 'b')), first, ORIGIN, summing).state!
    const { mutation } = freeze(second, 'a.1', summing)
    const sent = change(3, { n: 2 }, { time: mutation!.time, mutation: 'a.1' })
    expect(brief(pulled(third, sent, ORIGIN, summing).state)).toEqual(['waiting', { n: 3 }, v(3)])
  })

  test('a record known to the snapshot is marked as seen by it, so that the sweep leaves it (R1, R2)', () => {
    const second = contextOf({ generation: 2 })
    expect(pulled(cleanRecord(), change(1, { n: 1 }), ORIGIN, second).state!.sync.generation).toBe(2)
    expect(pulled(waitingRecord(), change(1, { n: 1 }), ORIGIN, second).state!.sync.generation).toBe(2)
  })

  test('a leave removes a clean record, and is no news to a newer one (W26, W11)', () => {
    expect(pulled(cleanRecord(), leave(2), ORIGIN, context).state).toBeNull()
    const newer = cleanRecord({ n: 1 }, { version: v(3) })
    expect(pulled(newer, leave(2), ORIGIN, context).state).toBe(newer)
  })

  test('a leave of a record with unsent changes waits for them, also for parked ones (W26)', () => {
    const left = pulled(waitingRecord({ n: 2 }), leave(2), ORIGIN, context).state!
    expect(left.sync.left).toBe(true)
    expect(pulled(parkedRecord(), leave(2), ORIGIN, context).state).toMatchObject({ lane: 'parked' })
    // An edit that comes to nothing settles it as well.
    expect(freeze(edit(left, editOf({ n: 1 }))!, 'c.1', context).state).toBeNull()
  })

  test('a record that matches the filter again stays (W26)', () => {
    const left = pulled(waitingRecord({ n: 2 }), leave(2), ORIGIN, context).state!
    const back = pulled(left, change(3, { n: 1, x: 1 }), ORIGIN, context).state!
    expect(back.sync.left).toBeUndefined()
  })
})

describe('a change of a newer schema', () => {
  const newer = change(2, { n: 1, since: 2 }, { schema: 2 })

  test('is kept and hidden (R8)', () => {
    const { state } = pulled(cleanRecord(), newer, ORIGIN, context)
    expect(state).toMatchObject({
      lane: null,
      document: null,
      base: text({ n: 1, since: 2 }),
      sync: { schema: 2 },
    })
  })

  test('parks unsent changes rather than merge what it does not understand; both sides are kept (R8)', () => {
    const { state, events } = pulled(waitingRecord({ n: 2 }), newer, ORIGIN, context)
    expect(state).toMatchObject({ lane: 'parked', document: text({ n: 2 }), base: text({ n: 1 }) })
    expect(state!.sync.held).toMatchObject({ version: v(2), schema: 2 })
    expect(events).toMatchObject([{ kind: 'parked', code: 'NOT_SUPPORTED' }])
    // It is told once, not with every change.
    expect(pulled(state, { ...newer, version: v(3) }, ORIGIN, context).events).toEqual([])
  })
})

describe('a change of an older schema', () => {
  const now = contextOf({ schema: 2, migrate: (document) => ({ ...document, pinned: false }) })

  test('is shown migrated, with a raw base; migrating alone sends nothing (R7)', () => {
    const { state } = pulled(null, change(2, { n: 1 }), ORIGIN, now)
    expect(state).toMatchObject({ lane: null, document: text({ n: 1, pinned: false }), base: text({ n: 1 }) })
    expect(state!.sync).toMatchObject({ schema: 2, baseSchema: 1 })
  })

  test('is merged with what is unsent as migrated, and the difference is taken from the raw base (R7)', () => {
    const waiting = waitingRecord(
      { n: 2, pinned: false },
      { on: cleanRecord({ n: 1, pinned: false }, { schema: 2 }), schema: 2 },
    )
    const { state } = pulled(waiting, change(2, { n: 1, x: 1 }), ORIGIN, now)
    expect(state!.base).toBe(text({ n: 1, x: 1 }))
    const { mutation } = freeze(state!, 'c.1', now)
    expect(mutation).toMatchObject({ schema: 2, base: v(2), patch: { set: { '/n': 2, '/pinned': false } } })
  })
})

describe('a snapshot after the backend lost its history', () => {
  const recover = 'recover'

  test('an older state than was once acknowledged: what was lost waits to be sent again (R3)', () => {
    const clean = cleanRecord({ n: 7 }, { version: v(7), time: at(7) })
    const { state, events } = pulled(clean, change(3, { n: 3 }), ORIGIN, context, recover)
    expect(brief(state)).toEqual(['waiting', { n: 7 }, v(3)])
    expect(state!.sync.time).toBe(at(7))
    expect(events).toEqual([{ kind: 'recovered' }])
    expect(freeze(state!, 'c.1', context).mutation).toMatchObject({ base: v(3), patch: { set: { '/n': 7 } } })
  })

  test('unsent edits are recovered with it, with their time still to be corrected once (R3, T2)', () => {
    const ahead = contextOf({ correct: (time, atLeast) => correctTime(time, -50, atLeast) })
    const clean = cleanRecord({ n: 7 }, { version: v(7), time: at(7) })
    const waiting = waitingRecord({ n: 8 }, { on: clean, time: at(100) })
    const { state } = pulled(waiting, change(3, { n: 3 }), ORIGIN, ahead, recover)
    const mutation = freeze(state!, 'c.1', ahead).mutation!
    expect([mutation.base, momentOf(mutation.time)]).toEqual([v(3), momentOf(at(50))])
  })

  test('an older state of a newer schema is kept beside what was lost, whose base stays (R3, R8)', () => {
    const clean = cleanRecord({ n: 7 }, { version: v(7), time: at(7) })
    const older = change(3, { n: 3 }, { schema: 2 })
    const { state } = pulled(clean, older, ORIGIN, context, recover)
    expect(state).toMatchObject({ lane: 'parked', document: text({ n: 7 }), base: text({ n: 7 }) })
    expect(state!.order).toBeGreaterThan(0)
    const upgraded = migrateRecord(state!, true, contextOf({ schema: 2 })).state
    expect(brief(upgraded)).toEqual(['waiting', { n: 7 }, v(3)])
  })

  test.each([1, 2])('what is hidden is sent again as it is, upon a state of schema %i (R3, R8)', (schema) => {
    const hidden = pulled(null, change(7, { n: 7 }, { schema: 2 }), ORIGIN, context).state!
    const { state, events } = pulled(hidden, change(3, { n: 3 }, { schema }), ORIGIN, context, recover)
    expect(brief(state)).toEqual(['waiting', { n: 7 }, v(3)])
    expect(events).toEqual([{ kind: 'recovered' }])
    expect(freeze(state!, 'c.1', context).mutation).toMatchObject({ schema: 2, base: v(3) })
  })

  test('a newer state is taken as ever (R3, W13)', () => {
    expect(brief(pulled(cleanRecord(), change(2, { n: 2 }), ORIGIN, context, recover).state)).toEqual([
      'clean',
      { n: 2 },
      v(2),
    ])
  })

  test('without recovery an older state changes nothing: it is known to be older (W11)', () => {
    const clean = cleanRecord({ n: 7 }, { version: v(7) })
    expect(brief(pulled(clean, change(3, { n: 3 }), ORIGIN, context).state)).toEqual([
      'clean',
      { n: 7 },
      v(7),
    ])
  })
})

describe('two creates of one id', () => {
  test('merge over nothing (C2)', () => {
    const { state, events } = pulled(createdRecord({ a: 1 }), change(2, { b: 1 }), ORIGIN, context)
    expect(brief(state)).toEqual(['waiting', { a: 1, b: 1 }, v(2)])
    expect(events).toMatchObject([{ kind: 'conflict', base: null }])
  })
})
