import { describe, expect, test } from 'vitest'
import {
  brief,
  change,
  cleanRecord,
  contextOf,
  createdRecord,
  leave,
  ORIGIN,
  parkedRecord,
  sendingRecord,
  text,
  v,
  waitingRecord,
} from '../testing/record-fixtures.ts'
import { answer } from './answer.ts'
import { freeze } from './freeze.ts'
import { discard, retry } from './intervene.ts'
import { pulled } from './pulled.ts'

const context = contextOf()
const undo = { time: '000000000200-0000-0000000000000001', order: 20 }

describe('retry', () => {
  test('sends a parked record again under a new id, without an edit (W15)', () => {
    const { mutation } = freeze(retry(parkedRecord()), 'c.2', context)
    expect(mutation).toMatchObject({ id: 'c.2', base: v(1), patch: { set: { '/n': 2 } } })
  })

  test('ends the waits of what is in flight, and does not change it (W17)', () => {
    const sending = sendingRecord()
    const waits = { ...sending, sync: { ...sending.sync, attempts: 5, retryAt: 99_000 } }
    expect(retry(waits)).toEqual(sending)
  })
})

describe('discard', () => {
  test('goes back to the base, with its version and time (W15)', () => {
    const clean = cleanRecord({ n: 1 })
    const { state } = discard(waitingRecord({ n: 2 }, { on: clean }), undo, context)
    expect(state).toEqual(clean)
  })

  test('of a change in flight undoes it, whatever becomes of it (W15)', () => {
    const undone = discard(sendingRecord(), undo, context).state!
    const accepted = answer(undone, 'c.1', { status: 'accepted', version: v(2) }, context).state!
    expect(freeze(accepted, 'c.2', context).mutation).toMatchObject({
      base: v(2),
      patch: { set: { '/n': 1 } },
    })
    const refused = answer(
      undone,
      'c.1',
      { status: 'rejected', code: 'FORBIDDEN', reason: '' },
      context,
    ).state!
    expect(brief(freeze(refused, 'c.2', context).state)).toEqual(['clean', { n: 1 }, v(1)])
  })

  test('of a create in flight deletes it, should it have arrived (W15, W16)', () => {
    const undone = discard(sendingRecord(createdRecord()), undo, context).state!
    const { state } = answer(undone, 'c.1', { status: 'accepted', version: v(2) }, context)
    expect(freeze(state!, 'c.2', context).mutation).toMatchObject({ kind: 'delete', base: v(2) })
  })

  test('of a record that left the filter removes it (W15, W26)', () => {
    const left = pulled(parkedRecord(), leave(2), ORIGIN, context).state!
    expect(discard(left, undo, context).state).toBeNull()
  })

  test('shows a raw base migrated, and keeps it raw (R7, W15)', () => {
    const now = contextOf({ schema: 2, migrate: (document) => ({ ...document, pinned: false }) })
    const clean = pulled(null, change(1, { n: 1 }), ORIGIN, now).state!
    const waiting = waitingRecord({ n: 2, pinned: true }, { on: clean, schema: 2 })
    const { state } = discard(waiting, undo, now)
    expect(state).toMatchObject({ lane: null, document: text({ n: 1, pinned: false }), base: text({ n: 1 }) })
    expect(state!.sync.baseSchema).toBe(1)
  })

  test('of changes a newer schema had parked takes what the backend has: the feed will not tell again (R8, W15)', () => {
    const parked = pulled(waitingRecord(), change(2, { n: 5 }, { schema: 2 }), ORIGIN, context).state!
    const { state } = discard(parked, undo, context)
    expect(state).toMatchObject({ lane: null, document: null, base: text({ n: 5 }) })
    expect(state!.sync).toMatchObject({ version: v(2), schema: 2 })
  })
})
