/** Views for reading documents with SQL: a row for each document, a column for each field that was asked for. */
import { collectionNameProblem } from '@synclayer/core/adapter'
import { invalidOption } from '../invalid-option.ts'
import { quoteName, quoteText } from './schema-name.ts'

/** How a field is read. What is not of the type is null, and never an error. */
export type ViewColumnType = 'text' | 'boolean' | 'numeric' | 'double precision' | 'bigint' | 'jsonb'

/** Types by the name of a top-level field, which the column has as well. */
export type ViewColumns = Readonly<Record<string, ViewColumnType>>

/** A field's value as a column of the type: `value` is an expression of type jsonb, `text` the same as text. */
const READERS: Readonly<Record<ViewColumnType, (value: string, text: string) => string>> = {
  text: (_value, text) => text,
  jsonb: (value) => value,
  boolean: (value, text) => `CASE WHEN jsonb_typeof(${value}) = 'boolean' THEN (${text})::boolean END`,
  numeric: (value, text) => `CASE WHEN jsonb_typeof(${value}) = 'number' THEN (${text})::numeric END`,
  'double precision': (value, text) =>
    `CASE WHEN jsonb_typeof(${value}) = 'number' THEN (${text})::double precision END`,
  bigint: (value, text) =>
    `CASE WHEN jsonb_typeof(${value}) = 'number' THEN CASE
      WHEN (${text})::numeric % 1 = 0 AND abs((${text})::numeric) < 9e18 THEN (${text})::numeric::bigint END END`,
}

/** Columns that every view has: what is around the document. */
const COMMON = ['scope', 'id', 'version', 'time', 'schema'] as const
const LONGEST_NAME = 63

/** Checks the option `views`. Throws INVALID_OPTION naming the place. */
export function checkViews(views: unknown): Readonly<Record<string, ViewColumns>> {
  if (!isRecord(views)) throw invalidOption('views', 'an object of collections is expected')
  for (const [collection, columns] of Object.entries(views)) {
    const problem = collectionNameProblem(collection)
    if (problem !== null) throw invalidOption(`views.${collection}`, `the name of a collection ${problem}`)
    if (!isRecord(columns)) throw invalidOption(`views.${collection}`, 'an object of fields is expected')
    for (const [field, type] of Object.entries(columns)) {
      const option = `views.${collection}.${field}`
      if (typeof type !== 'string' || !Object.hasOwn(READERS, type))
        throw invalidOption(option, `one of ${Object.keys(READERS).join(', ')} is expected`)
      if ((COMMON as readonly string[]).includes(field) && field !== 'id')
        throw invalidOption(option, 'the view has a column of that name already')
      if (field === '' || field.includes('\0') || Buffer.byteLength(field) > LONGEST_NAME)
        throw invalidOption(option, 'a column needs a name of 1 to 63 bytes')
    }
  }
  return views as Readonly<Record<string, ViewColumns>>
}

/** The SQL that makes the view of a collection, in a schema of its own: only what is granted there can be read. */
export function viewSql(schema: string, collection: string, columns: ViewColumns): string {
  const fields = Object.entries(columns)
    .filter(([field]) => field !== 'id')
    .map(([field, type]) => {
      const key = quoteText(field)
      return `,\n  ${READERS[type](`(r.document -> ${key})`, `(r.document ->> ${key})`)} AS ${quoteName(field)}`
    })
  const view = `${quoteName(`${schema}_views`)}.${quoteName(collection)}`
  const s = quoteName(schema)
  return `DROP VIEW IF EXISTS ${view};
CREATE VIEW ${view} AS SELECT f.scope, r.id, r.version, r.time, r.schema${fields.join('')}
FROM ${s}.record r JOIN ${s}.feed f ON f.feed = r.feed
WHERE r.collection = ${quoteText(collection)} AND NOT r.deleted;
`
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
