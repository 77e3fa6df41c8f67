import { describe, expect, test } from 'vitest'
import { parseFieldPolicies } from '../conflict/field-policies.ts'
import { reconcile } from '../conflict/reconcile.ts'
import type { Change } from '../protocol/messages.ts'
import type { RecordState } from './record-state.ts'
import type { JsonObject } from '../shared/json.ts'
import { at, brief, change, cleanRecord, contextOf, editOf, ORIGIN, v } from '../testing/record-fixtures.ts'
import { edit } from './edit.ts'
import { freeze } from './freeze.ts'
import { pulled } from './pulled.ts'
import { unseen } from './unseen.ts'

const policies = parseFieldPolicies({ n: 'counter', 'stats.seen': 'counter', best: 'max', tags: 'set' })
const context = contextOf({
  generation: 2,
  reconcile: (input) => reconcile({ ...input, strategy: 'merge', policies }),
  fields: policies,
})

/** Clean here, and lost by the backend. */
function lost(fields: JsonObject, ms = 5): RecordState {
  return unseen(cleanRecord(fields, { time: at(ms) }), true, context).state!
}

/** What becomes of it where another client created the record first, at an earlier time. */
function meeting(state: RecordState, theirs: JsonObject): unknown {
  return documentOf(state, change(9, theirs, { time: at(4) }))
}

/** What becomes of it where the backend has what another client made of its own copy, lost as well and perhaps edited. */
function meetingCopy(state: RecordState, copy: RecordState): unknown {
  const { data, time } = freeze(copy, 'd.1', context).mutation!
  return documentOf(state, { ...change(9, {}, { time }), data: data as JsonObject } as Change)
}

function documentOf(state: RecordState, theirs: Change): unknown {
  const { id: _id, ...fields } = JSON.parse(
    pulled(state, theirs, ORIGIN, context).state!.document!,
  ) as JsonObject
  return fields
}

describe('a record the backend lost, and that another client created first', () => {
  const known = { n: 3, x: 2, marks: { a: true, b: true }, stats: { seen: 3 }, best: 5 }
  const older = { n: 1, x: 1, marks: { a: true }, stats: { seen: 1 }, best: 4, y: 1 }

  test('from an older copy, as it was: all that was known here counts as edited since, and once (R11, I3)', () => {
    expect(meetingCopy(lost(known), lost(older, 3))).toEqual(known)
    const edited = edit(lost(known), editOf({ ...known, n: 4 }))!
    expect(meetingCopy(edited, lost(older, 3))).toEqual({ ...known, n: 4 })
  })

  test('from an older copy, edited: those edits are kept, and nothing counts twice (R11, I2, I3)', () => {
    const theirs = { ...older, n: 2, marks: { a: true, c: true }, best: 9 }
    const copy = edit(lost(older, 3), editOf(theirs, { time: at(4) }))!
    const merged = { ...known, n: 2, stats: { seen: 1 }, marks: { a: true, b: true, c: true }, best: 9, y: 1 }
    expect(meetingCopy(lost(known), copy)).toEqual(merged)
    const mine = edit(lost(known), editOf({ ...known, n: 13, stats: { seen: 23 } }))!
    expect(meetingCopy(mine, copy)).toEqual({ ...merged, n: 12, stats: { seen: 21 } })
  })

  test('with no knowledge of it: what that one holds is kept (R11, I2)', () => {
    const state = lost({ n: 8, best: 3, marks: { mine: true }, tags: ['mine', 'both'] })
    const theirs = { n: 1, best: 2, marks: { theirs: true }, tags: ['theirs', 'both'], x: 1 }
    expect(meeting(state, theirs)).toEqual({
      n: 1,
      best: 3,
      marks: { mine: true, theirs: true },
      tags: ['mine', 'both', 'theirs'],
      x: 1,
    })
  })

  test('with as many counted: both count (R11, I2, C9)', () => {
    const state = edit(lost({ n: 1 }), editOf({ n: 5 }))!
    expect(meeting(state, { n: 5 })).toEqual({ n: 9 })
  })

  test('what was removed here since stays removed (R11, I5)', () => {
    const state = edit(lost({ x: 1, marks: { a: true, b: true } }), editOf({ marks: { b: true } }))!
    expect(meeting(state, { x: 1, marks: { a: true } })).toEqual({ marks: { b: true } })
  })
})

describe('a record the backend lost, and of which it has a delete', () => {
  const known = { n: 3 }

  test('that is older: it was of something else, and what was lost is sent, whatever the strategy (R11, I2)', () => {
    for (const strategy of ['merge', 'lastWriteWins', 'serverWins'] as const) {
      const { state, events } = pulled(
        lost(known),
        change(9, null, { time: at(4) }),
        ORIGIN,
        contextOf({ generation: 2, strategy }),
      )
      expect([strategy, brief(state)]).toEqual([strategy, ['waiting', known, v(9)]])
      expect(events).toEqual([])
      expect(freeze(state!, 'c.1', context).mutation).toMatchObject({ kind: 'put', base: v(9) })
    }
  })

  test('that is later: it is deleted (R11, I5)', () => {
    expect(pulled(lost(known), change(9, null, { time: at(6) }), ORIGIN, context).state).toBeNull()
  })
})
