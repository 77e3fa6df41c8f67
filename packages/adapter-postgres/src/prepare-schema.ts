/** Looks whether the schema is there, and is one that this adapter knows; makes what is missing, unless told not to. */
import { type Logger, SyncError } from '@synclayer/core/adapter'
import type { Connection, TextRow } from './connection.ts'
import type { CheckedOptions } from './options.ts'
import { LAYOUT } from './sql/layout.ts'
import { quoteName, quoteText } from './sql/schema-name.ts'
import { postgresSchemaSql } from './sql/schema-sql.ts'
import { viewSql } from './sql/views.ts'
import { staleTables, syncTableSql } from './stale-tables.ts'

// jsonpath in strict mode, gen_random_uuid: from version 13 on all of it is there.
const OLDEST_SERVER = 130_000

type Run = (text: string, values?: readonly unknown[]) => Promise<readonly TextRow[]>

/**
 * Throws NOT_SUPPORTED for a server that is too old, a database that is not in UTF-8, and a schema of another layout; and
 * for one that is missing where nothing may be made.
 */
export async function prepareSchema(
  connection: Connection,
  options: CheckedOptions,
  logger: Logger,
): Promise<void> {
  const run: Run = (text, values = []) => connection.run('looking at the database', null, text, values)
  const [server] = await run(
    `SELECT current_setting('server_version_num'), current_setting('server_encoding')`,
  )
  const [version = '', encoding] = server ?? []
  if (Number(version) < OLDEST_SERVER)
    throw notSupported('PostgreSQL 13 or newer is needed', { serverVersion: Number(version) })
  if (encoding !== 'UTF8')
    throw notSupported(`The database is in ${encoding}; documents need one in UTF8`, {
      encoding: encoding ?? null,
    })
  const layout = await layoutOf(run, options.schema)
  if (layout !== null) checkLayout(layout, options.schema)
  if (!options.migrate) {
    if (layout !== null) return checkSyncedTables(run, options, logger)
    const advice = `Run what \`npx synclayer-postgres sql --schema ${options.schema}\` prints, as the database's owner`
    throw notSupported(`There is no schema ${options.schema}, and \`migrate\` is false. ${advice}`, {
      schema: options.schema,
    })
  }
  const wanted = await wantedSql(run, options, layout !== null)
  if (wanted === '') return checkSyncedTables(run, options, logger)
  await connection.transaction('making the schema', async (inTransaction) => {
    // Of several processes that start together one makes it, and the others find it made.
    await inTransaction('SELECT pg_advisory_xact_lock(hashtextextended($1, 0))', [
      `synclayer ${options.schema}`,
    ])
    const made = await layoutOf(inTransaction, options.schema)
    const sql = await wantedSql(inTransaction, options, made !== null)
    if (sql !== '') await inTransaction(sql)
  })
  await checkSyncedTables(run, options, logger)
}

/** A table that was given has to be set up. One that others set up, and that was altered since, is only told of. */
async function checkSyncedTables(
  run: Run,
  { schema, tables }: CheckedOptions,
  logger: Logger,
): Promise<void> {
  for (const { collection, isGiven } of await staleTables(run, schema, tables)) {
    const message = `The table of ${collection} is not set up as it is now. Run what \`npx synclayer-postgres tables\` prints, as its owner`
    if (isGiven) throw notSupported(message, { collection })
    logger.log('warning', message, { collection })
  }
}

/** The layout's number; null where there is no schema. */
async function layoutOf(run: Run, schema: string): Promise<number | null> {
  // A table is asked: what a name stands for may be remembered from before another process made it.
  const text = `SELECT FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace
    WHERE n.nspname = $1 AND p.proname = 'layout'`
  if ((await run(text, [schema])).length === 0) return null
  const [row] = await run(`SELECT ${quoteName(schema)}.layout()`)
  return Number(row?.[0])
}

function checkLayout(layout: number, schema: string): void {
  if (layout === LAYOUT) return
  throw notSupported(`The schema ${schema} has layout ${layout}; this adapter knows layout ${LAYOUT}`, {
    layout,
    known: LAYOUT,
  })
}

/** What is not there yet, as SQL. */
async function wantedSql(
  run: Run,
  { schema, indexes, views, tables }: CheckedOptions,
  isMade: boolean,
): Promise<string> {
  const s = quoteName(schema)
  const parts = isMade ? [] : [postgresSchemaSql({ schema })]
  const stale = isMade
    ? (await staleTables(run, schema, tables)).filter(({ isGiven }) => isGiven)
    : Object.entries(tables).map(([collection, each]) => ({ collection, definition: JSON.stringify(each) }))
  parts.push(...stale.map((table) => syncTableSql(schema, table)))
  const known =
    isMade && indexes.length + Object.keys(views).length > 0 ? await knownParts(run, s) : new Set<string>()
  for (const { collection, paths } of indexes) {
    const text = JSON.stringify(paths)
    if (known.has(`index ${collection} ${text}`)) continue
    parts.push(`SELECT ${s}.declare_index(${quoteText(collection)}, ${quoteText(text)});`)
  }
  const makers = Object.entries(views).map(
    ([collection, columns]) => [collection, viewSql(schema, collection, columns)] as const,
  )
  for (const [collection, sql] of makers) {
    const name = `view ${collection}`
    if (known.has(`${name} ${sql}`)) continue
    parts.push(
      `CREATE SCHEMA IF NOT EXISTS ${quoteName(`${schema}_views`)};`,
      sql,
      `INSERT INTO ${s}.meta VALUES (${quoteText(name)}, ${quoteText(sql)})
       ON CONFLICT (name) DO UPDATE SET value = excluded.value;`,
    )
  }
  return parts.join('\n')
}

/** Declared indexes, and views with the SQL they were made by. */
async function knownParts(run: Run, s: string): Promise<ReadonlySet<string>> {
  const rows = await run(`SELECT collection, paths::text, NULL FROM ${s}.filter_index
    UNION ALL SELECT name, NULL, value FROM ${s}.meta WHERE name LIKE 'view %'`)
  return new Set(
    rows.map(([name, paths, sql]) =>
      typeof paths === 'string' ? `index ${name} ${JSON.stringify(JSON.parse(paths))}` : `${name} ${sql}`,
    ),
  )
}

function notSupported(message: string, details: Readonly<Record<string, string | number | null>>): SyncError {
  return new SyncError('NOT_SUPPORTED', message, { details })
}
