/**
 * Indexes on fields of documents: generated columns, which the server keeps up whoever writes, each with the first
 * characters of a field as text. What has no such text, or lies in a document that the server's JSON functions cannot read
 * (MariaDB's go down 32 levels), is null there.
 */
import { collectionNameProblem } from '@synclayer/core/adapter'
import { createHash } from 'node:crypto'
import type { Invalid } from './invalid-option.ts'
import { quoteText } from './quote.ts'

/** Fields of a collection that are looked up together. */
export interface DeclaredIndex {
  readonly collection: string
  readonly name: string
  readonly columns: readonly DeclaredColumn[]
}

export interface DeclaredColumn {
  readonly path: readonly string[]
  readonly name: string
}

/** So many characters of a field are in the index. */
export const INDEXED_LENGTH = 64

const MOST_COLUMNS = 5
const KEY = /^[A-Za-z_][A-Za-z0-9_]*$/

/** Checks the option `indexes`. Throws INVALID_OPTION naming the place. */
export function checkIndexes(indexes: unknown, invalid: Invalid): readonly DeclaredIndex[] {
  if (typeof indexes !== 'object' || indexes === null)
    throw invalid('indexes', 'an object of collections is expected')
  return Object.entries(indexes).flatMap(([collection, list]: [string, unknown]) => {
    const option = `indexes.${collection}`
    const problem = collectionNameProblem(collection)
    if (problem !== null) throw invalid(option, `the name of a collection ${problem}`)
    if (!Array.isArray(list)) throw invalid(option, 'a list of fields is expected')
    return list.map((fields: unknown) =>
      checkIndex(collection, Array.isArray(fields) ? fields : [fields], option, invalid),
    )
  })
}

function checkIndex(
  collection: string,
  fields: readonly unknown[],
  option: string,
  invalid: Invalid,
): DeclaredIndex {
  if (fields.length === 0 || fields.length > MOST_COLUMNS)
    throw invalid(option, `an index has 1 to ${MOST_COLUMNS} fields`)
  const columns = fields.map((field): DeclaredColumn => {
    const path = typeof field === 'string' ? field.split('.') : []
    if (path.length === 0 || !path.every((key) => KEY.test(key)))
      throw invalid(option, 'names of letters, digits and underscores are expected, with dots between them')
    return { path, name: `x_${digest(collection, path)}` }
  })
  return { collection, name: `xi_${digest(collection, ...columns.map(({ path }) => path))}`, columns }
}

/** Its names tell an index from others, also after what it is made of has changed. */
function digest(...parts: readonly (string | readonly string[])[]): string {
  return createHash('sha256')
    .update(JSON.stringify([1, ...parts]))
    .digest('hex')
    .slice(0, 16)
}

/** What a statement says to add the column. */
export function columnSql(collection: string, { path, name }: DeclaredColumn, collation: string): string {
  const field = `JSON_UNQUOTE(JSON_EXTRACT(document, ${quoteText(jsonPath(path))}))`
  return `ADD COLUMN ${name} VARCHAR(${INDEXED_LENGTH}) CHARACTER SET utf8mb4 COLLATE ${collation}
  GENERATED ALWAYS AS (CASE WHEN collection = ${quoteText(collection)} AND JSON_VALID(document)
    THEN LEFT(${field}, ${INDEXED_LENGTH}) END) VIRTUAL`
}

/** What a statement says to add the index. */
export function indexSql({ name, columns }: DeclaredIndex): string {
  return `ADD KEY ${name} (feed, ${columns.map((column) => column.name).join(', ')}, position)`
}

/** The path as SQL's JSON functions write it. */
export function jsonPath(path: readonly string[]): string {
  return `$${path.map((key) => `.${JSON.stringify(key)}`).join('')}`
}
