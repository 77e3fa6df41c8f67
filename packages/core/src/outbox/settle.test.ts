import { describe, expect, test, vi } from 'vitest'
import { reconcile } from '../conflict/reconcile.ts'
import { sumNumbers } from '../conflict/resolvers.ts'
import type { JsonObject } from '../shared/json.ts'
import {
  at,
  brief,
  change,
  cleanRecord,
  contextOf,
  createdRecord,
  momentOf,
  ORIGIN,
  parkedRecord,
  remote,
  sendingRecord,
  text,
  v,
  waitingRecord,
} from '../testing/record-fixtures.ts'
import { answer } from './answer.ts'
import { freeze } from './freeze.ts'
import { pulled } from './pulled.ts'
import { unseen } from './unseen.ts'

const theirs = change(2, { n: 5 })

describe('rebase', () => {
  test('a resolver that throws parks the record, its difference kept, with RESOLVER_FAILED (C5)', () => {
    const context = contextOf({
      strategy: () => {
        throw new Error('no idea')
      },
    })
    const { state, events } = pulled(waitingRecord({ n: 2 }), theirs, ORIGIN, context)
    expect(brief(state)).toEqual(['parked', { n: 2 }, v(1)])
    expect(state!.sync.parked).toMatchObject({
      code: 'RESOLVER_FAILED',
      reason: expect.stringContaining('no idea') as unknown,
    })
    expect(events).toMatchObject([{ kind: 'parked', code: 'RESOLVER_FAILED' }])
    expect(state!.base).toBe(text({ n: 1 }))
  })

  test('a resolver that throws for a change in flight parks it too (C5)', () => {
    const context = contextOf({ strategy: () => undefined as never })
    const { state } = answer(
      sendingRecord(),
      'c.1',
      { status: 'conflict', current: remote(2, { n: 5 }) },
      context,
    )
    expect(state).toMatchObject({ lane: 'parked', document: text({ n: 2 }) })
    expect(state!.sync.inFlight).toBeUndefined()
  })

  test('a resolver is asked only where both sides changed and differ, with base, local and remote (C5)', () => {
    const strategy = vi.fn<() => JsonObject>(() => ({ id: 'a', n: 9 }))
    const context = contextOf({ reconcile: (input) => reconcile({ ...input, strategy }) })
    pulled(cleanRecord(), theirs, ORIGIN, context)
    pulled(waitingRecord({ n: 5 }), theirs, ORIGIN, context)
    pulled(waitingRecord({ n: 2 }), change(2, { n: 1 }), ORIGIN, context)
    expect(strategy).not.toHaveBeenCalled()
    const { state } = pulled(waitingRecord({ n: 2 }), theirs, ORIGIN, context)
    expect(strategy).toHaveBeenCalledExactlyOnceWith({
      collection: 'items',
      id: 'a',
      base: { id: 'a', n: 1 },
      local: { id: 'a', n: 2 },
      remote: { id: 'a', n: 5 },
      localTime: at(100),
      remoteTime: at(2),
    })
    expect(freeze(state!, 'c.1', context).mutation).toMatchObject({ base: v(2), patch: { set: { '/n': 9 } } })
  })

  test('null from a resolver deletes, here and there (C5)', () => {
    const context = contextOf({ strategy: () => null })
    const { state } = pulled(waitingRecord({ n: 2 }), theirs, ORIGIN, context)
    expect(freeze(state!, 'c.1', context).mutation).toMatchObject({ kind: 'delete', base: v(2) })
  })

  test('defect 33: a sum counts its base once (C6)', () => {
    const context = contextOf({ strategy: sumNumbers(['n']) })
    const here = waitingRecord({ n: 12 }, { on: cleanRecord({ n: 10 }) })
    expect(brief(pulled(here, change(2, { n: 13 }), ORIGIN, context).state)).toEqual([
      'waiting',
      { n: 15 },
      v(2),
    ])
  })

  test.each([
    ['serverWins', ['clean', { n: 5 }, v(2)]],
    ['clientWins', ['waiting', { n: 2 }, v(2)]],
    ['lastWriteWins', ['waiting', { n: 2 }, v(2)]],
  ] as const)('%s takes one side whole (C3, C4)', (strategy, expected) => {
    const { state, events } = pulled(waitingRecord({ n: 2 }), theirs, ORIGIN, contextOf({ strategy }))
    expect(brief(state)).toEqual(expected)
    expect(events).toMatchObject([{ kind: 'conflict', strategy }])
  })

  test('defect 10: a clean stale copy never beats a real edit, whenever it was stored (C3, W13)', () => {
    const stale = cleanRecord({ n: 1 }, { time: at(900) })
    const context = contextOf({ strategy: 'lastWriteWins' })
    expect(brief(pulled(stale, theirs, ORIGIN, context).state)).toEqual(['clean', { n: 5 }, v(2)])
  })
})

describe('the end of a resync', () => {
  const second = contextOf({ generation: 2 })

  test('what the snapshot showed stays as it is (R2)', () => {
    const seen = cleanRecord({ n: 1 }, { generation: 2 })
    expect(unseen(seen, false, second).state).toBe(seen)
  })

  test('unsent edits of what was deleted there are reconciled by the strategy (R2)', () => {
    expect(brief(unseen(waitingRecord(), false, second).state)).toEqual(['waiting', { n: 2 }, null])
    expect(
      unseen(waitingRecord(), false, contextOf({ generation: 2, strategy: 'serverWins' })).state,
    ).toBeNull()
  })

  test('what is edited here and deleted there is sent whole, on nothing (R2, A2)', () => {
    const { state } = unseen(waitingRecord(), false, second)
    expect(freeze(state!, 'c.1', second).mutation).toMatchObject({
      kind: 'put',
      base: null,
      data: { id: 'a', n: 2 },
    })
  })

  test('parked changes stay parked, creates are kept (R2, W15)', () => {
    expect(unseen(parkedRecord(), false, second).state).toMatchObject({ lane: 'parked' })
    const created = createdRecord()
    expect(unseen(created, false, second).state).toBe(created)
  })

  test('what the backend lost is created again, whole and with its own time (R3)', () => {
    const { state, events } = unseen(cleanRecord({ n: 1 }, { time: at(7) }), true, second)
    expect(events).toEqual([{ kind: 'recovered' }])
    expect(freeze(state!, 'c.1', second).mutation).toMatchObject({
      kind: 'put',
      base: null,
      data: { id: 'a', n: 1 },
      time: expect.stringContaining(momentOf(at(7))) as string,
    })
  })

  test('a delete of what the backend lost has nothing left to do (R3)', () => {
    expect(unseen(waitingRecord(null), true, second).state).toBeNull()
  })

  test('a hidden record is kept, though it cannot be sent by this app (R3, R8)', () => {
    const hidden = pulled(null, change(1, { n: 5 }, { schema: 2 }), ORIGIN, contextOf()).state!
    const { state } = unseen(hidden, true, second)
    expect(state).toMatchObject({ lane: null, document: null, base: text({ n: 5 }) })
  })
})
