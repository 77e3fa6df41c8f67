import type { Dialect } from './dialect.ts'

/** MySQL, and what speaks its dialect: Aurora MySQL 3, Percona Server 8, Azure and Google Cloud SQL for MySQL. */
export const mysqlDialect: Dialect = {
  name: 'mysql',
  product: 'MySQL',
  factory: 'mysqlAdapter',
  leastVersion: [8, 0, 19],
  collation: 'utf8mb4_0900_bin',
  serverIdentity: '@@server_uuid',
  statusTable: 'performance_schema.global_status',
  overwrite: (columns) =>
    `AS synclayer_new ON DUPLICATE KEY UPDATE ${columns.map((name) => `${name} = synclayer_new.${name}`).join(', ')}`,
}
