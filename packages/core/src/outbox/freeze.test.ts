import { describe, expect, test } from 'vitest'
import { correctTime } from '../clock/hybrid-clock.ts'
import {
  at,
  change,
  cleanRecord,
  contextOf,
  createdRecord,
  editOf,
  momentOf,
  ORIGIN,
  sendingRecord,
  text,
  v,
  waitingRecord,
} from '../testing/record-fixtures.ts'
import type { JsonObject } from '../shared/json.ts'
import { answer } from './answer.ts'
import { edit } from './edit.ts'
import { freeze } from './freeze.ts'
import { pulled } from './pulled.ts'
import type { RecordState } from './record-state.ts'

const context = contextOf()

describe('freeze', () => {
  test('sends the difference of all edits since the base as one patch (W2)', () => {
    const first = waitingRecord({ n: 2, a: 1 }, { on: cleanRecord({ n: 1, x: { y: 1, z: 1 } }) })
    const second = edit(first, editOf({ n: 2, x: { y: 2, z: 1 } }))!
    expect(freeze(second, 'c.1', context).mutation).toEqual({
      id: 'c.1',
      collection: 'items',
      recordId: 'a',
      kind: 'patch',
      base: v(1),
      patch: { set: { '/n': 2, '/x/y': 2 } },
      time: expect.stringContaining(momentOf(at(100))) as string,
      schema: 1,
    })
  })

  test('tells null, absent and removed apart (A5, W2)', () => {
    const on = cleanRecord({ gone: 1, nulled: 1, stays: null })
    const { mutation } = freeze(waitingRecord({ nulled: null, stays: null }, { on }), 'c.1', context)
    expect(mutation!.patch).toEqual({ set: { '/nulled': null }, unset: ['/gone'] })
  })

  test('an empty difference vanishes and sends nothing (W2)', () => {
    const back = edit(waitingRecord({ n: 2 }), editOf({ n: 1 }))!
    const { state, mutation } = freeze(back, 'c.1', context)
    expect(mutation).toBeNull()
    expect(state).toMatchObject({ lane: null, base: null, order: 0, document: text({ n: 1 }) })
    // The edits that came to nothing leave no later time behind: the record is the backend's again (T3).
    expect(state!.sync).toMatchObject({ time: at(1), version: v(1) })
    expect(state!.sync.device).toBeUndefined()
  })

  test.each([
    ['a create', (): RecordState => createdRecord({ n: 1 }), null],
    ['an edit', (): RecordState => waitingRecord({ n: 2 }), { n: 1 }],
  ])('%s taken back leaves what was too new to be merged, hidden (W2, R8)', (_name, make, back) => {
    const refused = pulled(make(), change(2, { later: true }, { schema: 2 }), ORIGIN, context).state!
    const { state, mutation } = freeze(edit(refused, editOf(back))!, 'c.1', context)
    expect(refused).toMatchObject({ lane: 'parked' })
    expect(mutation).toBeNull()
    expect(state).toMatchObject({ lane: null, document: null, base: text({ later: true }) })
    expect(state!.sync).toMatchObject({ version: v(2), schema: 2 })
  })

  test('the order of keys is no difference (W2)', () => {
    const on = cleanRecord({ a: 1, b: 2 })
    expect(freeze(waitingRecord({ b: 2, a: 1 }, { on }), 'c.1', context).mutation).toBeNull()
  })

  test('sends the whole document to a backend that takes no patches (A5)', () => {
    const { mutation } = freeze(waitingRecord({ n: 2 }), 'c.1', contextOf({ patch: false }))
    expect(mutation).toMatchObject({ kind: 'put', data: { id: 'a', n: 2 }, base: v(1) })
    expect(mutation!.patch).toBeUndefined()
  })

  test('a create is put on nothing, a delete names what it deletes (A2)', () => {
    expect(freeze(createdRecord(), 'c.1', context).mutation).toMatchObject({ kind: 'put', base: null })
    const deleted = freeze(waitingRecord(null), 'c.1', context).mutation!
    expect(deleted).toMatchObject({ kind: 'delete', base: v(1) })
    expect(Object.keys(deleted)).not.toContain('data')
  })

  test('a delete of what the backend once lost and nobody sent is nothing to send (W2, W16)', () => {
    const created = sendingRecord(createdRecord())
    const deleted = edit(created, editOf(null))!
    const { state } = answer(deleted, 'c.1', { status: 'aborted' }, context)
    expect(freeze(state!, 'c.2', context)).toEqual({ state: null, mutation: null })
  })

  test('corrects the device time by the offset to the backend (T2)', () => {
    const ahead = contextOf({ correct: (time, atLeast) => correctTime(time, 5_000, atLeast) })
    expect(momentOf(freeze(waitingRecord(), 'c.1', ahead).mutation!.time)).toBe(momentOf(at(5_100)))
  })

  test('is later than the version it was made on, though the device clock is far behind (T2)', () => {
    const on = cleanRecord({ n: 1 }, { time: at(9_000) })
    const { mutation } = freeze(waitingRecord({ n: 2 }, { on, time: at(100) }), 'c.1', context)
    expect(mutation!.time > at(9_000)).toBe(true)
  })

  test('is later than the version a merge made it on, whose time it carried (T2, T3)', () => {
    const merged = pulled(waitingRecord(), change(200, { n: 1, x: 1 }), ORIGIN, context).state!
    expect(merged.sync.time).toBe(at(200))
    const { time } = freeze(merged, 'c.1', context).mutation!
    expect(momentOf(time)).toBe('0000000000c8-0001')
  })

  test('corrects a time once, though it is frozen again (T2)', () => {
    const ahead = contextOf({ correct: (time, atLeast) => correctTime(time, 5_000, atLeast) })
    const sending = freeze(waitingRecord(), 'c.1', ahead).state!
    const { state } = answer(sending, 'c.1', { status: 'aborted' }, ahead)
    expect(momentOf(freeze(state!, 'c.2', ahead).mutation!.time)).toBe(momentOf(at(5_100)))
  })

  test('has the time of the same id made of another state only where it is the same mutation (W27, A3)', () => {
    const timeOf = (fields: JsonObject, on: RecordState): string =>
      freeze(waitingRecord(fields, { on }), 'c.1', context).mutation!.time
    const time = timeOf({ n: 2 }, cleanRecord({ n: 1 }))
    expect(timeOf({ n: 2 }, cleanRecord({ n: 1 }))).toBe(time)
    const others = [
      timeOf({ n: 3 }, cleanRecord({ n: 1 })),
      timeOf({ n: 2 }, cleanRecord({ n: 1 }, { version: v(2) })),
    ]
    for (const other of others) {
      expect(other).not.toBe(time)
      expect(momentOf(other)).toBe(momentOf(time))
    }
  })

  test('takes the group along (W14)', () => {
    expect(freeze(waitingRecord({ n: 2 }, { group: 'g' }), 'c.1', context).mutation!.group).toBe('g')
  })

  test('forgets how often an earlier mutation was tried (W17)', () => {
    const waiting = waitingRecord()
    const tried = { ...waiting, sync: { ...waiting.sync, attempts: 4, retryAt: 99 } }
    const { sync } = freeze(tried, 'c.1', context).state!
    expect([sync.attempts, sync.retryAt]).toEqual([undefined, undefined])
  })
})
