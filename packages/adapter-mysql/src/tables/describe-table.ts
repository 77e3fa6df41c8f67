/** What the database's catalogue says of a user's table. */
import type { CheckedTable, TableColumn } from '@synclayer/adapter-kit'
import type { Row, Session } from '../session.ts'
import { type ColumnType, LONGEST_BINARY_ID, typeOf } from './column-types.ts'
import type { TableName } from './table-name.ts'

/** A column, and how it is read and written. */
export interface SqlColumn extends TableColumn {
  readonly type: ColumnType
}

export interface DescribedTable {
  readonly name: TableName
  readonly columns: readonly SqlColumn[]
}

interface CatalogueColumn extends SqlColumn {
  readonly dataType: string
  readonly isRequired: boolean
  /** In characters, or bytes; 0 where that says nothing. */
  readonly length: number
}

/** Makes an INVALID_OPTION of a member of the table's options and a reason. */
export type InvalidMember = (member: string, reason: string) => Error

/** `database` is the connection's own. Throws what `invalid` makes where the table cannot be synced. */
export async function describeTable(
  session: Session,
  database: string,
  { table, schemaName, idColumn, scope }: CheckedTable,
  invalid: InvalidMember,
): Promise<DescribedTable> {
  const name = { schema: schemaName ?? database, table }
  const [found] = await session.rows(
    'SELECT TABLE_TYPE, ENGINE FROM information_schema.TABLES WHERE TABLE_SCHEMA = ? AND TABLE_NAME = ?',
    [name.schema, table],
  )
  if (found === undefined) throw invalid('table', `there is no table \`${table}\` that this user may see`)
  if (found[0] !== 'BASE TABLE' || (schemaName === null && table.startsWith('synclayer_')))
    throw invalid('table', `\`${table}\` is no table of yours`)
  if (String(found[1]).toLowerCase() !== 'innodb')
    throw invalid('table', `its engine is ${found[1]}; InnoDB is needed, which has transactions`)
  const columns = await readColumns(session, name)
  await checkId(session, name, columns, idColumn, invalid)
  const scopeColumn = 'column' in scope ? columns.find((column) => column.name === scope.column) : undefined
  if (scopeColumn !== undefined && !hasShortText(scopeColumn))
    throw invalid('scope', `a column of type ${scopeColumn.dataType} has no text that can be a scope`)
  return { name, columns }
}

async function readColumns(
  session: Session,
  { schema, table }: TableName,
): Promise<readonly CatalogueColumn[]> {
  const checked = await readJsonChecks(session, schema, table)
  const rows = await session.rows(
    `SELECT COLUMN_NAME, DATA_TYPE, COLUMN_TYPE, COALESCE(GENERATION_EXPRESSION, ''), IS_NULLABLE,
       COALESCE(CHARACTER_MAXIMUM_LENGTH, 0)
     FROM information_schema.COLUMNS WHERE TABLE_SCHEMA = ? AND TABLE_NAME = ? ORDER BY ORDINAL_POSITION`,
    [schema, table],
  )
  return rows.map((row) => toColumn(row, checked))
}

function toColumn(
  [name, dataType, columnType, generation, nullable, length]: Row,
  jsonChecks: readonly string[],
): CatalogueColumn {
  const type = typeOf({
    dataType: String(dataType),
    columnType: String(columnType),
    isJsonText: jsonChecks.includes(`json_valid(\`${String(name)}\`)`),
  })
  return {
    name: String(name),
    codec: type.codec,
    isWritable: generation === '',
    type,
    dataType: String(dataType),
    isRequired: nullable === 'NO',
    length: Number(length),
  }
}

/** MariaDB's JSON is a text with a check on it. */
async function readJsonChecks(session: Session, schema: string, table: string): Promise<readonly string[]> {
  const rows = await session.rows(
    `SELECT c.CHECK_CLAUSE FROM information_schema.CHECK_CONSTRAINTS AS c
     JOIN information_schema.TABLE_CONSTRAINTS AS t USING (CONSTRAINT_SCHEMA, CONSTRAINT_NAME)
     WHERE t.TABLE_SCHEMA = ? AND t.TABLE_NAME = ? AND c.CHECK_CLAUSE LIKE 'json_valid(%'`,
    [schema, table],
  )
  return rows.map(([clause]) => String(clause))
}

/** Whether SQL and the codec write the same text for it. */
function hasShortText({ dataType, length, type }: CatalogueColumn): boolean {
  const isLong = /blob/i.test(dataType) || (/binary/i.test(dataType) && length > LONGEST_BINARY_ID)
  return type.text !== undefined && !isLong
}

async function checkId(
  session: Session,
  { schema, table }: TableName,
  columns: readonly CatalogueColumn[],
  idColumn: string,
  invalid: InvalidMember,
): Promise<void> {
  const id = columns.find(({ name }) => name === idColumn)
  if (id === undefined) throw invalid('id', `the table has no column \`${idColumn}\``)
  if (!hasShortText(id) || /^(?:bit|year|enum|set)$/i.test(id.dataType))
    throw invalid('id', `a column of type ${id.dataType} cannot tell records apart`)
  const keys = await session.rows(
    `SELECT INDEX_NAME FROM information_schema.STATISTICS
     WHERE TABLE_SCHEMA = ? AND TABLE_NAME = ? AND NON_UNIQUE = 0
     GROUP BY INDEX_NAME HAVING COUNT(*) = 1 AND MAX(COLUMN_NAME) = ? AND MAX(SUB_PART) IS NULL`,
    [schema, table, idColumn],
  )
  if (keys.length === 0 || !id.isRequired)
    throw invalid('id', `\`${idColumn}\` is neither the primary key, nor unique and NOT NULL`)
}
