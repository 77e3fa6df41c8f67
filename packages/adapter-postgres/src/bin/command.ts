/** `synclayer-postgres`: prints the SQL that makes the schema, and sets tables up that are already there. */
import { isSyncError } from '@synclayer/core/adapter'
import { parseArgs } from 'node:util'
import { postgresSchemaSql } from '../sql/schema-sql.ts'
import { type TablesArguments, tablesCommand } from './tables-command.ts'

const USAGE = `Usage: synclayer-postgres sql [--schema name] [--role name]
       synclayer-postgres tables --tables file [--schema name]
       synclayer-postgres tables [--url url] [--tables file --apply] [--detach collection --apply] [--schema name]

sql     prints the SQL that makes SyncLayer's schema, to be run once, by the owner of the database, in one transaction
tables  prints the SQL that syncs tables which are already there, or syncs one no longer; with nothing else, lists them

  --schema  the schema's name; synclayer when left out
  --role    a role that exists and may call the functions, and touch no table
  --tables  a JSON file, the adapter's option tables: { "albums": { "table": "Album", "id": "AlbumId" } }
  --detach  the collection whose table is synced no longer; its records stay
  --apply   runs the SQL in place of printing it, and makes the schema where it is missing
  --url     the database; SYNCLAYER_URL when left out`

/** Runs a command line. Answers the exit code: 0; 1 where the database refused; 2 where it was not understood. */
export async function runCommand(
  args: readonly string[],
  print: (text: string) => void,
  complain: (text: string) => void,
): Promise<number> {
  try {
    const { values, positionals } = parseArgs({
      args: [...args],
      allowPositionals: true,
      options: {
        schema: { type: 'string' },
        role: { type: 'string' },
        tables: { type: 'string' },
        detach: { type: 'string' },
        apply: { type: 'boolean' },
        url: { type: 'string' },
        help: { type: 'boolean', short: 'h' },
      },
    })
    const { help, role, ...rest } = values
    if (help === true) {
      print(USAGE)
      return 0
    }
    const [command, ...more] = positionals
    const isAlone = Object.keys(rest).every((name) => name === 'schema')
    if (more.length === 0 && command === 'sql' && isAlone) {
      const { schema } = rest
      print(
        postgresSchemaSql({
          ...(schema === undefined ? {} : { schema }),
          ...(role === undefined ? {} : { role }),
        }),
      )
      return 0
    }
    if (more.length === 0 && command === 'tables' && role === undefined) {
      const url = process.env['SYNCLAYER_URL']
      const given: TablesArguments = url === undefined ? rest : { url, ...rest }
      return await tablesCommand(given, print, complain)
    }
    complain(USAGE)
    return 2
  } catch (error) {
    if (!isSyncError(error) && !(error instanceof TypeError)) throw error
    complain(`${error.message}\n\n${USAGE}`)
    return 2
  }
}
