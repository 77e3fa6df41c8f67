/** One client, one record, a backend that compares and sets: whatever happens, nothing is lost and nothing doubled. */
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { sumNumbers } from '../conflict/resolvers.ts'
import { applyPatch } from '../document/patch.ts'
import type { Mutation, RemoteRecord } from '../protocol/mutation.ts'
import type { JsonObject } from '../shared/json.ts'
import { at, contextOf, editOf, ORIGIN, v } from '../testing/record-fixtures.ts'
import { answer, unanswered } from './answer.ts'
import { edit } from './edit.ts'
import { freeze } from './freeze.ts'
import { pulled } from './pulled.ts'
import type { RecordState } from './record-state.ts'
import type { Settled } from './settle-answer.ts'

type Step =
  | { readonly kind: 'add'; readonly n: number }
  | { readonly kind: 'set'; readonly field: string; readonly value: number }
  | { readonly kind: 'delete' }
  | { readonly kind: 'send'; readonly arrives: boolean; readonly heard: boolean }
  | { readonly kind: 'theirs'; readonly n: number }
  | { readonly kind: 'theirs delete' }
  | { readonly kind: 'pull' }
  | { readonly kind: 'pull again' }
  | { readonly kind: 'late answer' }

const adding: fc.Arbitrary<Step> = fc.record({ kind: fc.constant('add'), n: fc.integer({ min: 1, max: 9 }) })
const setting: fc.Arbitrary<Step> = fc.record({
  kind: fc.constant('set'),
  field: fc.constantFrom('x', 'y'),
  value: fc.integer({ min: 0, max: 9 }),
})
const travelling: readonly fc.Arbitrary<Step>[] = [
  fc.record({ kind: fc.constant('send'), arrives: fc.boolean(), heard: fc.boolean() }),
  fc.record({ kind: fc.constant('theirs'), n: fc.integer({ min: 10, max: 90 }) }),
  fc.record({ kind: fc.constant('pull') }),
  fc.record({ kind: fc.constant('pull again') }),
  fc.record({ kind: fc.constant('late answer') }),
]
const deleting: readonly fc.Arbitrary<Step>[] = [
  fc.record({ kind: fc.constant('delete') }),
  fc.record({ kind: fc.constant('theirs delete') }),
]

/** One record on a backend with a memory of what it applied, and one client's row for it. */
class Pair {
  readonly context
  row: RecordState | null = null
  stored: RemoteRecord | null = null
  history: RemoteRecord[] = []
  added = 0
  #position = 0
  #clock = 0
  #mutations = 0
  #answers = new Map<string, Settled>()
  #late: { readonly id: string; readonly outcome: Settled }[] = []

  constructor(options: { readonly patch: boolean; readonly ordered: boolean }) {
    this.context = contextOf({
      strategy: sumNumbers(['n']),
      patch: options.patch,
      orderedVersions: options.ordered,
    })
  }

  take(step: Step): void {
    switch (step.kind) {
      case 'add':
        this.added += step.n
        return this.edit((document) => ({ ...document, n: numberIn(document) + step.n }))
      case 'set':
        return this.edit((document) => ({ ...document, [step.field]: step.value }))
      case 'delete':
        return this.edit(() => null)
      case 'send':
        return this.send(step.arrives, step.heard)
      case 'theirs': {
        this.added += step.n
        const before = (this.stored?.data ?? { id: 'a' }) as JsonObject
        return this.write({ ...before, n: numberIn(before) + step.n }, undefined)
      }
      case 'theirs delete':
        if (this.stored !== null && !this.stored.deleted) this.write(null, undefined)
        return
      case 'pull':
        return this.pull(this.history.at(-1))
      case 'pull again':
        // An older page that comes late, as long as versions tell.
        if (this.context.orderedVersions) this.pull(this.history.at(-2))
        return
      case 'late answer': {
        const late = this.#late.shift()
        if (late !== undefined && this.row !== null)
          this.row = answer(this.row, late.id, late.outcome, this.context).state
        return
      }
    }
  }

  edit(change: (document: JsonObject) => JsonObject | null): void {
    this.#clock += 1
    const before = this.row?.document == null ? null : (JSON.parse(this.row.document) as JsonObject)
    const after = change(before ?? { id: 'a' })
    if (after === null && before === null) return
    const time = at(this.#clock, 'c')
    const document = after === null ? null : JSON.stringify(after)
    this.row = edit(this.row, { ...editOf(null), document, time, order: this.#clock })
  }

  send(arrives: boolean, heard: boolean): void {
    if (this.row === null) return
    if (this.row.lane === 'waiting') {
      this.#mutations += 1
      this.row = freeze(this.row, `c.${this.#mutations}`, this.context).state
    }
    const mutation = this.row?.sync.inFlight
    if (this.row === null || mutation === undefined) return
    if (!arrives) {
      this.row = unanswered(this.row, 0, 0)
      return
    }
    const outcome = this.apply(mutation)
    this.#late.push({ id: mutation.id, outcome })
    this.row = heard ? answer(this.row, mutation.id, outcome, this.context).state : unanswered(this.row, 0, 0)
  }

  apply(mutation: Mutation): Settled {
    const known = this.#answers.get(mutation.id)
    if (known !== undefined) return known
    if ((this.stored?.version ?? null) !== mutation.base) return { status: 'conflict', current: this.stored }
    const before = (this.stored?.data ?? null) as JsonObject | null
    this.write(
      mutation.kind === 'delete'
        ? null
        : mutation.kind === 'put'
          ? (mutation.data as JsonObject)
          : applyPatch(before!, mutation.patch!),
      mutation,
    )
    const outcome: Settled = { status: 'accepted', version: this.stored!.version }
    this.#answers.set(mutation.id, outcome)
    return outcome
  }

  write(data: JsonObject | null, mutation: Mutation | undefined): void {
    this.#position += 1
    this.#clock += 1
    this.stored = {
      collection: 'items',
      id: 'a',
      version: v(this.#position),
      deleted: data === null,
      ...(data === null ? {} : { data }),
      time: mutation?.time ?? at(this.#clock, 'd'),
      schema: 1,
      ...(mutation === undefined ? {} : { mutation: mutation.id }),
    }
    this.history.push(this.stored)
  }

  pull(record: RemoteRecord | undefined): void {
    if (record === undefined) return
    const change = { ...record, kind: record.deleted ? ('delete' as const) : ('put' as const) }
    this.row = pulled(this.row, change, ORIGIN, this.context).state
  }

  heal(): void {
    for (let round = 0; round < 5; round += 1) {
      this.pull(this.history.at(-1))
      this.send(true, true)
    }
  }
}

function numberIn(document: JsonObject): number {
  return typeof document['n'] === 'number' ? document['n'] : 0
}

function played(
  steps: readonly Step[],
  options: { readonly patch: boolean; readonly ordered: boolean },
): Pair {
  const pair = new Pair(options)
  for (const step of steps) pair.take(step)
  pair.heal()
  return pair
}

const world = fc.record({ patch: fc.boolean(), ordered: fc.boolean() })

describe('one record, through everything', () => {
  test('ends equal on both sides, with nothing left to send (I1, I7)', () => {
    const steps = fc.array(fc.oneof(adding, setting, ...travelling, ...deleting), { maxLength: 40 })
    fc.assert(
      fc.property(steps, world, (list, options) => {
        const { row, stored } = played(list, options)
        expect(row?.lane ?? null).toBeNull()
        const local = row === null ? null : (JSON.parse(row.document!) as JsonObject)
        expect(local).toEqual(stored === null || stored.deleted ? null : stored.data)
      }),
      { numRuns: 1_000 },
    )
  })

  test('counts every increment once under a sum, whatever is lost, late or twice (I2, I3, W12)', () => {
    const steps = fc.array(fc.oneof(adding, setting, ...travelling), { maxLength: 40 })
    fc.assert(
      fc.property(steps, world, (list, options) => {
        const { stored, added } = played(list, options)
        expect(numberIn((stored?.data ?? {}) as JsonObject)).toBe(added)
      }),
      { numRuns: 1_000 },
    )
  })
})
