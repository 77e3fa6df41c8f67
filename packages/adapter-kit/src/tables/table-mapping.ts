/** Between a row of a user's table and the document it is synced as. Pure: what a column holds is the codec's to say. */
import { deepEqual, type Json, type JsonObject, type PushOutcome } from '@synclayer/core/adapter'
import { reject } from '../push/prepare-mutation.ts'
import type { CheckedTable } from './table-options.ts'

/** Between what a driver reads from a column, or is given for it, and JSON. */
export interface ColumnCodec {
  /** `null` is never given. */
  readonly toJson: (value: unknown) => Json
  /** `null` is never given. Undefined where the column cannot hold it. */
  readonly fromJson: (value: Json) => unknown
  /** What the column holds, for error messages: "a whole number". */
  readonly holds: string
}

/** A column as the database describes it. */
export interface TableColumn {
  readonly name: string
  readonly codec: ColumnCodec
  /** False for generated columns: they are read and never written. */
  readonly isWritable: boolean
}

export interface TableMapping {
  readonly table: CheckedTable
  /** Every column that is read, the id's first, then in the order of the fields. */
  readonly columns: readonly string[]
  /** The scope a row belongs to; null where it is in none. */
  scopeOf(row: Row): string | null
  /** A row as a document, its fields always in the same order. */
  toDocument(row: Row): JsonObject
  /**
   * The columns to write, so that the row becomes `document`: for a new row all that the document has, else those that differ
   * from `before`. A refusal where the table cannot hold it.
   */
  toColumns(
    scope: string,
    document: JsonObject,
    before: JsonObject | null,
  ): Columns | { readonly refusal: PushOutcome }
}

/** Values by column, as the driver gives them. */
export type Row = Readonly<Record<string, unknown>>

export interface Columns {
  readonly names: readonly string[]
  readonly values: readonly unknown[]
}

/**
 * The mapping of one table, by its columns. `invalid` makes the adapter's INVALID_OPTION of a member of the table's options
 * and a reason: for columns that are not there.
 */
export function createTableMapping(
  table: CheckedTable,
  columns: readonly TableColumn[],
  invalid: (member: string, reason: string) => Error,
): TableMapping {
  const { collection, idColumn, scope } = table
  const byName = new Map(columns.map((column) => [column.name, column]))
  const column = (name: string, member: string): TableColumn => {
    const found = byName.get(name)
    if (found === undefined) throw invalid(member, `the table has no column \`${name}\``)
    return found
  }
  const id = column(idColumn, 'id')
  const fields = new Map<string, TableColumn>()
  if (table.fields === null) {
    for (const each of columns) if (each.name !== idColumn) fields.set(each.name, each)
    if (fields.has('id')) {
      throw invalid(
        'fields',
        'name the fields: the table has a column `id` that is not the id of its records',
      )
    }
  } else {
    for (const [field, name] of table.fields) fields.set(field, column(name, 'fields'))
  }
  const scopeColumn = 'column' in scope ? column(scope.column, 'scope') : undefined
  const read = new Set([idColumn, ...[...fields.values()].map(({ name }) => name)])
  if (scopeColumn !== undefined) read.add(scopeColumn.name)

  const scopeOf = (row: Row): string | null => {
    if ('fixed' in scope) return scope.fixed
    const value = row[scope.column]
    return value === null || value === undefined
      ? null
      : `${scope.prefix}${textOf(scopeColumn as TableColumn, value)}`
  }
  /** What the scope's column holds for rows of this scope; undefined where there can be none. */
  const scopeText = (name: string): string | undefined => {
    if ('fixed' in scope) return name === scope.fixed ? '' : undefined
    return name.startsWith(scope.prefix) ? name.slice(scope.prefix.length) : undefined
  }

  return {
    table,
    columns: [...read],
    scopeOf,
    toDocument: (row) => {
      const document: Record<string, Json> = { id: textOf(id, row[idColumn]) }
      for (const [field, { name, codec }] of fields) {
        const value = row[name]
        document[field] = value === null || value === undefined ? null : codec.toJson(value)
      }
      return document
    },
    toColumns: (scopeName, document, before) => {
      const own = scopeText(scopeName)
      if (own === undefined) {
        const reason = `\`${collection}\` has no records in the scope "${scopeName}"`
        return { refusal: reject('INVALID_MUTATION', reason) }
      }
      const written = new Map<string, unknown>()
      if (before === null) {
        const text = id.codec.fromJson(idJson(id, document['id'] as string))
        if (text === undefined) return { refusal: cannotHold('id', id) }
        written.set(idColumn, text)
      }
      for (const field of Object.keys(document)) {
        if (field !== 'id' && !fields.has(field)) {
          return {
            refusal: refuse(`The table of \`${collection}\` has no column for the field "${field}"`, field),
          }
        }
      }
      for (const [field, target] of fields) {
        const value = document[field] ?? null
        if (before !== null && deepEqual(value, before[field] ?? null)) continue
        // A new row leaves what is not named to the column's default.
        if (before === null && document[field] === undefined) continue
        if (!target.isWritable) {
          if (before === null && value === null) continue
          return { refusal: refuse(`The column of the field "${field}" is generated by the database`, field) }
        }
        const kept = value === null ? null : target.codec.fromJson(value)
        if (kept === undefined) return { refusal: cannotHold(field, target) }
        written.set(target.name, kept)
      }
      if (scopeColumn !== undefined) {
        const named = written.get(scopeColumn.name)
        if (written.has(scopeColumn.name) && (named === null || textOf(scopeColumn, named) !== own)) {
          const reason = `The column \`${scopeColumn.name}\` says the record's scope, which never changes`
          return { refusal: reject('SCOPE_CHANGE', reason) }
        }
        if (before === null)
          written.set(scopeColumn.name, scopeColumn.codec.fromJson(idJson(scopeColumn, own)))
      }
      return { names: [...written.keys()], values: [...written.values()] }
    },
  }

  // Said of a field whose column takes something else.
  function cannotHold(field: string, { codec }: TableColumn): PushOutcome {
    return refuse(`The column of the field "${field}" holds ${codec.holds}`, field)
  }
}

function refuse(reason: string, field: string): PushOutcome {
  return { status: 'rejected', code: 'INVALID_MUTATION', reason, details: { field } }
}

/** An id or a scope is text, whatever its column holds. */
function textOf({ codec }: TableColumn, value: unknown): string {
  const json = codec.toJson(value)
  return typeof json === 'string' ? json : JSON.stringify(json)
}

/** The JSON that a column of ids holds for this text: a number where the column holds numbers. */
function idJson({ codec }: TableColumn, text: string): Json {
  if (codec.fromJson(text) !== undefined) return text
  const number = Number(text)
  return text !== '' && Number.isFinite(number) && String(number) === text ? number : text
}
