/** Which of the user's tables are to be set up, or set up again since their columns or triggers are not what they were. */
import type { TablesOption } from '@synclayer/adapter-kit'
import type { TextRow } from './connection.ts'
import { quoteName, quoteText } from './sql/schema-name.ts'

export interface StaleTable {
  readonly collection: string
  /** JSON, as in the option `tables`. */
  readonly definition: string
  /** False for one that was set up before, and that this process was not told of. */
  readonly isGiven: boolean
}

/** Compares what is given, and what was set up before, with the tables as they are. */
export async function staleTables(
  run: (text: string, values: readonly unknown[]) => Promise<readonly TextRow[]>,
  schema: string,
  given: TablesOption,
): Promise<readonly StaleTable[]> {
  const rows = await run(
    `SELECT collection, definition::text, is_given
     FROM ${quoteName(schema)}.stale_tables($1, current_schemas(false)::text[])`,
    [JSON.stringify(given)],
  )
  return rows.map(([collection, definition, isGiven]) => ({
    collection: collection ?? '',
    definition: definition ?? '',
    isGiven: isGiven === 't',
  }))
}

/** The statement that sets a table up. */
export function syncTableSql(
  schema: string,
  { collection, definition }: Pick<StaleTable, 'collection' | 'definition'>,
): string {
  return `SELECT ${quoteName(schema)}.sync_table(${quoteText(collection)}, ${quoteText(definition)}::jsonb);`
}

/** The statement after which a table is synced no longer. */
export function detachTableSql(schema: string, collection: string): string {
  return `SELECT ${quoteName(schema)}.detach_table(${quoteText(collection)});`
}
