/**
 * Applies one unit to a plan: a mutation alone, or a group whole or not at all (A10).
 *
 * Most of it happens in the plan alone. Where a collection lives in a table of the user's own, the database has its say in
 * between: the unit yields what is to be done there and goes on with what came of it, so that one text serves drivers that
 * answer at once and those that are awaited. The rows were locked before, and the plan knows what others wrote to them
 * (`sequence`). `applyAtOnce` is for who has no such tables.
 */
import { type JsonObject, type PushOutcome, type PushResult } from '@synclayer/core/adapter'
import { type Prepared, reject } from './prepare-mutation.ts'
import type { PushPlan, PushTerms } from './push-plan.ts'
import type { Unit } from './units.ts'

/** What is asked of the database while a unit is applied. */
export type TableStep =
  /** Begins what `rollback` undoes and `release` keeps. */
  | { readonly do: 'savepoint' | 'release' | 'rollback' }
  /** Writes the row; a null document deletes it. Its answer is a TableAnswer. */
  | {
      readonly do: 'store'
      readonly prepared: Prepared
      readonly document: string | null
      readonly exists: boolean
    }

/** What came of storing: the document as the table now has it, or why it was refused. */
export type TableAnswer = { readonly document: string | null } | { readonly refusal: PushOutcome } | undefined

export type Applying = Generator<TableStep, readonly PushResult[], TableAnswer>

/** Collections that live in tables of the user's own. */
export type Tables = Pick<ReadonlySet<string>, 'has'>

/** Answers every mutation of the unit. */
export function* applyUnit(plan: PushPlan, terms: PushTerms, unit: Unit, tables: Tables): Applying {
  const [only] = unit
  if (unit.length === 1 && only !== undefined) {
    return [answer(only, yield* applyOne(plan, terms, only, tables))]
  }
  return yield* applyGroup(plan, terms, unit, tables)
}

/** `applyUnit` for who has no tables of the user's. */
export function applyAtOnce(plan: PushPlan, terms: PushTerms, unit: Unit): readonly PushResult[] {
  const [only] = unit
  if (unit.length === 1 && only !== undefined) return [answer(only, applyInPlan(plan, terms, only))]
  const { value, done } = applyGroup(plan, terms, unit, NO_TABLES).next()
  if (done !== true) throw new Error('Without tables nothing is asked')
  return value
}

const NO_TABLES: Tables = new Set()

function* applyGroup(plan: PushPlan, terms: PushTerms, group: Unit, tables: Tables): Applying {
  const saved = plan.save()
  const touches = group.some(({ mutation }) => isIn(tables, mutation))
  if (touches) yield { do: 'savepoint' }
  const outcomes: PushOutcome[] = []
  for (const member of group) {
    const outcome = yield* applyOne(plan, terms, member, tables)
    outcomes.push(outcome)
    if (outcome.status !== 'accepted') break
  }
  const failed = outcomes.length - 1
  if (outcomes[failed]?.status === 'accepted') {
    if (touches) yield { do: 'release' }
    return group.map((member, index) => answer(member, outcomes[index] as PushOutcome))
  }
  if (touches) yield { do: 'rollback' }
  plan.restore(saved)
  const changed = new Set<string>()
  return group.map((member, index) => {
    const { collection, recordId } = member.mutation
    const record = `${collection} ${recordId}`
    const again = changed.has(record)
    changed.add(record)
    // A second change of one record cannot name the version the first one would have made.
    if (index === failed && again) {
      return answer(member, reject('INVALID_MUTATION', 'A group may change a record only once'))
    }
    if (index === failed) return answer(member, outcomes[failed] as PushOutcome)
    // Every culprit gets its own outcome, so that one answer is enough to put the group right.
    return answer(member, plan.judge(terms, member).outcome ?? { status: 'aborted' })
  })
}

/** A mutation of a record that no table of the user's holds. */
function applyInPlan(plan: PushPlan, terms: PushTerms, prepared: Prepared): PushOutcome {
  const verdict = plan.judge(terms, prepared)
  if (verdict.outcome !== undefined) return verdict.outcome
  return { status: 'accepted', version: plan.write(terms, prepared, verdict) }
}

function* applyOne(
  plan: PushPlan,
  terms: PushTerms,
  prepared: Prepared,
  tables: Tables,
): Generator<TableStep, PushOutcome, TableAnswer> {
  if (!isIn(tables, prepared.mutation)) return applyInPlan(plan, terms, prepared)
  const verdict = plan.judge(terms, prepared)
  if (verdict.outcome !== undefined) return withData(plan, prepared, verdict.outcome)
  const { document, exists } = verdict
  const stored = yield { do: 'store', prepared, document, exists }
  if (stored !== undefined && 'refusal' in stored) return stored.refusal
  const version = plan.write(terms, prepared, { document: stored?.document ?? null, exists })
  return withData(plan, prepared, { status: 'accepted', version })
}

/**
 * Tells the document along with what was accepted, also when it was sent again: defaults, triggers and the types of columns
 * may have made something else of it. Where the record has changed since, the feed tells.
 */
function withData(plan: PushPlan, { mutation }: Prepared, outcome: PushOutcome): PushOutcome {
  if (outcome.status !== 'accepted') return outcome
  const current = plan.current(mutation.collection, mutation.recordId)
  if (current?.version !== outcome.version || current.document === null) return outcome
  return { ...outcome, data: JSON.parse(current.document) as JsonObject }
}

function isIn(tables: Tables, mutation: Prepared['mutation'] | null): boolean {
  const collection: unknown = (mutation as Partial<Prepared['mutation']> | null)?.collection
  return typeof collection === 'string' && tables.has(collection)
}

function answer({ mutation: { id } }: Prepared, outcome: PushOutcome): PushResult {
  // Most are accepted, and with nothing to tell: written out, that is quicker than by spreading.
  return outcome.status === 'accepted' && outcome.data === undefined
    ? { id, status: 'accepted', version: outcome.version }
    : { id, ...outcome }
}
