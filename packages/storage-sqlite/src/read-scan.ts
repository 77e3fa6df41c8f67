import type { CollectionTable, Row } from './collection-table.ts'
import { COLUMNS } from './record-row.ts'

/** Every row of a collection by rising id, those without a document too. */
export function readScan(
  table: CollectionTable,
  { after, limit }: { readonly after: string | null; readonly limit: number },
): readonly Row[] {
  if (limit <= 0) return []
  const statement = table.prepare(
    `SELECT ${COLUMNS} FROM ${table.entry.table} WHERE id ${after === null ? '>=' : '>'} ? ORDER BY id LIMIT ?`,
  )
  return statement.all(after ?? '', limit).map(table.toRow)
}
