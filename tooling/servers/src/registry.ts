/** All servers that this tool knows, in the order of the tables. */
import type { ServerDefinition } from './definition.ts'
import { mariadb } from './servers/mariadb.ts'
import { mysql } from './servers/mysql.ts'
import { pgbouncer } from './servers/pgbouncer.ts'
import { postgres } from './servers/postgres.ts'
import { supabase } from './servers/supabase.ts'

export const registry: readonly ServerDefinition[] = [postgres, pgbouncer, supabase, mariadb, mysql]
