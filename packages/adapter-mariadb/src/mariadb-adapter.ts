import {
  createAdapter,
  type MysqlFamilyOptions,
  schemaSql,
  type SchemaSqlOptions,
} from '@synclayer/adapter-mysql/family'
import type { BackendAdapter } from '@synclayer/core/adapter'
import { mariadbDialect } from './mariadb-dialect.ts'

/** What `mariadbAdapter` takes. Give `url` or `pool`, not both. */
export interface MariadbAdapterOptions extends MysqlFamilyOptions {}

/**
 * MariaDB 10.6 or newer as the backend, on mysql2. Any number of processes may share one database.
 *
 * Throws INVALID_OPTION, naming the option, where the options are not sound.
 */
export function mariadbAdapter(options: MariadbAdapterOptions): BackendAdapter {
  return createAdapter(mariadbDialect, options)
}

/** The SQL of the tables, with grants where a user is named: for an adapter with `migrate: false`. */
export function mariadbSchemaSql(options?: SchemaSqlOptions): string {
  return schemaSql(mariadbDialect, options)
}
