import { checkTables, type TablesOption } from '@synclayer/adapter-kit'
import { randomBytes } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { parseArgs } from 'node:util'
import { createDatabase, type Database } from '../database.ts'
import type { Dialect } from '../dialect.ts'
import { invalidOption } from '../invalid-option.ts'
import { checkOptions } from '../options.ts'
import { prepareTables } from '../schema.ts'
import { detachTable, setUpTables } from '../tables/set-up-tables.ts'
import { planDetach, planSetUp, type TablePlan } from '../tables/table-plan.ts'
import { readRegistry } from '../tables/table-registry.ts'

export function tablesUsage({ name }: Dialect): string {
  return `synclayer-${name} tables [--url URL] [--tables FILE | --detach COLLECTION] [--apply]

Which tables are synced; or the SQL that syncs the tables of a file, or one no longer, for the program \`${name}\`.
With --apply it is run in place of being printed, and SyncLayer's own tables are made where they are missing.
FILE is the adapter's option \`tables\` as JSON: { "albums": { "table": "Album", "id": "AlbumId" } }
URL is \`SYNCLAYER_URL\` of the environment when left out, where nobody sees the password.`
}

/** Runs `synclayer-… tables`; answers the exit code. Throws what is wrong: no SyncError where it is the command line. */
export async function runTablesCommand(
  dialect: Dialect,
  args: readonly string[],
  print: (line: string) => void,
): Promise<number> {
  const { values } = parseArgs({
    args: [...args],
    options: {
      url: { type: 'string' },
      tables: { type: 'string' },
      detach: { type: 'string' },
      apply: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  })
  const { tables, detach, apply, help, url = process.env['SYNCLAYER_URL'] } = values
  if (help) {
    print(tablesUsage(dialect))
    return 0
  }
  if (url === undefined) throw new Error('--url is missing')
  if (tables !== undefined && detach !== undefined)
    throw new Error('--tables and --detach exclude each other')
  const option = tables === undefined ? undefined : (JSON.parse(readFileSync(tables, 'utf8')) as TablesOption)
  const database = createDatabase(dialect, checkOptions(dialect, { url, maxConnections: 1 }))
  try {
    if (apply) await prepareTables(database, { migrate: true, indexes: [], views: [] }, newKey)
    if (option !== undefined) await (apply ? setUp : printSetUp)(database, option, print)
    else if (detach !== undefined) await (apply ? takeOut : printTakeOut)(database, detach, print)
    else await list(database, print)
  } finally {
    await database.close()
  }
  return 0
}

type Print = (line: string) => void

async function setUp(database: Database, option: TablesOption, print: Print): Promise<void> {
  const invalid = invalidOption(database.dialect)
  await setUpTables(database, checkTables(option, invalid), invalid)
  await list(database, print)
}

async function printSetUp(database: Database, option: TablesOption, print: Print): Promise<void> {
  const invalid = invalidOption(database.dialect)
  const tables = checkTables(option, invalid)
  await database.use('looking at tables', async (session) => {
    const registry = await readRegistry(session)
    for (const table of tables) {
      const plan = await planSetUp(session, table, registry.get(table.collection), invalid)
      print(`-- ${table.table}, synced as ${table.collection}\n${script(plan)}`)
    }
  })
}

async function takeOut(database: Database, collection: string, print: Print): Promise<void> {
  await detachTable(database, collection)
  print(`The table of ${collection} is synced no longer; its records stay.`)
}

async function printTakeOut(database: Database, collection: string, print: Print): Promise<void> {
  await database.use('looking at tables', async (session) => {
    const known = (await readRegistry(session)).get(collection)
    print(script(await planDetach(session, collection, known)))
  })
}

async function list(database: Database, print: Print): Promise<void> {
  const tables = await database.use('listing tables', async (session) => [
    ...(await readRegistry(session)).values(),
  ])
  for (const { table } of tables) print(`${table.table} as ${table.collection}`)
  if (tables.length === 0) print('No table is synced. See --help.')
}

/** For the servers' own clients, which take a trigger for several statements unless they are told. */
function script({ triggers, rows }: TablePlan): string {
  return [
    'DELIMITER ;;',
    ...triggers.map((statement) => `${statement};;`),
    'DELIMITER ;',
    'SET TRANSACTION ISOLATION LEVEL READ COMMITTED;',
    'START TRANSACTION;',
    ...rows.map((statement) => `${statement};`),
    'COMMIT;',
  ].join('\n')
}

function newKey(): string {
  return randomBytes(32).toString('base64url')
}
