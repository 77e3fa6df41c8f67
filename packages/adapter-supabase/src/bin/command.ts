/** `synclayer-supabase`: makes the migration, from a shell. */
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { parseArgs } from 'node:util'
import { migrationSql } from '../migration/migration.ts'

const HELP = `Makes the migration that a Supabase project needs for SyncLayer.

  synclayer-supabase migration [--schema public] [--print]

  --schema NAME  the exposed schema that gets the functions synclayer_…; "public" when left out
  --print        prints the SQL, for the SQL editor, and writes no file
  --help

It is written to supabase/migrations, below where the command is run; apply it with \`supabase db push\`. Ends with 0 where all is
well, 1 where there is a migration of another version already, and 2 where it was called wrongly.`

const OPTIONS = {
  schema: { type: 'string', default: 'public' },
  print: { type: 'boolean', default: false },
  help: { type: 'boolean', default: false },
} as const

const FOLDER = 'supabase/migrations'
const ENDING = '_synclayer.sql'

/** Where and when a command is run. */
export interface Surroundings {
  readonly folder: string
  readonly now: Date
  readonly print: (line: string) => void
}

/** Runs it with those arguments, and answers the exit code. */
export function runCommand(args: readonly string[], { folder, now, print }: Surroundings): number {
  const explain = (problem: string): number => {
    print(`${problem}\n\n${HELP}`)
    return 2
  }
  let parsed
  try {
    parsed = parseArgs({ args: [...args], options: OPTIONS, allowPositionals: true })
  } catch (error) {
    return explain(error instanceof Error ? error.message : String(error))
  }
  const { values, positionals } = parsed
  if (values.help) {
    print(HELP)
    return 0
  }
  if (positionals.length !== 1 || positionals[0] !== 'migration')
    return explain('It makes one thing: a migration.')
  if (values.schema === '') return explain('--schema must be the name of an exposed schema.')
  const sql = migrationSql(values.schema)
  if (values.print) {
    print(sql)
    return 0
  }
  return writeMigration(sql, { folder, now, print })
}

function writeMigration(sql: string, { folder, now, print }: Surroundings): number {
  if (!existsSync(path.join(folder, 'supabase'))) {
    print('There is no folder supabase here. Run `supabase init` first, or use --print.')
    return 2
  }
  const migrations = path.join(folder, FOLDER)
  mkdirSync(migrations, { recursive: true })
  for (const name of readdirSync(migrations).filter((file) => file.endsWith(ENDING))) {
    if (readFileSync(path.join(migrations, name), 'utf8') === sql) {
      print(`${FOLDER}/${name} is up to date.`)
      return 0
    }
    print(
      `${FOLDER}/${name} is of another version of this package, or was changed. It may be applied already, so it is left as it is.`,
    )
    return 1
  }
  const name = `${now
    .toISOString()
    .replaceAll(/[^0-9]/g, '')
    .slice(0, 14)}${ENDING}`
  writeFileSync(path.join(migrations, name), sql)
  print(
    `${FOLDER}/${name} is written. Say in one of your own who may use which scope, then run \`supabase db push\`.`,
  )
  return 0
}
