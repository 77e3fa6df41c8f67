import type { PagePosition, QueryPage, QueryPlan } from '@synclayer/core/storage'
import type { CollectionTable } from './collection-table.ts'
import { backwardSql, countSql, forwardSql, sameKeySql, type Sql } from './query-to-sql.ts'
import type { RawRow } from './record-row.ts'

/** The key of a row that a query selected: its last column. */
const KEY = 9

/** One page of a plan (ST5). */
export function readPage(table: CollectionTable, plan: QueryPlan): QueryPage {
  const raws = plan.limit <= 0 ? [] : walk(table, plan)
  const last = raws.length < plan.limit ? undefined : raws.at(-1)
  return { rows: raws.map(table.toRow), next: last === undefined ? null : positionOf(last, plan.index) }
}

/** How many rows a plan walks without its limit. */
export function countRows(table: CollectionTable, plan: Pick<QueryPlan, 'index' | 'range'>): number {
  return run(table, countSql(table.entry, plan))[0]![0] as number
}

function walk(table: CollectionTable, plan: QueryPlan): readonly RawRow[] {
  if (plan.reverse !== true) return run(table, forwardSql(table.entry, plan))
  return plan.index === null ? walkIdsDown(table, plan) : walkKeysDown(table, plan, plan.index)
}

function walkIdsDown(table: CollectionTable, { after, range, ...plan }: QueryPlan): readonly RawRow[] {
  const upper = after === undefined ? {} : { upper: Buffer.from(after.id), upperExclusive: true }
  return run(table, backwardSql(table.entry, { ...plan, range: { ...range, ...upper } }))
}

/**
 * Falling keys, but rising ids within each. An index read backwards gives falling ids, so each run of equal keys is turned
 * round; the last run may go on behind the page, and is read forwards instead. A page reads at most twice its rows.
 */
function walkKeysDown(table: CollectionTable, plan: QueryPlan, index: string): readonly RawRow[] {
  const { after, limit } = plan
  const rows: RawRow[] =
    after?.key === undefined ? [] : [...run(table, sameKeySql(table.entry, index, after, limit))]
  if (rows.length >= limit) return rows
  const below = after?.key === undefined ? {} : { upper: after.key, upperExclusive: true }
  const wanted = limit - rows.length
  const backwards = run(
    table,
    backwardSql(table.entry, { index, range: { ...plan.range, ...below }, limit: wanted }),
  )
  const runs = toRuns(backwards)
  const cut = backwards.length < wanted ? undefined : runs.pop()
  for (const run of runs) rows.push(...run.reverse())
  if (cut === undefined) return rows
  const from = { key: cut[0]![KEY] as Uint8Array, id: '' }
  return [...rows, ...run(table, sameKeySql(table.entry, index, from, limit - rows.length))]
}

/** Neighbours with equal keys, together. */
function toRuns(rows: readonly RawRow[]): RawRow[][] {
  const runs: RawRow[][] = []
  for (const row of rows) {
    const current = runs.at(-1)
    const isSame =
      current !== undefined && Buffer.compare(current[0]![KEY] as Buffer, row[KEY] as Buffer) === 0
    if (isSame) current.push(row)
    else runs.push([row])
  }
  return runs
}

function positionOf(row: RawRow, index: string | null): PagePosition {
  const id = String(row[0])
  return index === null ? { id } : { key: new Uint8Array(row[KEY] as Buffer), id }
}

function run(table: CollectionTable, { text, values }: Sql): RawRow[] {
  return table.prepare(text).all(...values)
}
