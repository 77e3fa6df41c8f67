/** Applies units to a plan, and to the user's tables on the way. */
import {
  applyAtOnce,
  applyUnit,
  type PushPlan,
  type PushTerms,
  type TableAnswer,
  type TableStep,
  type Unit,
} from '@synclayer/adapter-kit'
import type { JsonObject, PushResult } from '@synclayer/core/adapter'
import type { Backend } from './backend.ts'

/** Needs a write transaction. */
export function applyUnits(
  backend: Backend,
  scope: string,
  plan: PushPlan,
  terms: PushTerms,
  units: readonly Unit[],
): readonly PushResult[] {
  const results: PushResult[] = []
  for (const unit of units) {
    const answers =
      backend.tables.size === 0
        ? applyAtOnce(plan, terms, unit)
        : applyWithTables(backend, scope, plan, terms, unit)
    for (const answer of answers) results.push(answer)
  }
  return results
}

function applyWithTables(
  backend: Backend,
  scope: string,
  plan: PushPlan,
  terms: PushTerms,
  unit: Unit,
): readonly PushResult[] {
  const applying = applyUnit(plan, terms, unit, backend.tables)
  let step = applying.next()
  while (step.done !== true) step = applying.next(take(backend, scope, plan, step.value))
  return step.value
}

const STATEMENTS = {
  savepoint: 'SAVEPOINT synclayer_group',
  release: 'RELEASE synclayer_group',
  rollback: 'ROLLBACK TO synclayer_group; RELEASE synclayer_group',
}

function take(backend: Backend, scope: string, plan: PushPlan, step: TableStep): TableAnswer {
  if (step.do !== 'store') {
    backend.connection.database.exec(STATEMENTS[step.do])
    return undefined
  }
  const { collection, recordId } = step.prepared.mutation
  const current = plan.current(collection, recordId)?.document ?? null
  const answer = backend.tables
    .get(collection)
    ?.rows.store(scope, recordId, parse(step.document), parse(current))
  backend.inbox.clear(scope, { collection, id: recordId })
  return answer
}

function parse(text: string | null): JsonObject | null {
  return text === null ? null : (JSON.parse(text) as JsonObject)
}
