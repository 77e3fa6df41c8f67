/** Applies units to a plan, and to users' tables on the way. */
import {
  applyAtOnce,
  applyUnit,
  type PushPlan,
  type PushTerms,
  type SequenceContext,
  type TableAnswer,
  type TableStep,
} from '@synclayer/adapter-kit'
import type { JsonObject, PushResult } from '@synclayer/core/adapter'
import type { Transaction } from '../database.ts'
import { isConnectionGone } from '../map-error.ts'
import type { PushWork } from '../push-work.ts'
import { type HeldRows, holdRows } from './hold-rows.ts'
import { readNotesOf, removeNotes } from './inbox.ts'
import type { SyncedTable, TableMap } from './synced-tables.ts'
import { HELD, storeRow } from './table-rows.ts'

/** What the works of a transaction are applied to. */
export interface Target {
  readonly session: Transaction
  readonly scope: string
  readonly plan: PushPlan
  readonly tables: TableMap
  readonly context: SequenceContext
}

/** Answers each work. `terms` are in their order. */
export async function applyWorks(
  target: Target,
  works: readonly PushWork[],
  terms: readonly PushTerms[],
): Promise<readonly (readonly PushResult[])[]> {
  const { session, scope, plan, tables } = target
  if (!namesTables(works, tables))
    return works.map(({ units }, index) =>
      units.flatMap((unit) => applyAtOnce(plan, terms[index] as PushTerms, unit)),
    )
  const held = await holdRows(session, scope, plan, { ...target, works })
  return impatiently(session, async () => {
    const results: PushResult[][] = []
    for (const [index, { units }] of works.entries()) {
      const own: PushResult[] = []
      for (const unit of units) {
        const applying = applyUnit(plan, terms[index] as PushTerms, unit, tables)
        let step = applying.next()
        while (step.done !== true) step = applying.next(await take(target, held, step.value))
        own.push(...step.value)
      }
      results.push(own)
    }
    return results
  })
}

function namesTables(works: readonly PushWork[], tables: TableMap): boolean {
  return works.some(({ units }) =>
    units.flat().some(({ mutation, refusal }) => refusal === undefined && tables.has(mutation.collection)),
  )
}

const STATEMENTS = {
  savepoint: 'SAVEPOINT synclayer_group',
  release: 'RELEASE SAVEPOINT synclayer_group',
  rollback: 'ROLLBACK TO SAVEPOINT synclayer_group',
} as const

async function take(target: Target, held: HeldRows, step: TableStep): Promise<TableAnswer> {
  const { session, scope, plan, tables } = target
  if (step.do !== 'store') {
    await session.run(STATEMENTS[step.do])
    return undefined
  }
  const { collection, recordId: id } = step.prepared.mutation
  const key = { collection, id }
  if (held.isBusy(key)) return { refusal: HELD }
  const before = parse(plan.current(collection, id)?.document ?? null)
  const write = { scope, id, before, document: parse(step.document), isTaken: held.isTaken(key) }
  const answer = await storeRow(session, tables.get(collection) as SyncedTable, write)
  // What the triggers have noted of this write: it gets its place in the feed at once.
  if (answer !== undefined && !('refusal' in answer))
    await removeNotes(session, await readNotesOf(session, scope, [key]))
  return answer
}

function parse(text: string | null): JsonObject | null {
  return text === null ? null : (JSON.parse(text) as JsonObject)
}

/**
 * A foreign key or a unique index may make a write wait for another program, and with it everyone who waits for the feed:
 * so not for long.
 */
async function impatiently<Result>(session: Transaction, work: () => Promise<Result>): Promise<Result> {
  await session.run(
    'SET @synclayer_lock_wait = @@SESSION.innodb_lock_wait_timeout, SESSION innodb_lock_wait_timeout = 1',
  )
  const putBack = (): Promise<number> =>
    session.run('SET SESSION innodb_lock_wait_timeout = @synclayer_lock_wait')
  let result: Result
  try {
    result = await work()
  } catch (error) {
    if (!isConnectionGone(error)) await putBack()
    throw error
  }
  await putBack()
  return result
}
