import type { CollectionTable, Row } from './collection-table.ts'
import { COLUMNS } from './record-row.ts'

/** Every row of a collection by rising id, those without a document too. */
export function readScan(
  table: CollectionTable,
  { after, limit }: { readonly after: string | null; readonly limit: number },
): readonly Row[] {
  if (limit <= 0) return []
  // No id is empty, so that all come after the empty text.
  return table
    .prepare(scanSql(table))
    .all(after ?? '', limit)
    .map(table.toRow)
}

/** All rows behind an id. */
export function scanSql({ entry }: CollectionTable): string {
  return `SELECT ${COLUMNS} FROM ${entry.table} WHERE id > ? ORDER BY id LIMIT ?`
}
