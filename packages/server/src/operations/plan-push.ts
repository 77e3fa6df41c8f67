/**
 * What of a push is sent on, and how the adapter's answers become the client's. Pure.
 *
 * A mutation that is refused now may have been accepted before, and then it is still answered as accepted (A3). So it is
 * asked for with a probe: the same mutation, on a base that no record ever has, and in no group. An adapter answers
 * what it knows before it looks at anything else; what it does not know it cannot apply. A group with a refused member
 * cannot be applied, so each of its members is asked for.
 */
import type { Mutation, PushResult } from '@synclayer/core/adapter'
import type { Judgement } from './judge-mutations.ts'

export interface PushPlan {
  /** For the adapter, in the order they came. */
  readonly sent: readonly Mutation[]
  /** The client's results. What the adapter left out is left out. */
  answer(results: readonly PushResult[]): readonly PushResult[]
}

interface Member {
  readonly mutation: Mutation
  readonly judgement: Judgement
}

/** No adapter makes this version. */
const NO_VERSION = '-'

/** Retries that are no answer to whether a mutation is known; the others are given only where it is not. */
const ANSWERS_UNKNOWN: ReadonlySet<string> = new Set(['EPOCH_CHANGED', 'CURSOR_EXPIRED'])

export function planPush(mutations: readonly Mutation[], judgements: readonly Judgement[]): PushPlan {
  if (judgements.every(({ kind }) => kind === 'allowed')) {
    return { sent: mutations, answer: (results) => results }
  }
  const members = mutations.map((mutation, index) => ({ mutation, judgement: judgements[index]! }))
  const sent: Mutation[] = []
  const probed: (readonly Member[])[] = []
  const told: PushResult[] = []
  for (const unit of unitsOf(members)) {
    if (unit.every(({ judgement }) => judgement.kind === 'allowed')) {
      sent.push(...unit.map(({ mutation }) => mutation))
    } else if (unit.some(({ judgement }) => judgement.kind === 'refused')) {
      sent.push(...unit.map(({ mutation }) => probeOf(mutation)))
      probed.push(unit)
    } else {
      told.push(...unit.map(({ mutation }) => ({ id: mutation.id, ...FAILED })))
    }
  }
  return {
    sent,
    answer(results) {
      const byId = new Map(results.map((result) => [result.id, result]))
      const answers = probed.flatMap((unit) => answerUnit(unit, byId))
      const asked = new Set(probed.flatMap((unit) => unit.map(({ mutation }) => mutation.id)))
      return [...results.filter(({ id }) => !asked.has(id)), ...answers, ...told]
    },
  }
}

const FAILED = { status: 'retry', code: 'BACKEND_FAILED' } as const

/** Groups become one unit each, at the place of their first member. */
function unitsOf(members: readonly Member[]): readonly (readonly Member[])[] {
  const units: Member[][] = []
  const groups = new Map<string, Member[]>()
  for (const member of members) {
    const { group } = member.mutation
    const known = group === undefined ? undefined : groups.get(group)
    if (known !== undefined) {
      known.push(member)
      continue
    }
    const unit = [member]
    units.push(unit)
    if (group !== undefined) groups.set(group, unit)
  }
  return units
}

function probeOf({ group: _group, ...mutation }: Mutation): Mutation {
  return { ...mutation, base: NO_VERSION }
}

function answerUnit(
  unit: readonly Member[],
  results: ReadonlyMap<string, PushResult>,
): readonly PushResult[] {
  const found = unit.map(({ mutation }) => readProbe(results.get(mutation.id)))
  // Groups are applied whole or not at all: what is known of one member is known of all.
  const isKnown = found.some(({ known }) => known === true)
  const isUnknown = !isKnown && found.some(({ known }) => known === false)
  return unit.flatMap((member, index) => {
    const { result } = found[index]!
    if (!isUnknown) return result === undefined ? [] : [result]
    return [refusalOf(member, result)]
  })
}

interface Probe {
  /** Whether the mutation was accepted before; undefined where that was not said. */
  readonly known: boolean | undefined
  readonly result: PushResult | undefined
}

function readProbe(result: PushResult | undefined): Probe {
  switch (result?.status) {
    case undefined:
      return { known: undefined, result }
    case 'accepted':
      return { known: true, result }
    case 'conflict': {
      const { id, current } = result
      // An adapter that remembers by record shows the mutation where it made the record's present state.
      if (current?.mutation !== id) return { known: false, result }
      return { known: true, result: { id, status: 'accepted', version: current.version } }
    }
    case 'retry':
      return { known: ANSWERS_UNKNOWN.has(result.code) ? false : undefined, result }
    case 'rejected':
    case 'aborted':
      return { known: false, result }
  }
}

function refusalOf({ mutation, judgement }: Member, result: PushResult | undefined): PushResult {
  const { id } = mutation
  // The client's store was copied: it takes a new id, and is refused with that.
  if (result?.status === 'rejected' && result.code === 'MUTATION_ID_REUSED') return result
  if (judgement.kind !== 'refused') return { id, status: 'aborted' }
  return { id, status: 'rejected', code: judgement.code, reason: judgement.reason }
}
