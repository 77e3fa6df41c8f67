/** `synclayer-sqlite`: prints, or applies, what syncing tables that are already there needs. */
import { checkTables, type TablesOption } from '@synclayer/adapter-kit'
import { isSyncError } from '@synclayer/core/adapter'
import Database from 'better-sqlite3'
import { randomBytes } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { parseArgs } from 'node:util'
import { invalid } from '../options.ts'
import { createTables } from '../schema.ts'
import { describeTable } from '../tables/describe-table.ts'
import { detachTable, openTables, readDefinitions } from '../tables/synced-tables.ts'
import { noteAllSql, triggersSql } from '../tables/triggers.ts'

const USAGE = `synclayer-sqlite: sync tables that are already there

  synclayer-sqlite --path app.db                              which tables are synced
  synclayer-sqlite --path app.db --tables tables.json         prints the triggers that it takes
  synclayer-sqlite --path app.db --tables tables.json --apply creates them
  synclayer-sqlite --path app.db --detach COLLECTION          syncs that table no longer

tables.json is the adapter's option \`tables\`: { "albums": { "table": "Album", "id": "AlbumId" } }`

/** Runs the command; answers the exit code. */
export function runCommand(args: readonly string[], print: (line: string) => void): number {
  try {
    const { values } = parseArgs({
      args: [...args],
      options: {
        path: { type: 'string' },
        tables: { type: 'string' },
        apply: { type: 'boolean', default: false },
        detach: { type: 'string' },
        help: { type: 'boolean', default: false },
      },
    })
    if (values.help || values.path === undefined) {
      print(USAGE)
      return values.help ? 0 : 2
    }
    const database = new Database(values.path, { fileMustExist: true })
    try {
      if (values.detach !== undefined) detach(database, values.detach, print)
      else if (values.tables === undefined) list(database, print)
      else setUp(database, readTables(values.tables), values.apply, print)
    } finally {
      database.close()
    }
    return 0
  } catch (error) {
    print(error instanceof Error ? error.message : String(error))
    return isSyncError(error) ? 1 : 2
  }
}

function readTables(file: string): TablesOption {
  return JSON.parse(readFileSync(file, 'utf8')) as TablesOption
}

function setUp(
  database: Database.Database,
  option: TablesOption,
  apply: boolean,
  print: (line: string) => void,
): void {
  const tables = checkTables(option, invalid)
  if (apply) {
    prepare(database, () => openTables(database, tables, invalid))
    print(
      `Synced from now on: ${tables.map(({ collection, table }) => `${table} as ${collection}`).join(', ')}`,
    )
    return
  }
  for (const table of tables) {
    const described = describeTable(database, table, (member, reason) =>
      invalid(`tables.${table.collection}.${member}`, reason),
    )
    print(
      `-- ${table.table}, synced as ${table.collection}\n${triggersSql(table, described)}${noteAllSql(table)}`,
    )
  }
}

function list(database: Database.Database, print: (line: string) => void): void {
  const tables = prepare(database, () => readDefinitions(database))
  for (const { table, collection } of tables) print(`${table} as ${collection}`)
  if (tables.length === 0) print('No table is synced. See --help.')
}

function detach(database: Database.Database, collection: string, print: (line: string) => void): void {
  prepare(database, () => detachTable(database, collection))
  print(`The table of ${collection} is synced no longer; its records stay.`)
}

/** In one transaction, with the adapter's own tables there. */
function prepare<Result>(database: Database.Database, work: () => Result): Result {
  return database
    .transaction(() => {
      createTables(database, () => randomBytes(32).toString('base64url'))
      return work()
    })
    .immediate()
}
