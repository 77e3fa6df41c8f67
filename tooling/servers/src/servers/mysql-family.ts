/** What MySQL and MariaDB have in common: their address, their administrator, and how they are asked. */
import { createConnection, type RowDataPacket } from 'mysql2/promise'
import type { Facts } from '../definition.ts'

/** Without a database: a test makes its own. */
export function mysqlUrl(port: number, user: string, password: string): string {
  return `mysql://${user}:${password}@127.0.0.1:${port}`
}

export const ADMINISTRATOR = 'synclayer'

/** Run at every start, before clients are let in. */
export function administratorSql(password: string): string {
  return [
    `CREATE USER IF NOT EXISTS '${ADMINISTRATOR}'@'%' IDENTIFIED BY '${password}';`,
    `GRANT ALL PRIVILEGES ON *.* TO '${ADMINISTRATOR}'@'%' WITH GRANT OPTION;`,
    '',
  ].join('\n')
}

/** Small in memory, everything else as delivered: each commit is on the disk before it is answered. */
export function commonFlags(port: number): readonly string[] {
  return [
    '--bind-address=127.0.0.1',
    `--port=${port}`,
    '--skip-name-resolve',
    '--max-connections=200',
    '--innodb-buffer-pool-size=64M',
    '--performance-schema=OFF',
  ]
}

export async function askMysql(url: string): Promise<Facts> {
  const connection = await createConnection({ uri: url, connectTimeout: 5000 })
  try {
    const [rows] = await connection.query<(RowDataPacket & { version: string })[]>(
      'SELECT VERSION() AS version',
    )
    const version = rows[0]?.version ?? 'unknown'
    // 10.11.19-MariaDB-0+deb12u1, 9.7.4-2, 8.4.6
    const product = version.includes('MariaDB') ? 'MariaDB' : 'MySQL'
    return { product, version: version.split('-')[0] ?? version }
  } finally {
    await connection.end()
  }
}
