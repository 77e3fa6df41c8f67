import type { Dialect } from '@synclayer/adapter-mysql/family'

/** MariaDB: other names for the same things, a collation of its own, and no name for new rows in an upsert. */
export const mariadbDialect: Dialect = {
  name: 'mariadb',
  product: 'MariaDB',
  factory: 'mariadbAdapter',
  leastVersion: [10, 6, 0],
  collation: 'utf8mb4_nopad_bin',
  serverIdentity: `CONCAT_WS(' ', @@hostname, @@port, @@server_id)`,
  statusTable: 'information_schema.GLOBAL_STATUS',
  overwrite: (columns) =>
    `ON DUPLICATE KEY UPDATE ${columns.map((name) => `${name} = VALUES(${name})`).join(', ')}`,
}
