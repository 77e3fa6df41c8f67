/** The servers that this tool knows. */
import type { ServerDefinition } from './definition.ts'
import { mariadb } from './servers/mariadb.ts'
import { mysql } from './servers/mysql.ts'
import { pgbouncer } from './servers/pgbouncer.ts'
import { postgres } from './servers/postgres.ts'
import { postgresStandby } from './servers/postgres-standby.ts'
import { supabase } from './servers/supabase.ts'

/** Those that tests share, in the order of the tables. */
export const registry: readonly ServerDefinition[] = [postgres, pgbouncer, supabase, mariadb, mysql]

/** Those that a test only has for itself, since it leaves them changed. */
export const unshared: readonly ServerDefinition[] = [postgresStandby]
