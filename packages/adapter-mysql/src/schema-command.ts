/** The command that prints the SQL of the tables. */
import { isSyncError } from '@synclayer/core/adapter'
import { parseArgs } from 'node:util'
import type { Dialect } from './dialect.ts'
import { schemaSql } from './schema-sql.ts'

/** Runs `synclayer-… sql`; answers the exit code. */
export function runSchemaCommand(
  dialect: Dialect,
  args: readonly string[],
  print: (line: string) => void,
  complain: (line: string) => void,
): number {
  try {
    const { values, positionals } = parseArgs({
      args: [...args],
      allowPositionals: true,
      options: {
        user: { type: 'string' },
        host: { type: 'string' },
        database: { type: 'string' },
        help: { type: 'boolean' },
      },
    })
    const { help = false, ...options } = values
    if (help || positionals.join(' ') !== 'sql') {
      const say = help ? print : complain
      say(usage(dialect))
      return help ? 0 : 2
    }
    print(schemaSql(dialect, options))
    return 0
  } catch (error) {
    const isMistake =
      isSyncError(error) || (error as { code?: unknown }).code?.toString().startsWith('ERR_PARSE_ARGS')
    if (isMistake !== true) throw error
    complain(`${(error as Error).message}\n\n${usage(dialect)}`)
    return 2
  }
}

function usage({ name, product }: Dialect): string {
  return [
    `synclayer-${name} sql [--database NAME [--user NAME [--host HOST]]]`,
    '',
    `Prints the SQL that sets up a ${product} database for an adapter with \`migrate: false\`.`,
    'With --user it grants what the adapter needs, from HOST (% when left out), and no more.',
  ].join('\n')
}
