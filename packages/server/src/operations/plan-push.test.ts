import type { Mutation, PushOutcome, RemoteRecord } from '@synclayer/core/adapter'
import { describe, expect, test } from 'vitest'
import { put } from '../testing/server-lab.ts'
import type { Judgement } from './judge-mutations.ts'
import { planPush } from './plan-push.ts'

const ALLOWED: Judgement = { kind: 'allowed' }
const REFUSED: Judgement = { kind: 'refused', code: 'FORBIDDEN', reason: 'No' }
const UNKNOWN: Judgement = { kind: 'unknown' }
const REJECTED = { status: 'rejected', code: 'FORBIDDEN', reason: 'No' }

const record = (mutation: string): RemoteRecord =>
  ({ collection: 'todos', id: 'r1', version: 'v7', deleted: true, time: '', schema: 1, mutation }) as const

/** What comes of mutations 1, 2, … that are judged so, where the adapter answers so. Undefined: it does not. */
function outcomes(
  judged: readonly (readonly [Judgement, PushOutcome | undefined])[],
  group?: string,
): readonly unknown[] {
  const mutations = judged.map((_, index) => put(index + 1, group === undefined ? {} : { group }))
  const plan = planPush(
    mutations,
    judged.map(([judgement]) => judgement),
  )
  const results = judged.flatMap(([, outcome], index) =>
    outcome === undefined ? [] : [{ id: `phone.${index + 1}`, ...outcome }],
  )
  const answers = plan.answer(results)
  expect(new Set(answers.map(({ id }) => id)).size).toBe(answers.length)
  return mutations.map(({ id }) => {
    const { id: _id, ...outcome } = answers.find((answer) => answer.id === id) ?? { id }
    return outcome
  })
}

describe('planPush', () => {
  test('sends what is allowed as it is, in its order, and asks for what is refused', () => {
    const mutations: readonly Mutation[] = [put(1), put(2, { group: 'g' }), put(3), put(4, { group: 'g' })]
    expect(planPush(mutations, [ALLOWED, ALLOWED, ALLOWED, ALLOWED]).sent).toBe(mutations)
    const { sent } = planPush(mutations, [REFUSED, ALLOWED, ALLOWED, REFUSED])
    const probe = ({ group: _group, ...mutation }: Mutation): Mutation => ({ ...mutation, base: '-' })
    expect(sent).toEqual([probe(mutations[0]!), probe(mutations[1]!), probe(mutations[3]!), mutations[2]])
    expect(planPush(mutations, [ALLOWED, UNKNOWN, ALLOWED, ALLOWED]).sent).toEqual([
      mutations[0],
      mutations[2],
    ])
  })

  test.each<readonly [string, PushOutcome | undefined, unknown]>([
    ['known', { status: 'accepted', version: 'v1' }, { status: 'accepted', version: 'v1' }],
    ['not known, and there is another state', { status: 'conflict', current: record('else.1') }, REJECTED],
    ['not known, and there is nothing', { status: 'conflict', current: null }, REJECTED],
    [
      'remembered by its record',
      { status: 'conflict', current: record('phone.1') },
      { status: 'accepted', version: 'v7' },
    ],
    ['not known, and the client is behind', { status: 'retry', code: 'EPOCH_CHANGED' }, REJECTED],
    ['not known, and the client is far behind', { status: 'retry', code: 'CURSOR_EXPIRED' }, REJECTED],
    ['not known, and too large', { status: 'rejected', code: 'RECORD_TOO_LARGE', reason: '' }, REJECTED],
    [
      'of another mutation',
      { status: 'rejected', code: 'MUTATION_ID_REUSED', reason: 'x' },
      { status: 'rejected', code: 'MUTATION_ID_REUSED', reason: 'x' },
    ],
    [
      'unclear',
      { status: 'retry', code: 'BACKEND_FAILED', retryAfterMs: 5 },
      { status: 'retry', code: 'BACKEND_FAILED', retryAfterMs: 5 },
    ],
    ['not answered', undefined, {}],
  ])('a refused mutation that is %s', (_, outcome, expected) => {
    expect(outcomes([[REFUSED, outcome]])).toEqual([expected])
  })

  test('what is known of one member of a group is known of all (A10)', () => {
    const known: PushOutcome = { status: 'accepted', version: 'v1' }
    const absent: PushOutcome = { status: 'conflict', current: null }
    const unclear: PushOutcome = { status: 'retry', code: 'TIMEOUT' }
    const of = (...judged: (readonly [Judgement, PushOutcome | undefined])[]) => outcomes(judged, 'g')
    expect(of([ALLOWED, known], [REFUSED, known])).toEqual([known, known])
    expect(of([ALLOWED, absent], [REFUSED, absent])).toEqual([{ status: 'aborted' }, REJECTED])
    expect(of([ALLOWED, unclear], [REFUSED, absent])).toEqual([{ status: 'aborted' }, REJECTED])
    expect(of([ALLOWED, absent], [REFUSED, undefined])).toEqual([{ status: 'aborted' }, REJECTED])
    expect(of([ALLOWED, unclear], [REFUSED, unclear])).toEqual([unclear, unclear])
    // Applied before, and overwritten since, where the adapter remembers by record.
    expect(of([ALLOWED, absent], [REFUSED, known])).toEqual([absent, known])
  })

  test('a group is only sent again where nobody has refused it', () => {
    const retry = { status: 'retry', code: 'BACKEND_FAILED' }
    const absent: PushOutcome = { status: 'conflict', current: null }
    expect(
      outcomes(
        [
          [UNKNOWN, undefined],
          [ALLOWED, undefined],
        ],
        'g',
      ),
    ).toEqual([retry, retry])
    expect(
      outcomes(
        [
          [UNKNOWN, absent],
          [REFUSED, absent],
        ],
        'g',
      ),
    ).toEqual([{ status: 'aborted' }, REJECTED])
  })
})
