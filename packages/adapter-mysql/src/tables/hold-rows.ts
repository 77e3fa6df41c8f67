/** What a push does about rows of users' tables before anything of it is judged. */
import { type PushPlan, type SequenceContext, sequenceRow } from '@synclayer/adapter-kit'
import type { PushWork } from '../push-work.ts'
import type { RecordKey } from '../record-rows.ts'
import type { Session } from '../session.ts'
import { readNotesOf, removeNotes } from './inbox.ts'
import type { SyncedTable, TableMap } from './synced-tables.ts'
import { type FoundRow, lockRows, readRows } from './table-rows.ts'

/** The rows that a push names, as they are until its transaction ends. */
export interface HeldRows {
  /** True where someone else holds the row. */
  isBusy(key: RecordKey): boolean
  /** True where there is a row with this id, of whatever scope. */
  isTaken(key: RecordKey): boolean
}

/**
 * Locks the rows that the works are about, those that nobody else holds; then takes into the plan what other programs have
 * made of them. So a mutation is judged by what is there, and nobody changes it before it is written. Needs a transaction
 * at READ COMMITTED that holds the feed.
 */
export async function holdRows(
  session: Session,
  scope: string,
  plan: PushPlan,
  { tables, works, context }: { tables: TableMap; works: readonly PushWork[]; context: SequenceContext },
): Promise<HeldRows> {
  const busy = new Set<string>()
  const taken = new Set<string>()
  for (const [collection, ids] of idsByCollection(tables, works)) {
    const table = tables.get(collection) as SyncedTable
    const locked = await lockRows(session, table, ids)
    const notes = await readNotesOf(
      session,
      scope,
      ids.map((id) => ({ collection, id })),
    )
    const rows = await readRows(session, table, scope, ids)
    for (const id of ids) {
      if (rows.has(id)) taken.add(keyOf({ collection, id }))
      if (rows.has(id) && !locked.has(id)) busy.add(keyOf({ collection, id }))
    }
    sequenceRows(plan, table, ids, rows, context)
    await removeNotes(session, notes)
  }
  return { isBusy: (key) => busy.has(keyOf(key)), isTaken: (key) => taken.has(keyOf(key)) }
}

/** Takes rows into the plan as they are now. */
export function sequenceRows(
  plan: PushPlan,
  { mapping: { table } }: SyncedTable,
  ids: readonly string[],
  rows: ReadonlyMap<string, FoundRow>,
  context: SequenceContext,
): void {
  for (const id of ids) sequenceRow(plan, { table, id, document: rows.get(id)?.document ?? null }, context)
}

function idsByCollection(
  tables: TableMap,
  works: readonly PushWork[],
): ReadonlyMap<string, readonly string[]> {
  const ids = new Map<string, Set<string>>()
  for (const { mutation, refusal } of works.flatMap(({ units }) => units.flat())) {
    // What was refused as it came may name anything.
    if (refusal !== undefined || !tables.has(mutation.collection)) continue
    const known = ids.get(mutation.collection) ?? new Set()
    ids.set(mutation.collection, known.add(mutation.recordId))
  }
  return new Map([...ids].map(([collection, set]) => [collection, [...set]]))
}

function keyOf({ collection, id }: RecordKey): string {
  return `${collection} ${id}`
}
