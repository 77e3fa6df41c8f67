/** Any events in any order, right or absurd: every state they lead to is one that the engine can go on from. */
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { checkExportedRecord } from '../client/check-exported.ts'
import { migrateRecord } from '../client/migrate-record.ts'
import type { PushOutcome } from '../protocol/messages.ts'
import type { RemoteRecord } from '../protocol/mutation.ts'
import type { JsonObject } from '../shared/json.ts'
import { decodeRow, encodeState } from '../store/record-codec.ts'
import { at, contextOf, editOf, ORIGIN, v } from '../testing/record-fixtures.ts'
import { answer, unanswered } from './answer.ts'
import { edit } from './edit.ts'
import { freeze } from './freeze.ts'
import { discard, retry } from './intervene.ts'
import { type OlderState, pulled } from './pulled.ts'
import type { RecordState } from './record-state.ts'
import type { Settled } from './settle-answer.ts'
import type { Outcome, TransitionContext } from './transition.ts'
import { unseen } from './unseen.ts'

const fields = fc.option(fc.dictionary(fc.constantFrom('n', 'x'), fc.nat(3)), { freq: 4 })
const time = fc.nat(30).map((ms) => at(ms))
const schema = fc.integer({ min: 1, max: 3 })
const remote: fc.Arbitrary<RemoteRecord> = fc
  .record({ position: fc.integer({ min: 1, max: 9 }), data: fields, time, schema, own: fc.boolean() })
  .map(({ position, data, own, ...rest }) => ({
    collection: ORIGIN.collection,
    id: ORIGIN.id,
    version: v(position),
    deleted: data === null,
    ...(data === null ? {} : { data: { id: ORIGIN.id, ...data } }),
    ...(own ? { mutation: 'c.1' } : {}),
    ...rest,
  }))
const outcome: fc.Arbitrary<Settled> = fc.oneof(
  fc.record({ status: fc.constant('accepted' as const), version: fc.integer({ min: 1, max: 9 }).map(v) }),
  remote
    .filter(({ deleted }) => !deleted)
    .map(({ version, data }): Settled => ({ status: 'accepted', version, data: data as JsonObject })),
  fc.option(remote).map((current): Settled => ({ status: 'conflict', current })),
  fc.constant<Settled>({ status: 'rejected', code: 'FORBIDDEN', reason: 'No.', details: { a: 1 } }),
  fc.constant<Settled>({ status: 'aborted' }),
) satisfies fc.Arbitrary<PushOutcome>

type Step = (state: RecordState | null, context: TransitionContext) => RecordState | null | Outcome

const step: fc.Arbitrary<Step> = fc.oneof(
  fc
    .record({ data: fields, time, order: fc.integer({ min: 1, max: 99 }), group: fc.boolean() })
    .map(({ data, group, ...more }): Step => (state, context) => {
      const { schema: current } = context
      return edit(state, editOf(data, { ...more, schema: current, ...(group ? { group: 'g' } : {}) }))
    }),
  fc.constant<Step>((state, context) =>
    state?.lane === 'waiting' ? freeze(state, 'c.1', context).state : state,
  ),
  outcome.map(
    (one): Step =>
      (state, context) =>
        state === null ? state : answer(state, 'c.1', one, context),
  ),
  fc.nat(9).map(
    (until): Step =>
      (state) =>
        state?.lane === 'sending' ? unanswered(state, 0, until) : state,
  ),
  fc.tuple(remote, fc.constantFrom<OlderState>('ignore', 'recover', 'take')).map(
    ([record, older]): Step =>
      (state, context) =>
        pulled(state, { ...record, kind: record.deleted ? 'delete' : 'put' }, ORIGIN, context, older),
  ),
  fc.nat(9).map(
    (position): Step =>
      (state, context) =>
        pulled(
          state,
          { kind: 'leave', collection: ORIGIN.collection, id: ORIGIN.id, version: v(position + 1) },
          ORIGIN,
          context,
        ),
  ),
  fc.constant<Step>((state) => (state === null ? state : retry(state))),
  fc.constant<Step>((state, context) =>
    state === null ? state : discard(state, { time: at(40), order: 100 }, context),
  ),
  fc.boolean().map(
    (recover): Step =>
      (state, context) =>
        state === null ? state : unseen(state, recover, context),
  ),
  fc.constant<Step>((state, context) => (state === null ? state : migrateRecord(state, true, context).state)),
)

/** What a context differs in from one event to the next. */
const setting = fc.record({
  schema: fc.constantFrom(2, 2, 2, 1, 3),
  generation: fc.integer({ min: 1, max: 3 }),
  orderedVersions: fc.boolean(),
  patch: fc.boolean(),
  recover: fc.boolean(),
  strategy: fc.constantFrom('merge' as const, 'serverWins' as const, () => {
    throw new TypeError('broken')
  }),
})

function isOutcome(value: RecordState | null | Outcome): value is Outcome {
  return value !== null && 'events' in value
}

describe('transitions', () => {
  test('of any events in any order lead to states that can be stored and gone on from (I8, I10)', () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(step, setting), { maxLength: 30 }), (steps) => {
        let state: RecordState | null = null
        for (const [take, options] of steps) {
          const before = JSON.stringify(state)
          const next = take(
            state,
            contextOf({ ...options, migrate: (document) => ({ ...document, migrated: true }) }),
          )
          expect(JSON.stringify(state)).toBe(before)
          state = isOutcome(next) ? next.state : next
          if (state !== null) expectSound(state)
        }
      }),
      { numRuns: 1_500 },
    )
  })
})

/** A row whose parts fit each other, and which is read as it was written. */
function expectSound(state: RecordState): void {
  const { keys, ...row } = encodeState(state, undefined)
  expect(keys).toEqual([])
  expect(decodeRow(row)).toEqual(state)
  const { collection, id } = state
  const parsed = (text: string | null): unknown => (text === null ? null : JSON.parse(text))
  checkExportedRecord(
    { collection, id },
    { ...state, document: parsed(state.document), base: parsed(state.base) },
  )
  expect(state.order > 0).toBe(state.lane !== null)
  expect(state.sync.editedAt !== undefined && state.lane !== 'sending').toBe(false)
  expect(state.sync.missing !== undefined && state.lane !== 'sending').toBe(false)
  // What is clean has a time of the backend's clock.
  expect(state.sync.device === true && state.lane === null).toBe(false)
}
