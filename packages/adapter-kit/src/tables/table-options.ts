/** Tables of the user's own, synced as collections: how they are named and described. */
import { collectionNameProblem, scopeProblem } from '@synclayer/core/adapter'

/** A table that is already there, with its own columns, to which other programs may write by plain SQL. */
export interface TableOptions {
  /** Its name; as `[schema, name]` where it is not in the connection's own schema. */
  readonly table: string | readonly [schema: string, name: string]
  /** The column that tells rows apart: the primary key, or unique and never null. Its text is the record's id. */
  readonly id: string
  /**
   * Which scope the rows belong to: one for all, or the text of a column, with a prefix before it. `'default'` when left
   * out. A row whose column is null is not synced.
   */
  readonly scope?: string | { readonly column: string; readonly prefix?: string }
  /** The fields that are synced, and the columns they are kept in. Every column, under its own name, when left out. */
  readonly fields?: Readonly<Record<string, string>>
  /** The schema version of the collection whose documents the columns make. 1 when left out. */
  readonly schema?: number
}

/** By the collection's name. */
export type TablesOption = Readonly<Record<string, TableOptions>>

/** Options with every default filled in. */
export interface CheckedTable {
  readonly collection: string
  /** Null is the connection's own. */
  readonly schemaName: string | null
  readonly table: string
  readonly idColumn: string
  readonly scope: { readonly fixed: string } | { readonly column: string; readonly prefix: string }
  /** Columns by field; null is every column, under its own name. */
  readonly fields: ReadonlyMap<string, string> | null
  readonly schema: number
}

const NAMES: ReadonlySet<string> = new Set(['table', 'id', 'scope', 'fields', 'schema'])

/**
 * Checks the option `tables` by code. `invalid` makes the adapter's INVALID_OPTION of an option's name and a reason. Whether
 * tables and columns exist is seen when the database is opened.
 */
export function checkTables(
  tables: TablesOption | undefined,
  invalid: (option: string, reason: string) => Error,
): readonly CheckedTable[] {
  if (tables === undefined) return []
  if (typeof tables !== 'object' || tables === null) throw invalid('tables', 'an object is expected')
  return Object.entries(tables).map(([collection, options]) =>
    checkTable(collection, options, (member, reason) =>
      invalid(member === '' ? `tables.${collection}` : `tables.${collection}.${member}`, reason),
    ),
  )
}

function checkTable(
  collection: string,
  options: TableOptions,
  invalid: (member: string, reason: string) => Error,
): CheckedTable {
  const problem = collectionNameProblem(collection)
  if (problem !== null) throw invalid('', problem)
  if (typeof options !== 'object' || options === null) throw invalid('', 'an object is expected')
  for (const name of Object.keys(options)) {
    if (!NAMES.has(name)) throw invalid(name, 'there is no such option')
  }
  const { table, id, scope = 'default', fields, schema = 1 } = options
  const [schemaName, name] = typeof table === 'string' ? [null, table] : (table ?? [])
  if (!isName(name) || (schemaName !== null && !isName(schemaName))) {
    throw invalid('table', "the table's name is expected, or its schema and its name")
  }
  if (!isName(id)) throw invalid('id', "a column's name is expected")
  if (!Number.isSafeInteger(schema) || schema < 1)
    throw invalid('schema', 'a whole number from 1 is expected')
  return {
    collection,
    schemaName: schemaName ?? null,
    table: name,
    idColumn: id,
    scope: checkScopeOption(scope, invalid),
    fields: checkFields(fields, id, invalid),
    schema,
  }
}

function checkScopeOption(
  scope: NonNullable<TableOptions['scope']>,
  invalid: (member: string, reason: string) => Error,
): CheckedTable['scope'] {
  if (typeof scope === 'string') {
    const problem = scopeProblem(scope)
    if (problem !== null) throw invalid('scope', problem)
    return { fixed: scope }
  }
  const { column, prefix = '' } = scope ?? {}
  if (!isName(column)) throw invalid('scope', 'a scope, or `{ column, prefix }`, is expected')
  if (typeof prefix !== 'string' || (prefix !== '' && scopeProblem(prefix) !== null)) {
    throw invalid('scope', 'the prefix must be printable ASCII')
  }
  return { column, prefix }
}

function checkFields(
  fields: TableOptions['fields'],
  id: string,
  invalid: (member: string, reason: string) => Error,
): ReadonlyMap<string, string> | null {
  if (fields === undefined) return null
  if (typeof fields !== 'object' || fields === null) throw invalid('fields', 'an object is expected')
  const columns = new Map<string, string>()
  for (const [field, column] of Object.entries(fields)) {
    if (field === 'id') throw invalid('fields', 'the field `id` is kept in the column that `id` names')
    if (field === '' || !isName(column)) throw invalid('fields', `\`${field}\` needs a column's name`)
    if (column === id) throw invalid('fields', `the column \`${id}\` is the record's id already`)
    if ([...columns.values()].includes(column))
      throw invalid('fields', `two fields are kept in \`${column}\``)
    columns.set(field, column)
  }
  return columns
}

function isName(value: unknown): value is string {
  return typeof value === 'string' && value !== '' && !value.includes('\0')
}
