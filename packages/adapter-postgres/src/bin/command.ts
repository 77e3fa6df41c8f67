/** `synclayer-postgres sql`: prints the SQL that makes the schema. */
import { isSyncError } from '@synclayer/core/adapter'
import { parseArgs } from 'node:util'
import { postgresSchemaSql } from '../sql/schema-sql.ts'

const USAGE = `Usage: synclayer-postgres sql [--schema name] [--role name]

Prints the SQL that makes SyncLayer's schema, to be run once, by the owner of the database, in one transaction.

  --schema  the schema's name; synclayer when left out
  --role    a role that exists and may call the functions, and touch no table`

/** Runs a command line. Answers the exit code: 0, or 2 where it was not understood. */
export function runCommand(
  args: readonly string[],
  print: (text: string) => void,
  complain: (text: string) => void,
): number {
  try {
    const { values, positionals } = parseArgs({
      args: [...args],
      allowPositionals: true,
      options: {
        schema: { type: 'string' },
        role: { type: 'string' },
        help: { type: 'boolean', short: 'h' },
      },
    })
    if (values.help === true) {
      print(USAGE)
      return 0
    }
    if (positionals.length !== 1 || positionals[0] !== 'sql') {
      complain(USAGE)
      return 2
    }
    const { schema, role } = values
    print(
      postgresSchemaSql({
        ...(schema === undefined ? {} : { schema }),
        ...(role === undefined ? {} : { role }),
      }),
    )
    return 0
  } catch (error) {
    if (!isSyncError(error) && !(error instanceof TypeError)) throw error
    complain(`${error.message}\n\n${USAGE}`)
    return 2
  }
}
