/** What SQLite says of a user's table. */
import type { CheckedTable, TableColumn } from '@synclayer/adapter-kit'
import type { Database } from 'better-sqlite3'
import { canHoldIds, codecOf } from './codecs.ts'
import { quoteName } from './quote.ts'

export interface DescribedTable {
  readonly columns: readonly TableColumn[]
  /** Columns that are unique together, the id's own left out. */
  readonly uniques: readonly (readonly string[])[]
}

/** `invalid` makes an INVALID_OPTION of a member of the table's options and a reason. */
export function describeTable(
  database: Database,
  { table, schemaName, idColumn }: CheckedTable,
  invalid: (member: string, reason: string) => Error,
): DescribedTable {
  if (schemaName !== null && schemaName !== 'main') {
    throw invalid('table', 'only tables of the main database can be synced')
  }
  const kind = database.prepare(`SELECT type FROM sqlite_schema WHERE name = ?`).pluck().get(table)
  if (kind === undefined) throw invalid('table', `there is no table \`${table}\``)
  if (kind !== 'table' || table.startsWith('synclayer_'))
    throw invalid('table', `\`${table}\` is no table of yours`)
  const rows = database
    .prepare(`SELECT name, type, pk, hidden, "notnull" AS required FROM pragma_table_xinfo(?)`)
    .safeIntegers(false)
    .all(table) as readonly { name: string; type: string; pk: number; hidden: number; required: number }[]
  const id = rows.find(({ name }) => name === idColumn)
  if (id === undefined) throw invalid('id', `the table has no column \`${idColumn}\``)
  if (!canHoldIds(id.type))
    throw invalid('id', `a column of type ${id.type || 'BLOB'} cannot tell records apart`)

  const uniques = uniqueIndexes(database, table)
  const isKey = id.pk > 0 && rows.filter(({ pk }) => pk > 0).length === 1
  const isUnique = id.required === 1 && uniques.some((names) => names.length === 1 && names[0] === idColumn)
  if (!isKey && !isUnique)
    throw invalid('id', `\`${idColumn}\` is neither the primary key, nor unique and NOT NULL`)
  return {
    // Hidden 1 is a column of a virtual table, 2 and 3 are generated ones.
    columns: rows
      .filter(({ hidden }) => hidden !== 1)
      .map(({ name, type, hidden }) => ({ name, codec: codecOf(type), isWritable: hidden === 0 })),
    uniques: uniques.filter((names) => names.length > 1 || names[0] !== idColumn),
  }
}

function uniqueIndexes(database: Database, table: string): readonly (readonly string[])[] {
  const indexes = database
    .prepare(`SELECT name FROM pragma_index_list(?) WHERE "unique" = 1`)
    .pluck()
    .all(table) as readonly string[]
  return (
    indexes
      .map((name) =>
        database.prepare(`SELECT name FROM pragma_index_info(?) ORDER BY seqno`).pluck().all(name),
      )
      // An index over an expression has a column without a name.
      .filter((names): names is string[] => names.every((name) => typeof name === 'string'))
  )
}

/** The table's name in a statement. */
export function tableName({ table }: CheckedTable): string {
  return `main.${quoteName(table)}`
}
