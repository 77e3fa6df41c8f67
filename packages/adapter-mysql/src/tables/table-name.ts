import { quoteName } from '../quote.ts'

/** A table and the database it is in. */
export interface TableName {
  readonly schema: string
  readonly table: string
}

/** The name in a statement that runs in `schema`. Left short where it can be, so that a dump may be loaded elsewhere. */
export function nameIn(schema: string, name: TableName): string {
  return name.schema === schema ? quoteName(name.table) : `${quoteName(name.schema)}.${quoteName(name.table)}`
}

/** A key for maps. */
export function tableKey({ schema, table }: TableName): string {
  return JSON.stringify([schema, table])
}
