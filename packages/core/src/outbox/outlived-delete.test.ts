import { describe, expect, test } from 'vitest'
import { parseFieldPolicies } from '../conflict/field-policies.ts'
import { reconcile } from '../conflict/reconcile.ts'
import {
  at,
  brief,
  change,
  cleanRecord,
  contextOf,
  editOf,
  ORIGIN,
  remote,
  sendingRecord,
  text,
  v,
  waitingRecord,
} from '../testing/record-fixtures.ts'
import { answer } from './answer.ts'
import { edit } from './edit.ts'
import { freeze } from './freeze.ts'
import { discard } from './intervene.ts'
import { pulled } from './pulled.ts'
import type { RecordState } from './record-state.ts'
import { unseen } from './unseen.ts'

const policies = parseFieldPolicies({ n: 'counter' })
const context = contextOf({ reconcile: (input) => reconcile({ ...input, strategy: 'merge', policies }) })

/** The base counts 1, the edit here one more, and meanwhile it was deleted there. */
function outlived(): RecordState {
  return pulled(waitingRecord({ n: 2 }), change(2, null), ORIGIN, context).state!
}

describe('an edit that outlives a delete', () => {
  test('is sent as a whole document upon the tombstone (C2)', () => {
    const { mutation } = freeze(outlived(), 'c.1', context)
    expect(mutation).toMatchObject({ kind: 'put', base: v(2), data: { id: 'a', n: 2 } })
  })

  test('counts what both have once, where another client created the record again first (C2, I3)', () => {
    const sending = sendingRecord(outlived(), context)
    const again = remote(3, { n: 2 })
    const outcome = answer(sending, 'c.1', { status: 'conflict', current: again }, context)
    expect(outcome.state?.document).toBe(text({ n: 3 }))
  })

  test('does so too where not even the tombstone is left (C2, I3)', () => {
    const sending = sendingRecord(waitingRecord({ n: 2 }), context)
    const { state } = answer(sending, 'c.1', { status: 'conflict', current: null }, context)
    expect(freeze(state!, 'c.2', context).mutation).toMatchObject({ kind: 'put', base: null })
    const outcome = pulled(state, change(3, { n: 2 }, { time: cleanRecord().sync.time }), ORIGIN, context)
    expect(outcome.state?.document).toBe(text({ n: 3 }))
  })

  test('does so too where the tombstone was purged before it was heard of, whatever the clocks say (C2, R2, I3)', () => {
    const on = cleanRecord({ n: 1, marks: { a: true } }, { time: at(8) })
    const waiting = waitingRecord({ n: 2, marks: { a: true, b: true } }, { on })
    const anew = change(9, { n: 1, marks: { c: true } }, { time: at(4) })
    const expected = text({ n: 2, marks: { b: true, c: true } })
    const later = { ...context, generation: 2 }
    const purged = unseen(waiting, false, later).state
    expect(pulled(purged, anew, ORIGIN, later).state?.document).toBe(expected)
    const held = pulled(sendingRecord(waiting, context), change(2, null), ORIGIN, context).state!
    const unseenInFlight = unseen(sendingRecord(waiting, context), false, later).state!
    for (const sending of [held, unseenInFlight]) {
      const { state } = answer(sending, 'c.1', { status: 'conflict', current: null }, later)
      expect(pulled(state, anew, ORIGIN, later).state?.document).toBe(expected)
    }
  })

  test('is what the backend lost, once that is put back to before the delete (R3, R11)', () => {
    const on = cleanRecord({ n: 1, x: 2 }, { time: at(8) })
    const later = { ...context, generation: 2 }
    const purged = unseen(waitingRecord({ n: 2, x: 2 }, { on }), false, later).state!
    const restored = change(9, { n: 1, x: 1 }, { time: at(4) })
    const seen = pulled(purged, restored, ORIGIN, later, 'recover').state
    expect(seen?.document).toBe(text({ n: 2, x: 2 }))
    const unseenThere = unseen(purged, true, { ...context, generation: 3 }).state!
    expect(pulled(unseenThere, restored, ORIGIN, context).state?.document).toBe(text({ n: 2, x: 2 }))
  })

  test('is gone when it is discarded, and sends nothing when it is deleted after all (W15, W2)', () => {
    expect(discard(outlived(), { time: '', order: 1 }, context).state).toBeNull()
    const deleted = edit(outlived(), editOf(null))!
    expect(freeze(deleted, 'c.1', context)).toEqual({ state: null, mutation: null })
  })

  test('has the backend as its base again once it is accepted (W5)', () => {
    const sending = sendingRecord(outlived(), context)
    const { state } = answer(sending, 'c.1', { status: 'accepted', version: v(4) }, context)
    expect(state).toMatchObject({ lane: null, base: null, document: text({ n: 2 }) })
    expect(state?.sync).not.toHaveProperty('gone')
  })
})

describe('a delete that is discarded while it is in flight, and comes through', () => {
  const undo = { time: at(101), order: 20 }
  const undone = discard(sendingRecord(waitingRecord(null), context), undo, context).state!
  const accepted = (state: RecordState): RecordState =>
    answer(state, 'c.1', { status: 'accepted', version: v(2) }, context).state!
  /** What it comes to where another client, who had counted one more, creates it again first. */
  const meeting = (state: RecordState): RecordState | null => {
    const outcome = { status: 'conflict', current: remote(3, { n: 2 }) } as const
    return answer(sendingRecord(state, context), 'c.1', outcome, context).state
  }

  test('is undone by the whole document, upon the tombstone (W15)', () => {
    expect(freeze(accepted(undone), 'c.2', context).mutation).toMatchObject({
      kind: 'put',
      base: v(2),
      data: { id: 'a', n: 1 },
    })
  })

  test('counts what both have once, where another client outlived it (W15, I3)', () => {
    expect(brief(meeting(accepted(undone)))).toEqual(['clean', { n: 2 }, v(3)])
    const held = pulled(undone, change(3, { n: 2 }), ORIGIN, context).state!
    expect(brief(accepted(held))).toEqual(['clean', { n: 2 }, v(3)])
  })

  test('keeps the edits made since it was discarded (W15, I2)', () => {
    const edited = edit(undone, editOf({ n: 2 }))!
    expect(brief(meeting(accepted(edited)))).toEqual(['waiting', { n: 3 }, v(3)])
  })

  test('what is created after yet another delete is a document of its own (C2)', () => {
    const created = edit(edit(undone, editOf(null))!, editOf({ n: 1 }))!
    expect(brief(meeting(accepted(created)))).toEqual(['waiting', { n: 3 }, v(3)])
  })

  test('is as if it never was, where it was refused (W15)', () => {
    const refused = { status: 'rejected', code: 'FORBIDDEN', reason: '' } as const
    const { state } = answer(undone, 'c.1', refused, context)
    expect(brief(freeze(state!, 'c.2', context).state)).toEqual(['clean', { n: 1 }, v(1)])
    expect(state?.sync).not.toHaveProperty('undeleted')
  })
})
