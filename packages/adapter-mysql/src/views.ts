/** Views for reading documents with SQL: a row for each document, a column for each field that was asked for. */
import { collectionNameProblem } from '@synclayer/core/adapter'
import { jsonPath } from './declared-index.ts'
import type { Invalid } from './invalid-option.ts'
import { quoteName, quoteText } from './quote.ts'

/** How a field is read. What is not of the type is null, and never an error. */
export type ViewColumnType = 'text' | 'boolean' | 'integer' | 'double' | 'json'

/** Types by the name of a top-level field, which the column has as well. */
export type ViewColumns = Readonly<Record<string, ViewColumnType>>

export interface View {
  readonly collection: string
  readonly columns: ViewColumns
}

const NUMBERS = `'INTEGER', 'UNSIGNED INTEGER', 'DOUBLE', 'DECIMAL'`

/** A field as a column of the type; `value` is an expression for its JSON. */
const READERS: Readonly<Record<ViewColumnType, (value: string) => string>> = {
  text: (value) => `CASE WHEN JSON_TYPE(${value}) <> 'NULL' THEN JSON_UNQUOTE(${value}) END`,
  json: (value) => value,
  boolean: (value) => `CASE WHEN JSON_TYPE(${value}) = 'BOOLEAN' THEN JSON_UNQUOTE(${value}) = 'true' END`,
  double: (value) =>
    `CASE WHEN JSON_TYPE(${value}) IN (${NUMBERS}) THEN CAST(JSON_UNQUOTE(${value}) AS DOUBLE) END`,
  integer: (value) =>
    `CASE WHEN JSON_TYPE(${value}) IN (${NUMBERS}) AND JSON_UNQUOTE(${value}) REGEXP '^-?[0-9]{1,18}$'
    THEN CAST(JSON_UNQUOTE(${value}) AS SIGNED) END`,
}

/** Columns that every view has: what is around the document. */
const COMMON: readonly string[] = ['scope', 'id', 'version', 'time', 'schema_version']
const LONGEST_NAME = 64
const PREFIX = 'synclayer_view_'

/** Checks the option `views`. Throws INVALID_OPTION naming the place. */
export function checkViews(views: unknown, invalid: Invalid): readonly View[] {
  if (!isObject(views)) throw invalid('views', 'an object of collections is expected')
  return Object.entries(views).map(([collection, columns]) => {
    const option = `views.${collection}`
    const problem = collectionNameProblem(collection)
    if (problem !== null) throw invalid(option, `the name of a collection ${problem}`)
    if (PREFIX.length + collection.length > LONGEST_NAME)
      throw invalid(
        option,
        `a view takes a collection's name of at most ${LONGEST_NAME - PREFIX.length} characters`,
      )
    if (!isObject(columns)) throw invalid(option, 'an object of fields is expected')
    for (const [field, type] of Object.entries(columns))
      checkColumn(`${option}.${field}`, field, type, invalid)
    return { collection, columns: columns as ViewColumns }
  })
}

function checkColumn(option: string, field: string, type: unknown, invalid: Invalid): void {
  if (typeof type !== 'string' || !Object.hasOwn(READERS, type))
    throw invalid(option, `one of ${Object.keys(READERS).join(', ')} is expected`)
  if (field !== 'id' && COMMON.includes(field.toLowerCase()))
    throw invalid(option, 'the view has a column of that name already')
  if (!/^\P{Cc}{1,64}$/u.test(field) || field.endsWith(' '))
    throw invalid(option, 'a column needs a name of 1 to 64 characters, without a space at its end')
}

/** The view's name in the database. */
export function viewName({ collection }: View): string {
  return `${PREFIX}${collection}`
}

/** The statement that makes the view, or makes it anew. */
export function viewSql(view: View): string {
  const fields = Object.entries(view.columns)
    .filter(([field]) => field !== 'id')
    .map(([field, type]) => {
      const value = `JSON_EXTRACT(r.document, ${quoteText(jsonPath([field]))})`
      return `,\n  CASE WHEN JSON_VALID(r.document) THEN ${READERS[type](value)} END AS ${quoteName(field)}`
    })
  return `CREATE OR REPLACE VIEW ${viewName(view)} AS SELECT f.scope, r.id, r.version, r.time, r.schema_version${fields.join('')}
FROM synclayer_record AS r JOIN synclayer_feed AS f ON f.feed = r.feed
WHERE r.collection = ${quoteText(view.collection)} AND r.deleted_at IS NULL`
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
