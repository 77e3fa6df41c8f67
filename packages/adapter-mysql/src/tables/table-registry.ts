/** Which tables are synced is kept in the database, so that every process knows: the rows of `synclayer_table`. */
import type { CheckedTable } from '@synclayer/adapter-kit'
import { quoteText } from '../quote.ts'
import type { Session } from '../session.ts'
import { GENERATION } from './tables-schema.ts'
import type { Trigger } from './triggers.ts'

export interface RegisteredTable {
  readonly table: CheckedTable
  readonly triggers: readonly Trigger[]
}

/** What changes with the set of synced tables. */
export async function readGeneration(session: Session): Promise<string> {
  const [row] = await session.rows('SELECT value FROM synclayer_meta WHERE name = ?', [GENERATION])
  return String(row?.[0])
}

/** The same as a part of another statement; it then stays so until the transaction ends. */
export const HELD_GENERATION: string = `SELECT value FROM synclayer_meta WHERE name = '${GENERATION}' LOCK IN SHARE MODE`

/** Changes it. Waits for every transaction that holds it: what they write is there before what follows. */
export const NEXT_GENERATION: string = `INSERT INTO synclayer_meta (name, value) VALUES ('${GENERATION}', '1') ON DUPLICATE KEY UPDATE value = value + 1`

export async function readRegistry(session: Session): Promise<ReadonlyMap<string, RegisteredTable>> {
  const rows = await session.rows(
    'SELECT collection, definition, triggers FROM synclayer_table ORDER BY collection',
  )
  return new Map(
    rows.map(([collection, definition, triggers]) => [
      String(collection),
      {
        table: parseDefinition(String(definition)),
        triggers: JSON.parse(String(triggers)) as readonly Trigger[],
      },
    ]),
  )
}

/** The statement that says that a table is synced. */
export function registerSql({ table, triggers }: RegisteredTable): string {
  const values = [table.collection, formatDefinition(table), JSON.stringify(triggers)].map(quoteText)
  return `REPLACE INTO synclayer_table (collection, definition, triggers) VALUES (${values.join(', ')})`
}

/** The statement that says that it is synced no longer. */
export function unregisterSql(collection: string): string {
  return `DELETE FROM synclayer_table WHERE collection = ${quoteText(collection)}`
}

export function isSameTable(one: RegisteredTable, other: RegisteredTable): boolean {
  return (
    formatDefinition(one.table) === formatDefinition(other.table) &&
    JSON.stringify(one.triggers) === JSON.stringify(other.triggers)
  )
}

function formatDefinition({
  collection,
  schemaName,
  table,
  idColumn,
  scope,
  fields,
  schema,
}: CheckedTable): string {
  const columns = fields === null ? null : [...fields]
  return JSON.stringify({ collection, schemaName, table, idColumn, scope, fields: columns, schema })
}

function parseDefinition(text: string): CheckedTable {
  const table = JSON.parse(text) as CheckedTable & {
    readonly fields: readonly (readonly [string, string])[] | null
  }
  return { ...table, fields: table.fields === null ? null : new Map(table.fields) }
}
