/** The migration of a Supabase project: the contract's functions, as adapter-postgres has them, and what clients call. */
import { readFileSync } from 'node:fs'
import { apiSql } from './api-sql.ts'

/** The file is made of `@synclayer/adapter-postgres`; a test holds it against that. */
const CONTRACT = new URL('../../sql/contract.sql', import.meta.url)

/** The whole text, with the functions for clients in `schema`, an exposed one. */
export function migrationSql(schema = 'public'): string {
  return [HEAD, readFileSync(CONTRACT, 'utf8'), apiSql(quoteName(schema))].join('\n')
}

const HEAD = `-- SyncLayer. Made by \`npx synclayer-supabase migration\`: to change who may use what, replace the function
-- synclayer.authorize in a migration of your own, and leave this one as it is.
`

function quoteName(name: string): string {
  return `"${name.replaceAll('"', '""')}"`
}
