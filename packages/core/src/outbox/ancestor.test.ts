import { describe, expect, test } from 'vitest'
import { parseFieldPolicies } from '../conflict/field-policies.ts'
import { reconcile } from '../conflict/reconcile.ts'
import type { RecordState } from './record-state.ts'
import type { JsonObject } from '../shared/json.ts'
import { at, change, cleanRecord, contextOf, editOf, ORIGIN, text } from '../testing/record-fixtures.ts'
import { edit } from './edit.ts'
import { pulled } from './pulled.ts'
import { unseen } from './unseen.ts'

const policies = parseFieldPolicies({ n: 'counter', tags: 'set' })
const context = contextOf({
  generation: 2,
  reconcile: (input) => reconcile({ ...input, strategy: 'merge', policies }),
})

/** Clean here, and lost by the backend. */
function lost(fields: JsonObject): RecordState {
  return unseen(cleanRecord(fields, { time: at(5) }), true, context).state!
}

/** What becomes of it where another client created the record first, at an earlier time. */
function meeting(state: RecordState, theirs: JsonObject): string | null | undefined {
  return pulled(state, change(9, theirs, { time: at(4) }), ORIGIN, context).state?.document
}

describe('a record the backend lost, and that another client created first', () => {
  test('from an older copy: all that was known here counts as edited since, and once (R11, I3)', () => {
    const state = lost({ n: 3, x: 2, marks: { a: true, b: true } })
    expect(meeting(state, { n: 1, x: 1, marks: { a: true } })).toBe(
      text({ n: 3, x: 2, marks: { a: true, b: true } }),
    )
  })

  test('with no knowledge of it: what that one holds is kept (R11, I2)', () => {
    const state = lost({ marks: { mine: true }, tags: ['mine', 'both'] })
    const document = meeting(state, { marks: { theirs: true }, tags: ['theirs', 'both'], x: 1 })
    expect(JSON.parse(document!)).toEqual({
      id: 'a',
      marks: { mine: true, theirs: true },
      tags: ['mine', 'both', 'theirs'],
      x: 1,
    })
  })

  test('what was removed here since stays removed (R11, I5)', () => {
    const state = edit(lost({ x: 1, marks: { a: true, b: true } }), editOf({ marks: { b: true } }))!
    expect(meeting(state, { x: 1, marks: { a: true } })).toBe(text({ marks: { b: true } }))
  })
})
