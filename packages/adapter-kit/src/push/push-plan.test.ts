/** What one plan decides for several pushes, beyond what the conformance suite sees through an adapter. */
import { formatHlc, type Mutation, type PushResult } from '@synclayer/core/adapter'
import { describe, expect, test } from 'vitest'
import type { FeedState } from '../feed/standing.ts'
import type { StoredRecord } from '../stored-record.ts'
import { applyAtOnce, applyUnit, type TableAnswer, type TableStep } from './apply-unit.ts'
import { prepareMutation } from './prepare-mutation.ts'
import type { StoredAnswer } from './answer-runs.ts'
import { createPushPlan, identityOf, needsRecord, type PushPlan } from './push-plan.ts'
import { unitsOf } from './units.ts'

const EPOCH = '000000001.aaaaaaaaaa'
const MARK = 'bbbbbbbbbb'
const FEED: FeedState = { epoch: EPOCH, epochStart: 0, head: 10, floor: 0, records: 4 }
const TIME = formatHlc({ ms: 1_000, counter: 0, node: '0000000000000001' })
const MAX_BYTES = 1_000

const mutation = (n: number, change: Partial<Mutation> = {}, client = 'c'): Mutation => ({
  id: `${client}.${n}`,
  collection: 'todos',
  recordId: 'a',
  kind: 'put',
  base: null,
  ...(change.kind === 'patch' ? {} : { data: { id: 'a', n } }),
  time: TIME,
  schema: 1,
  ...change,
})

interface Stored {
  readonly records?: readonly StoredRecord[]
  readonly answers?: Readonly<Record<string, StoredAnswer>>
}

function planOn({ records = [], answers = {} }: Stored = {}): PushPlan {
  const find = (collection: string, id: string): StoredRecord | undefined =>
    records.find((record) => record.collection === collection && record.id === id)
  return createPushPlan({
    feed: FEED,
    mark: MARK,
    maxRecordBytes: MAX_BYTES,
    lookups: { answer: (client, n) => answers[`${client}.${n}`], head: find, record: find },
  })
}

const terms = (clientId: string): Parameters<PushPlan['judge']>[0] => ({
  clientId,
  fields: {},
  refusal: undefined,
})

function apply(plan: PushPlan, client: string, ...mutations: readonly Mutation[]): PushResult[] {
  const prepared = mutations.map((sent) => prepareMutation(sent, client, 5_000, MAX_BYTES))
  return unitsOf(prepared).flatMap((unit) => applyAtOnce(plan, terms(client), unit))
}

const stored = (change: Partial<StoredRecord> = {}): StoredRecord => ({
  collection: 'todos',
  id: 'a',
  version: 'v1',
  deleted: false,
  time: TIME,
  schema: 1,
  mutation: 'old.1',
  document: '{"id":"a","n":0,"title":"x"}',
  ...change,
})

describe('a plan shared by several pushes', () => {
  test('gives positions without gaps, after the head (A1)', () => {
    const plan = planOn()
    apply(plan, 'c', mutation(1), mutation(2, { recordId: 'b', data: { id: 'b' } }))
    apply(plan, 'd', mutation(1, { recordId: 'e', data: { id: 'e' } }, 'd'))
    expect([...plan.recordWrites].map(({ position }) => position)).toEqual([11, 12, 13])
    expect([plan.head, plan.records]).toEqual([13, 7])
  })

  test('shows the second what the first will have written (A2)', () => {
    const plan = planOn()
    const [first] = apply(plan, 'c', mutation(1))
    const [second] = apply(plan, 'd', mutation(1, { data: { id: 'a', n: 2 } }, 'd'))
    expect(first).toMatchObject({ status: 'accepted' })
    expect(second).toMatchObject({
      status: 'conflict',
      current: { version: (first as { version: string }).version, data: { id: 'a', n: 1 }, mutation: 'c.1' },
    })
  })

  test('writes a record once, in its last state, and counts it once', () => {
    const plan = planOn()
    const [first] = apply(plan, 'c', mutation(1))
    const { version } = first as { version: string }
    apply(plan, 'd', mutation(1, { base: version, kind: 'patch', patch: { set: { '/n': 7 } } }, 'd'))
    expect([...plan.recordWrites]).toMatchObject([
      { position: 12, exists: false, document: '{"id":"a","n":7}', mutation: 'd.1' },
    ])
    expect(plan.answerRuns).toMatchObject([
      { clientId: 'c', first: 1, last: 1 },
      { clientId: 'd', first: 1, last: 1 },
    ])
    expect([plan.head, plan.records]).toEqual([12, 5])
  })

  test('answers the same mutation, sent at the same moment, as the first (A3)', () => {
    const plan = planOn()
    const [first] = apply(plan, 'c', mutation(1))
    expect(apply(plan, 'c', mutation(1))).toEqual([first])
    expect(plan.head).toBe(11)
  })

  test('answers what is remembered before it looks at anything else (A3)', () => {
    const sent = mutation(1, { base: 'gone' })
    const plan = planOn({ answers: { 'c.1': { identity: identityOf(sent), version: 'v0' } } })
    expect(apply(plan, 'c', sent)).toEqual([{ id: 'c.1', status: 'accepted', version: 'v0' }])
    expect(apply(plan, 'c', mutation(1, { recordId: 'z', data: { id: 'z' } }))).toMatchObject([
      { status: 'rejected', code: 'MUTATION_ID_REUSED' },
    ])
    expect(plan.head).toBe(10)
  })

  test('takes back all that a failed group wrote, and nothing else (A10)', () => {
    const plan = planOn()
    const [before] = apply(plan, 'c', mutation(1))
    const results = apply(
      plan,
      'c',
      mutation(2, { recordId: 'b', data: { id: 'b' }, group: 'g' }),
      mutation(3, { base: 'other', group: 'g' }),
    )
    expect(results).toMatchObject([{ status: 'aborted' }, { status: 'conflict' }])
    expect([plan.head, plan.records]).toEqual([11, 5])
    expect([...plan.recordWrites]).toMatchObject([{ id: 'a' }])
    expect(plan.answerRuns).toMatchObject([{ first: 1, last: 1 }])
    // The position that the group gave back is given to the next, and was told to nobody.
    expect(JSON.stringify(results)).not.toContain('.0000000c.')
    expect(before).toMatchObject({ status: 'accepted' })
  })

  test('applies nothing new to who is behind, and still answers what is known (A4)', () => {
    const known = mutation(1)
    const plan = planOn({ answers: { 'c.1': { identity: identityOf(known), version: 'v0' } } })
    const refusal = { status: 'retry', code: 'CURSOR_EXPIRED' } as const
    const units = unitsOf([known, mutation(2)].map((sent) => prepareMutation(sent, 'c', 5_000, MAX_BYTES)))
    const results = units.flatMap((unit) => applyAtOnce(plan, { clientId: 'c', fields: {}, refusal }, unit))
    expect(results).toEqual([
      { id: 'c.1', status: 'accepted', version: 'v0' },
      { id: 'c.2', ...refusal },
    ])
  })

  test('shows in a conflict only what the projection lets through (A2)', () => {
    const plan = planOn({ records: [stored()] })
    const [prepared] = [prepareMutation(mutation(1), 'c', 5_000, MAX_BYTES)]
    const results = applyAtOnce(plan, { ...terms('c'), fields: { todos: { only: ['id', 'n'] } } }, [prepared])
    expect(results).toMatchObject([{ status: 'conflict', current: { data: { id: 'a', n: 0 } } }])
  })

  test('refuses what a patch makes too large, and a patch of what is not there', () => {
    const plan = planOn({ records: [stored(), stored({ id: 'gone', deleted: true, document: null })] })
    const patch = { set: { '/title': 'x'.repeat(MAX_BYTES) } }
    const results = apply(
      plan,
      'c',
      mutation(1, { kind: 'patch', base: 'v1', patch }),
      mutation(2, { kind: 'patch', base: 'v1', patch, recordId: 'gone' }),
    )
    expect(results).toMatchObject([{ code: 'RECORD_TOO_LARGE' }, { code: 'INVALID_MUTATION' }])
    expect(plan.head).toBe(10)
  })
})

test('the stored record is needed for patches and conflicts alone', () => {
  const head = { version: 'v1', deleted: false }
  expect(needsRecord(mutation(1, { base: 'v1' }), head)).toBe(false)
  expect(needsRecord(mutation(1, { base: 'v1', kind: 'patch', patch: {} }), head)).toBe(true)
  expect(needsRecord(mutation(1, { base: null }), head)).toBe(true)
  expect(needsRecord(mutation(1, { base: null }), undefined)).toBe(false)
})

describe("a collection in a table of the user's own", () => {
  const tables = new Set(['todos'])
  /** Runs a unit, answering each store with `answers` in turn; tells the steps. */
  function run(
    plan: PushPlan,
    mutations: readonly Mutation[],
    answers: readonly TableAnswer[],
  ): { readonly steps: readonly TableStep['do'][]; readonly results: readonly PushResult[] } {
    const [unit] = unitsOf(mutations.map((sent) => prepareMutation(sent, 'c', 5_000, MAX_BYTES)))
    const applying = applyUnit(plan, terms('c'), unit ?? [], tables)
    const steps: TableStep['do'][] = []
    const left = [...answers]
    let next = applying.next()
    while (next.done !== true) {
      steps.push(next.value.do)
      next = applying.next(next.value.do === 'store' ? left.shift() : undefined)
    }
    return { steps, results: next.value }
  }

  test('tells what the table has made of the document, also when it is sent again', () => {
    const plan = planOn()
    const kept = { document: '{"id":"a","n":1,"at":"now"}' }
    const first = run(plan, [mutation(1)], [kept])
    expect(first).toMatchObject({
      steps: ['store'],
      results: [{ status: 'accepted', data: { id: 'a', n: 1, at: 'now' } }],
    })
    expect([...plan.recordWrites]).toMatchObject([{ document: kept.document }])
    const again = run(plan, [mutation(1)], [])
    expect(again).toEqual({ steps: [], results: first.results })
  })

  test('keeps nothing of what the table refuses', () => {
    const plan = planOn()
    const refusal = { status: 'rejected', code: 'CONSTRAINT', reason: 'unique' } as const
    expect(run(plan, [mutation(1)], [{ refusal }]).results).toEqual([{ id: 'c.1', ...refusal }])
    expect([plan.head, ...plan.recordWrites, ...plan.answerRuns]).toEqual([10])
  })

  test('undoes a whole group where the table refuses one of it (A10)', () => {
    const plan = planOn()
    const group = [
      mutation(1, { group: 'g' }),
      mutation(2, { group: 'g', recordId: 'b', data: { id: 'b' } }),
      mutation(3, { group: 'g', recordId: 'c', data: { id: 'c' } }),
    ]
    const refusal = { status: 'rejected', code: 'CONSTRAINT', reason: 'unique' } as const
    const { steps, results } = run(plan, group, [{ document: '{"id":"a"}' }, { refusal }])
    expect(steps).toEqual(['savepoint', 'store', 'store', 'rollback'])
    expect(results).toMatchObject([{ status: 'aborted' }, { code: 'CONSTRAINT' }, { status: 'aborted' }])
    expect(plan.head).toBe(10)
  })

  test('takes what other programs wrote as changes of its own, before mutations are judged (A2)', () => {
    const plan = planOn({ records: [stored()] })
    const version = plan.sequence({
      collection: 'todos',
      id: 'a',
      time: TIME,
      schema: 1,
      document: '{"id":"a","n":9}',
    })
    const [result] = run(plan, [mutation(1, { base: 'v1' })], []).results
    expect(result).toMatchObject({ status: 'conflict', current: { version, data: { id: 'a', n: 9 } } })
    expect((result as unknown as { current: object }).current).not.toHaveProperty('mutation')
  })
})
