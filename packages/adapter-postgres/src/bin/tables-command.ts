/** `synclayer-postgres tables`: what syncing tables that are already there takes, printed or run. */
import { checkTables, type TablesOption } from '@synclayer/adapter-kit'
import { SyncError } from '@synclayer/core/adapter'
import { readFileSync } from 'node:fs'
import pg from 'pg'
import { invalidOption } from '../invalid-option.ts'
import { mapError } from '../map-error.ts'
import { checkSchema, quoteName } from '../sql/schema-name.ts'
import { postgresSchemaSql } from '../sql/schema-sql.ts'
import { detachTableSql, syncTableSql } from '../stale-tables.ts'

export interface TablesArguments {
  readonly url?: string
  readonly schema?: string
  /** The name of a JSON file. */
  readonly tables?: string
  readonly detach?: string
  readonly apply?: boolean
}

/** Answers the exit code: 0, or 1 where the database refused. Throws INVALID_OPTION for arguments that are not sound. */
export async function tablesCommand(
  { url, schema: given, tables: file, detach, apply = false }: TablesArguments,
  print: (text: string) => void,
  complain: (text: string) => void,
): Promise<number> {
  const schema = checkSchema(given)
  const statements = [
    ...(file === undefined ? [] : syncSql(schema, readTables(file))),
    ...(detach === undefined ? [] : [detachTableSql(schema, detach)]),
  ]
  if (statements.length > 0 && !apply) {
    print(statements.join('\n'))
    return 0
  }
  if (url === undefined) throw invalidOption('url', 'the database is needed, as --url or as SYNCLAYER_URL')
  try {
    for (const line of await runAndList(url, schema, statements)) print(line)
    return 0
  } catch (error) {
    complain(mapError(error, 'setting tables up').message)
    return 1
  }
}

function syncSql(schema: string, tables: TablesOption): readonly string[] {
  return Object.entries(tables).map(([collection, table]) =>
    syncTableSql(schema, { collection, definition: JSON.stringify(table) }),
  )
}

function readTables(file: string): TablesOption {
  let tables: unknown
  try {
    tables = JSON.parse(readFileSync(file, 'utf8'))
  } catch (error) {
    throw new SyncError('INVALID_OPTION', `${file}: ${(error as Error).message}`, { cause: error })
  }
  checkTables(tables as TablesOption, invalidOption)
  return tables as TablesOption
}

/** Runs the statements in one transaction, and answers which tables are synced then, a line for each. */
async function runAndList(
  url: string,
  schema: string,
  statements: readonly string[],
): Promise<readonly string[]> {
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  try {
    const isMade = async (): Promise<boolean> => {
      const { rows } = await client.query<{ made: boolean }>(
        'SELECT to_regnamespace($1) IS NOT NULL AS made',
        [quoteName(schema)],
      )
      return rows[0]?.made === true
    }
    if (statements.length > 0) {
      await client.query('BEGIN')
      if (!(await isMade())) await client.query(postgresSchemaSql({ schema }))
      for (const statement of statements) await client.query(statement)
      await client.query('COMMIT')
    }
    if (!(await isMade())) return ['No table is synced.']
    const { rows } = await client.query<{ line: string }>(
      `SELECT relation::text || ' as ' || collection AS line FROM ${quoteName(schema)}."table" ORDER BY collection`,
    )
    return rows.length === 0 ? ['No table is synced.'] : rows.map(({ line }) => line)
  } finally {
    await client.end()
  }
}
