import type { BackendAdapter } from '@synclayer/core/adapter'
import { createAdapter } from './create-adapter.ts'
import { mysqlDialect } from './mysql-dialect.ts'
import type { MysqlFamilyOptions } from './options.ts'
import { schemaSql, type SchemaSqlOptions } from './schema-sql.ts'

/** What `mysqlAdapter` takes. Give `url` or `pool`, not both. */
export interface MysqlAdapterOptions extends MysqlFamilyOptions {}

/**
 * MySQL 8.0.19 or newer as the backend, on mysql2. Any number of processes may share one database.
 *
 * Throws INVALID_OPTION, naming the option, where the options are not sound.
 */
export function mysqlAdapter(options: MysqlAdapterOptions): BackendAdapter {
  return createAdapter(mysqlDialect, options)
}

/** The SQL of the tables, with grants where a user is named: for an adapter with `migrate: false`. */
export function mysqlSchemaSql(options?: SchemaSqlOptions): string {
  return schemaSql(mysqlDialect, options)
}
