/** The outbox over all tables: lists that stand in order of their own, merged into one. */
import type { Lane, OutboxRequest } from '@synclayer/core/storage'
import type { CollectionTable, Row } from './collection-table.ts'
import { COLUMNS, laneToNumber, numberToLane, type RawRow, toPlace } from './record-row.ts'

const ORD = 3

/** The rows of a lane by rising order. */
export function readOutbox(
  tables: Iterable<CollectionTable>,
  { lane, scope, after, limit }: OutboxRequest,
): readonly Row[] {
  // Behind the last safe integer are only damaged places, which the page before has told.
  if (limit <= 0 || after >= Number.MAX_SAFE_INTEGER) return []
  const sources: Source[] = []
  try {
    for (const table of tables) {
      const number = laneToNumber(lane)
      if (scope !== null) open(sources, table, table.prepare(laneSql(table)).iterate(number, scope, after))
      else {
        for (const each of scopesOf(table, number)) {
          open(sources, table, table.prepareAnother(laneSql(table)).iterate(number, each, after))
        }
      }
      if (lane === 'waiting') open(sources, table, table.prepare(unknownLanesSql(table)).iterate(after))
    }
    return merge(sources, limit)
  } finally {
    // An open cursor would keep the connection from writing.
    for (const { rows } of sources) rows.return?.()
  }
}

/** How many rows each lane has. */
export function sizeOfOutbox(tables: Iterable<CollectionTable>, scope: string | null): Record<Lane, number> {
  const size = { waiting: 0, sending: 0, parked: 0 }
  for (const table of tables) {
    const of = scope === null ? '' : 'AND scope = ?'
    const counts = table.prepare(
      `SELECT lane, count(*) FROM ${outboxOf(table)} WHERE lane IN (1, 2, 3) ${of} GROUP BY lane`,
    )
    for (const [number, count] of counts.all(...(scope === null ? [] : [scope]))) {
      const lane = numberToLane(number)
      if (lane !== undefined) size[lane] += count as number
    }
  }
  return size
}

interface Source {
  readonly table: CollectionTable
  readonly rows: IterableIterator<RawRow>
  head: RawRow
}

function open(sources: Source[], table: CollectionTable, rows: IterableIterator<RawRow>): void {
  const first = rows.next()
  if (first.done !== true) sources.push({ table, rows, head: first.value })
}

/** Takes the lowest of the heads, again and again. There are as many as collections have rows in the lane: few. */
function merge(sources: Source[], limit: number): Row[] {
  const merged: Row[] = []
  while (merged.length < limit) {
    let lowest: Source | undefined
    for (const source of sources) {
      if (lowest === undefined || toPlace(source.head[ORD]) < toPlace(lowest.head[ORD])) lowest = source
    }
    if (lowest === undefined) break
    merged.push(lowest.table.toRow(lowest.head))
    const next = lowest.rows.next()
    if (next.done === true) sources.splice(sources.indexOf(lowest), 1)
    else lowest.head = next.value
  }
  return merged
}

/** A lane of one scope, in order. */
export function laneSql(table: CollectionTable): string {
  return `SELECT ${COLUMNS} FROM ${outboxOf(table)} WHERE lane = ? AND scope = ? AND ord > ? ORDER BY ord`
}

/** Rows whose lane is none we know are damaged. They are told with those that wait, so that they are not hidden (ST6). */
export function unknownLanesSql(table: CollectionTable): string {
  return `SELECT ${COLUMNS} FROM ${table.entry.table} WHERE rowid IN (
      SELECT rowid FROM ${outboxOf(table)} WHERE lane < 1 UNION ALL SELECT rowid FROM ${outboxOf(table)} WHERE lane > 3
    ) AND ord > ? ORDER BY ord`
}

/** The next scope of a lane. */
export function scopeSql(table: CollectionTable): string {
  return `SELECT scope FROM ${outboxOf(table)} WHERE lane = ? AND scope > ? ORDER BY scope LIMIT 1`
}

/** Goes from one scope to the next in the index, without walking the rows of each. */
function scopesOf(table: CollectionTable, lane: number): string[] {
  const next = table.prepare(scopeSql(table))
  const scopes: string[] = []
  for (let after = ''; ;) {
    const [found] = next.get(lane, after) ?? []
    if (typeof found !== 'string') return scopes
    scopes.push(found)
    after = found
  }
}

/** A table walked by its index of lanes. */
export function outboxOf({ entry }: CollectionTable): string {
  return `${entry.table} INDEXED BY outbox_${entry.number}`
}
