import { describe, expect, test } from 'vitest'
import {
  at,
  cleanRecord,
  createdRecord,
  editOf,
  parkedRecord,
  sendingRecord,
  text,
  waitingRecord,
} from '../testing/record-fixtures.ts'
import { edit } from './edit.ts'

describe('edit', () => {
  test('keeps the base as it was, however often the record is edited (W2)', () => {
    const first = edit(cleanRecord({ n: 1 }), editOf({ n: 2 }))!
    const second = edit(first, editOf({ n: 3 }, { order: 11, time: at(101) }))!
    expect(second).toMatchObject({ base: text({ n: 1 }), document: text({ n: 3 }), lane: 'waiting' })
    expect(second.sync).toMatchObject({ time: at(101), baseTime: at(1), device: true })
    expect(second.sync.inFlight).toBeUndefined()
  })

  test('leaves a waiting record in its place, so that the first edited goes first (W3)', () => {
    expect(edit(waitingRecord({ n: 2 }, { order: 4 }), editOf({ n: 3 }, { order: 9 }))!.order).toBe(4)
  })

  test('gives later edits of what is in flight the place of the first of them (W3)', () => {
    const once = edit(sendingRecord(waitingRecord({ n: 2 }, { order: 4 })), editOf({ n: 3 }, { order: 9 }))!
    const twice = edit(once, editOf({ n: 4 }, { order: 12 }))!
    expect(twice.order).toBe(4)
    expect(twice.sync.editedAt).toBe(9)
  })

  test('puts a parked record last, without its refusal and its waits (W15)', () => {
    const again = edit(parkedRecord(waitingRecord({ n: 2 }, { order: 4 })), editOf({ n: 3 }, { order: 9 }))!
    expect(again).toMatchObject({ lane: 'waiting', order: 9 })
    expect(again.sync.parked).toBeUndefined()
    expect(again.sync.attempts).toBeUndefined()
  })

  test('does not touch the mutation in flight (W3)', () => {
    const sending = sendingRecord()
    expect(edit(sending, editOf({ n: 3 }))!.sync.inFlight).toBe(sending.sync.inFlight)
  })

  test('a create that was never sent is folded away by a delete (W16)', () => {
    expect(edit(createdRecord(), editOf(null))).toBeNull()
  })

  test('a record deleted and saved again before anything was sent is an edit of the old one (W2, W16)', () => {
    const again = edit(waitingRecord(null), editOf({ n: 7 }))!
    expect(again).toMatchObject({ base: text({ n: 1 }), document: text({ n: 7 }), lane: 'waiting' })
  })

  test('a record of a local collection has nothing to send (D13)', () => {
    const saved = edit(null, editOf({ n: 1 }, { synced: false }))!
    expect(saved).toMatchObject({ lane: null, base: null, order: 0 })
    expect(edit(saved, editOf({ n: 2 }, { synced: false }))).toMatchObject({
      lane: null,
      document: text({ n: 2 }),
    })
    expect(edit(saved, editOf(null, { synced: false }))).toBeNull()
  })

  test('keeps the schema version of a raw base beside that of the document (R7)', () => {
    const migrated = { ...cleanRecord({ n: 1, pinned: false }), base: text({ n: 1 }) }
    const before = { ...migrated, sync: { ...migrated.sync, schema: 2, baseSchema: 1 } }
    const after = edit(before, editOf({ n: 2, pinned: false }, { schema: 2 }))!
    expect(after.base).toBe(text({ n: 1 }))
    expect(after.sync).toMatchObject({ schema: 2, baseSchema: 1 })
  })
})
